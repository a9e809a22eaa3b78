import Autodiff

/// A multilayer perceptron: y = σ(… σ(x W₁ + b₁) …) Wₙ + bₙ, no activation after the last layer.
public struct MLP: LayeredTarget {
  /// Inputs, hidden layers, outputs.
  public let widths: [Int]
  public let activation: Activation
  public let tensors: [TensorSpecification]

  public init(widths: [Int], activation: Activation) {
    precondition(widths.count >= 2, "an MLP needs an input and an output width, not \(widths)")
    self.widths = widths
    self.activation = activation
    self.tensors = zip(widths, widths.dropFirst()).enumerated().flatMap { layer, size in
      let (fanIn, fanOut) = size
      return [
        TensorSpecification("W\(layer + 1)", [fanIn, fanOut], role: .weight, fanIn: fanIn),
        TensorSpecification("b\(layer + 1)", [fanOut], role: .bias, fanIn: fanIn),
      ]
    }
  }

  public var gain: Float { activation.gain }

  public var details: [(name: String, value: String)] {
    let last = widths.count - 1
    let hidden = (1..<last).map {
      "h\($0) = \(activation)(\($0 == 1 ? "x" : "h\($0 - 1)") @ W\($0) + b\($0))"
    }
    let output = "y = \(last == 1 ? "x" : "h\(last - 1)") @ W\(last) + b\(last)"
    return [
      ("network", "mlp"), ("widths", widths.map(String.init).joined(separator: "-")),
      ("activation", activation.rawValue),
      ("formula", (hidden + [output]).joined(separator: "; ")),
    ]
  }

  public func outputCount(of layer: Int) -> Int { widths[layer + 1] }

  /// `h1`, `h2` and so on, then `y`, as in the formula of `details`.
  public func layer(_ index: Int, _ weights: (Weight, Weight), _ inputs: Tensor) -> TargetLayer {
    let (tasks, units) = (inputs.shape[0], widths[index + 1])
    let bias = weights.1.dense(tasks: tasks, shape: [units])
    let sum = weights.0.applied(to: inputs) + bias.reshaped(to: [tasks, 1, units])
    let isLast = index == widths.count - 2
    return TargetLayer(
      name: isLast ? "y" : "h\(index + 1)", sum: sum, output: isLast ? sum : activation(sum))
  }
}
