import Autodiff

/// A multilayer perceptron: y = σ(… σ(x W₁ + b₁) …) Wₙ + bₙ, no activation after the last layer.
/// With normalisation a hidden layer is σ(normal(x W) + b).
public struct MLP: LayeredTarget {
  /// Over what a hidden layer's sums get a mean of 0 and a variance of 1.
  public enum Normalization: String, CaseIterable, Sendable {
    case none
    /// The units of an example (Ba et al. 2016).
    case units
    /// The examples that are computed together (Ioffe & Szegedy 2015): what one is taken for depends on
    /// those beside it.
    case batch
  }

  /// Inputs, hidden layers, outputs.
  public let widths: [Int]
  public let activation: Activation
  public let normalization: Normalization
  public let tensors: [TensorSpecification]

  public init(widths: [Int], activation: Activation, normalization: Normalization = .none) {
    precondition(widths.count >= 2, "an MLP needs an input and an output width, not \(widths)")
    self.widths = widths
    self.activation = activation
    self.normalization = normalization
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
      let product = "\($0 == 1 ? "x" : "h\($0 - 1)") @ W\($0)"
      let sum =
        switch normalization {
        case .none: product
        case .units: "normal(\(product))"
        case .batch: "batchnormal(\(product))"
        }
      return "h\($0) = \(activation)(\(sum) + b\($0))"
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
    let isLast = index == widths.count - 2
    let product = weights.0.applied(to: inputs)
    let normal =
      switch isLast ? .none : normalization {
      case .none: product
      case .units: product.layerNormalized()
      case .batch: product.normalized(axis: 1)
      }
    let sum = normal + bias.reshaped(to: [tasks, 1, units])
    return TargetLayer(
      name: isLast ? "y" : "h\(index + 1)", sum: sum, output: isLast ? sum : activation(sum))
  }
}
