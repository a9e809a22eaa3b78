import Autodiff

/// A target network's tensors as ordinary variables that all tasks share, `base.W1` and so on.
struct SharedBase: Sendable {
  let target: [TensorSpecification]
  let gain: Float

  static func name(_ tensor: TensorSpecification) -> String { "base.\(tensor.name)" }

  var variables: [VariableSpecification] {
    target.map {
      VariableSpecification(Self.name($0), $0.shape, $0.ordinaryStart(gain: gain))
    }
  }

  func callAsFunction(_ tensor: TensorSpecification, theta: Theta) -> Tensor {
    theta(Self.name(tensor), tensor.shape)
  }
}
