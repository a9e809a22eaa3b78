/// How the hypernetwork's numbers are drawn at step 0. The first three give the weights it generates
/// the size a target network needs; the others are what one might try instead.
public enum HeadInitialization: String, CaseIterable, Hashable, Sendable {
  /// Chang, Flokas & Lipson 2020, "Principled weight initialization for hypernetworks": the target's
  /// signals keep their variance going forward, Var W = c / (2 fan-in) and Var b = c / 2, as biases
  /// are generated too; c = 2 for ReLU targets, else 1.
  case hyperfanIn = "hyperfan-in"
  /// The same going backward, Var W = c / fan-out; biases begin at 0.
  case hyperfanOut = "hyperfan-out"
  /// Between the two, the harmonic mean of their variances: 2 / (1/a + 1/b).
  case harmonic
  /// That mean upside down, (1/a + 1/b) / 2, as it stands in two well-known code bases. Wrong.
  case harmonicInverted = "harmonic-inverted"
  /// Beck et al. 2022, "Hypernetworks in meta-reinforcement learning": the head's weights are 0 and its
  /// bias is an ordinary initialisation of the target network, so every context begins with the same
  /// network, and no gradient reaches z in the first step.
  case biasHyperInit = "bias-hyperinit"
  /// Glorot & Bengio 2010 on every layer of the hypernetwork as if its outputs were units:
  /// uniform over ±√(6 / (fan-in + fan-out)). Wrong for heads: the weights come out too large or too
  /// small by the size of the target's layers.
  case xavier
  /// He et al. 2015 likewise, Var V = 2 / fan-in. Wrong for the same reason.
  case kaiming

  func trunk(fanIn: Int, fanOut: Int, activation: Activation) -> VariableSpecification.Start {
    switch self {
    case .hyperfanIn, .hyperfanOut, .harmonic, .harmonicInverted, .biasHyperInit:
      .normal(deviation: (activation.gain / Float(fanIn)).squareRoot())
    case .xavier: .uniform(bound: (6 / Float(fanIn + fanOut)).squareRoot())
    case .kaiming: .normal(deviation: (2 / Float(fanIn)).squareRoot())
    }
  }

  /// The variance a generated tensor should have; nil where the initialisation does not ask.
  /// - Parameter gain: the c of the target's activation.
  func variance(of tensor: TensorSpecification, gain: Float) -> Float? {
    if let own = tensor.variance {
      switch self {
      case .hyperfanIn, .hyperfanOut, .harmonic, .harmonicInverted: return own
      case .biasHyperInit: return 0
      case .xavier, .kaiming: return nil
      }
    }
    let forward = gain / (tensor.role == .weight ? 2 * Float(tensor.fanIn) : 2)
    let backward = tensor.role == .weight ? gain / Float(tensor.fanOut) : 0
    return switch self {
    case .hyperfanIn: forward
    case .hyperfanOut: backward
    case .harmonic: backward == 0 ? 0 : 2 / (1 / forward + 1 / backward)
    case .harmonicInverted: backward == 0 ? 0 : (1 / forward + 1 / backward) / 2
    case .biasHyperInit: 0
    case .xavier, .kaiming: nil
    }
  }

  /// How a head's numbers are drawn.
  /// - Parameters:
  ///   - width: how many numbers it reads, and `signal` their mean square, Var h: V of variance
  ///     Var W / (width · Var h) gives outputs of variance Var W.
  ///   - variance: what its outputs should have; nil for the initialisations that do not ask.
  ///   - own: what the head's bias is where the weights are 0.
  func head(
    width: Int, signal: Float, outputs: Int, variance: Float?, own: VariableSpecification.Start
  ) -> (weight: VariableSpecification.Start, bias: VariableSpecification.Start) {
    switch self {
    case .hyperfanIn, .hyperfanOut, .harmonic, .harmonicInverted:
      return (.normal(deviation: Self.deviation(variance ?? 0, width, signal)), .zero)
    case .biasHyperInit: return (.zero, own)
    case .xavier: return (.uniform(bound: (6 / Float(width + outputs)).squareRoot()), .zero)
    case .kaiming: return (.normal(deviation: (2 / Float(width)).squareRoot()), .zero)
    }
  }

  /// Of the weights of a head whose outputs should have a variance. No size is right where every context
  /// is 0: then as if they were about 1.
  static func deviation(_ variance: Float, _ width: Int, _ signal: Float) -> Float {
    (variance / (Float(width) * (signal > 0 ? signal : 1))).squareRoot()
  }
}

extension TensorSpecification {
  /// How it is drawn where nobody generates it: variance c / fan-in, biases 0, or what the tensor asks for.
  func ordinaryStart(gain: Float) -> VariableSpecification.Start {
    if let variance { return .normal(deviation: variance.squareRoot()) }
    return role == .weight ? .normal(deviation: (gain / Float(fanIn)).squareRoot()) : .zero
  }
}
