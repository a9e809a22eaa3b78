/// How the hypernetwork's numbers are drawn at step 0, so that the weights it generates have the
/// size a target network needs.
public enum HeadInitialization: Hashable, Sendable {
  /// Chang, Flokas & Lipson 2020, "Principled weight initialization for hypernetworks": with trunk
  /// width k, target fan-in j and Var h the mean square of the trunk's output,
  /// Var V = c / (2 j k Var h) for weights and c / (2 k Var h) for biases, where biases are
  /// generated too; c = 2 for ReLU targets, else 1.
  case hyperfanIn(signal: Float, targetGain: Float)
  /// A small head on top of an ordinary initialisation: V ~ N(0, spread² / k), and the head's bias
  /// one draw of the target network's own initialisation. W = W₀ + h V starts near W₀ for every
  /// context.
  case residual(spread: Float, targetGain: Float)
  /// Glorot & Bengio 2010 on every layer of the hypernetwork as if its outputs were units:
  /// uniform over ±√(6 / (fan-in + fan-out)).
  case xavier

  func trunk(fanIn: Int, fanOut: Int, activation: Activation) -> VariableSpecification.Start {
    switch self {
    case .hyperfanIn, .residual:
      .normal(deviation: (activation.gain / Float(fanIn)).squareRoot())
    case .xavier:
      .uniform(bound: (6 / Float(fanIn + fanOut)).squareRoot())
    }
  }

  func head(
    of tensor: TensorSpecification, width: Int, activation: Activation
  ) -> (weight: VariableSpecification.Start, bias: VariableSpecification.Start) {
    switch self {
    case .hyperfanIn(let signal, let gain):
      let fanIn = tensor.role == .weight ? Float(tensor.fanIn) : 1
      let c = tensor.role == .weight ? gain : 1
      let variance = c / (2 * fanIn * Float(width) * signal)
      return (.normal(deviation: variance.squareRoot()), .zero)
    case .residual(let spread, let gain):
      let own: VariableSpecification.Start =
        tensor.role == .weight
        ? .normal(deviation: (gain / Float(tensor.fanIn)).squareRoot()) : .zero
      return (.normal(deviation: spread / Float(width).squareRoot()), own)
    case .xavier:
      return (.uniform(bound: (6 / Float(width + tensor.shape.count)).squareRoot()), .zero)
    }
  }
}
