import Autodiff

/// A small convolutional classifier of square grey images: layers of `channels` kernels 3 × 3 with
/// stride 2,
///
///     h = relu(normal(conv(x, W)) + b),
///
/// and a linear one on what is left of the last, as Finn et al. 2017 have it for Omniglot but for the
/// normalisation, which is over all numbers of an image (Ba et al. 2016): what an image is taken for
/// does not depend on those beside it.
public struct ConvNet: LayeredTarget {
  public let side: Int
  public let channels: Int
  public let classes: Int
  public let tensors: [TensorSpecification]
  /// The side of every convolution's result.
  private let sides: [Int]

  /// - Parameter depth: how many convolutions there are.
  public init(side: Int, channels: Int, depth: Int, classes: Int) {
    precondition(depth >= 1 && side >= 1, "a convolutional network of \(depth) layers")
    self.side = side
    self.channels = channels
    self.classes = classes
    var sides: [Int] = []
    for _ in 0..<depth { sides.append(((sides.last ?? side) + 1) / 2) }
    self.sides = sides
    let last = sides[depth - 1] * sides[depth - 1] * channels
    tensors =
      (0..<depth).flatMap { layer in
        let depth = layer == 0 ? 1 : channels
        return [
          TensorSpecification(
            "W\(layer + 1)", [3, 3, depth, channels], role: .weight, fanIn: 9 * depth),
          TensorSpecification("b\(layer + 1)", [channels], role: .bias, fanIn: 9 * depth),
        ]
      } + [
        TensorSpecification("W\(depth + 1)", [last, classes], role: .weight, fanIn: last),
        TensorSpecification("b\(depth + 1)", [classes], role: .bias, fanIn: last),
      ]
  }

  public var gain: Float { Activation.relu.gain }

  public var details: [(name: String, value: String)] {
    let last = sides.count
    let hidden = (1...last).map {
      "h\($0) = relu(normal(conv(\($0 == 1 ? "x" : "h\($0 - 1)"), W\($0), stride 2, padding 1)) "
        + "+ b\($0))"
    }
    let output = "y = flat(h\(last)) @ W\(last + 1) + b\(last + 1)"
    return [
      ("network", "convnet"), ("side", "\(side)"), ("channels", "\(channels)"),
      ("layout", "images [rows, columns, channels], kernels [3, 3, in, out]"),
      ("formula", (hidden + [output]).joined(separator: "; ")),
    ]
  }

  public func outputCount(of layer: Int) -> Int {
    layer < sides.count ? sides[layer] * sides[layer] * channels : classes
  }

  public func layer(_ index: Int, _ weights: (Weight, Weight), _ inputs: Tensor) -> TargetLayer {
    let (tasks, count) = (inputs.shape[0], inputs.shape[1])
    let shapes = (tensors[2 * index].shape, tensors[2 * index + 1].shape)
    let bias = weights.1.dense(tasks: tasks, shape: shapes.1)
    guard index < sides.count else {
      let flat = inputs.reshaped(to: [tasks, count, shapes.0[0]])
      let sum = weights.0.applied(to: flat) + bias.reshaped(to: [tasks, 1, classes])
      return TargetLayer(name: "y", sum: sum, output: sum)
    }
    let (before, after) = (index == 0 ? side : sides[index - 1], sides[index])
    let images = inputs.reshaped(to: [tasks, count, before, before, shapes.0[2]])
    let sum =
      images.convolved(
        with: weights.0.dense(tasks: tasks, shape: shapes.0), stride: 2, padding: 1
      )
      .reshaped(to: [tasks, count, after * after * channels]).layerNormalized()
      .reshaped(to: [tasks, count, after * after, channels])
      + bias.reshaped(to: [tasks, 1, 1, channels])
    let flat = sum.reshaped(to: [tasks, count, after * after * channels])
    return TargetLayer(name: "h\(index + 1)", sum: flat, output: flat.relu())
  }
}
