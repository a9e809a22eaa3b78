import Autodiff

/// y = x w + b, all tasks' alike: variables `name.w`, of variance gain / inputs, and `name.b`, 0 at
/// first.
struct Linear: Sendable {
  let name: String
  let inputs: Int
  let outputs: Int
  var gain: Float = 1
  /// Whether there is a b.
  var isShifted = true

  var variables: [VariableSpecification] {
    let deviation = (gain / Float(inputs)).squareRoot()
    let weight = VariableSpecification(
      name + ".w", [inputs, outputs], .normal(deviation: deviation))
    return isShifted ? [weight, .init(name + ".b", [outputs], .zero)] : [weight]
  }

  /// [..., inputs] → [..., outputs].
  func callAsFunction(_ x: Tensor, theta: Theta) -> Tensor {
    let product = x.matmul(theta(name + ".w", [inputs, outputs]))
    return isShifted ? product + theta(name + ".b", [outputs]) : product
  }
}
