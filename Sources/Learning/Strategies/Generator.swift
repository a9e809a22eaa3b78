import Autodiff

/// The trunk of a hypernetwork, an MLP that reads the context, and linear heads that read the trunk's
/// output h, each output being reshape(h V + a). Strategies differ in what heads they have.
struct Generator: Sendable {
  struct Head: Sendable {
    let name: String
    /// What comes out of it for one context.
    let shape: Shape
    let start: (weight: VariableSpecification.Start, bias: VariableSpecification.Start)
  }

  let trunk: Trunk
  let heads: [Head]

  /// Numbers of all heads for one context.
  var outputCount: Int { heads.reduce(0) { $0 + $1.shape.count } }

  var variables: [VariableSpecification] {
    trunk.variables
      + heads.flatMap { head in
        [
          VariableSpecification(
            "head.\(head.name).weight", [trunk.outputCount, head.shape.count], head.start.weight),
          VariableSpecification("head.\(head.name).bias", [head.shape.count], head.start.bias),
        ]
      }
  }

  /// Every head's output, [T] + its shape, by name.
  func callAsFunction(_ contexts: Tensor, theta: Theta) -> [String: Tensor] {
    let h = trunk(contexts, theta: theta)
    return Dictionary(
      uniqueKeysWithValues: heads.map { head in
        let flat =
          h.matmul(theta("head.\(head.name).weight", [trunk.outputCount, head.shape.count]))
          + theta("head.\(head.name).bias", [head.shape.count])
        return (
          head.name, flat.reshaped(to: Shape([contexts.shape[0]] + head.shape.dimensions))
        )
      })
  }
}

/// What reads the context: layers σ(… σ(E(z) W₁ + b₁) …), the last one with its activation.
public struct Trunk: Sendable {
  public let contextCount: Int
  public let widths: [Int]
  public let activation: Activation
  public let encoding: ContextEncoding
  public let initialization: HeadInitialization
  /// Mean square of a context's numbers as training draws them, noise included.
  public let contextSquare: Float

  public init(
    contextCount: Int, contextSquare: Float, widths: [Int], activation: Activation,
    encoding: ContextEncoding = .plain, initialization: HeadInitialization
  ) {
    self.contextCount = contextCount
    self.contextSquare = contextSquare
    self.widths = widths
    self.activation = activation
    self.encoding = encoding
    self.initialization = initialization
  }

  var inputCount: Int { encoding.count(of: contextCount) }
  var outputCount: Int { widths.last ?? inputCount }

  private var layers: [(name: String, fanIn: Int, fanOut: Int)] {
    zip([inputCount] + widths, widths).enumerated().map { index, size in
      ("trunk.\(index + 1)", size.0, size.1)
    }
  }

  var variables: [VariableSpecification] {
    layers.flatMap { name, fanIn, fanOut in
      [
        VariableSpecification(
          name + ".weight", [fanIn, fanOut],
          initialization.trunk(fanIn: fanIn, fanOut: fanOut, activation: activation)),
        VariableSpecification(name + ".bias", [fanOut], .zero),
      ]
    }
  }

  /// Mean square of its outputs at step 0, the Var h of Chang et al. 2020: weights of variance
  /// c / fan-in hand a layer's mean square on as the variance of the next one's sums, times c.
  var signal: Float {
    widths.reduce(encoding.meanSquare(of: contextSquare)) { square, _ in
      activation.meanSquare(ofVariance: activation.gain * square)
    }
  }

  /// How the numbers of a head on it are drawn: see `HeadInitialization.head`.
  func head(
    outputs: Int, variance: Float?, own: VariableSpecification.Start
  ) -> (weight: VariableSpecification.Start, bias: VariableSpecification.Start) {
    initialization.head(
      width: outputCount, signal: signal, outputs: outputs, variance: variance, own: own)
  }

  /// The trunk's output [T, outputCount] for contexts [T, contextCount].
  func callAsFunction(_ contexts: Tensor, theta: Theta) -> Tensor {
    layers.reduce(encoding(contexts)) { h, layer in
      activation(
        h.matmul(theta(layer.name + ".weight", [layer.fanIn, layer.fanOut]))
          + theta(layer.name + ".bias", [layer.fanOut]))
    }
  }
}

/// What the trunk sees of a context.
public enum ContextEncoding: String, CaseIterable, Hashable, Sendable {
  /// z itself.
  case plain
  /// [cos πz/2, sin πz/2], whose length does not depend on z (Ortiz, Guttag & Dalca 2024,
  /// "Magnitude invariant parametrizations improve hypernetwork learning").
  case magnitudeInvariant = "magnitude-invariant"

  func count(of contexts: Int) -> Int { self == .plain ? contexts : 2 * contexts }

  /// Mean square of what the trunk sees of numbers with this one.
  func meanSquare(of square: Float) -> Float { self == .plain ? square : 0.5 }

  func callAsFunction(_ z: Tensor) -> Tensor {
    guard self == .magnitudeInvariant else { return z }
    let angle = z * (Float.pi / 2)
    return Tensor.concatenate([angle.cosine(), angle.sine()], axis: 1)
  }
}
