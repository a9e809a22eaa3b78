import Autodiff

/// A target network's tensors as ordinary variables that all tasks share, `base.W1` and so on.
struct SharedBase: Sendable {
  let target: [TensorSpecification]
  let gain: Float
  /// Standard deviation of the weights at step 0; nil is √(gain / fan-in).
  var deviation: Float?

  static let prefix = "base."

  static func name(_ tensor: TensorSpecification) -> String { prefix + tensor.name }

  var variables: [VariableSpecification] {
    target.map {
      VariableSpecification(Self.name($0), $0.shape, start(of: $0))
    }
  }

  func start(of tensor: TensorSpecification) -> VariableSpecification.Start {
    guard let deviation, tensor.role == .weight else { return tensor.ordinaryStart(gain: gain) }
    return .normal(deviation: deviation)
  }

  func callAsFunction(_ tensor: TensorSpecification, theta: Theta) -> Tensor {
    theta(Self.name(tensor), tensor.shape)
  }
}
