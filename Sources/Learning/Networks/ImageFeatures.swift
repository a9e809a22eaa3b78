import Autodiff

/// What is seen in an example before anything is known of its task: for images, convolutions 3 × 3
/// with stride 2, each relu(normal(conv(x)) s + b), and a linear layer; for other examples the linear
/// layer alone. Shared by all tasks.
public struct ImageFeatures: Sendable {
  /// Its variables' names begin with this.
  let name: String
  /// Numbers of an example; a square of `side` where it is an image.
  let inputs: Int
  let side: Int?
  /// Channels of each convolution.
  let channels: [Int]
  /// Numbers that come out.
  let outputs: Int
  /// Whether what comes out is shifted by learned numbers: useless where only differences count.
  var isShifted = true

  /// The convolutions' results are so long and wide.
  private var sides: [Int] {
    var list: [Int] = []
    for _ in channels { list.append(((list.last ?? side ?? 1) + 1) / 2) }
    return list
  }

  private var layers: [(name: String, inputs: Int, outputs: Int)] {
    guard side != nil else { return [] }
    return zip([1] + channels, channels).enumerated().map {
      ("\(name).conv\($0 + 1)", $1.0, $1.1)
    }
  }

  private var last: Linear {
    let flat = sides.last.flatMap { side in channels.last.map { side * side * $0 } }
    return Linear(
      name: name + ".out", inputs: side == nil ? inputs : flat ?? inputs, outputs: outputs,
      isShifted: isShifted)
  }

  var variables: [VariableSpecification] {
    var all: [VariableSpecification] = []
    for layer in layers {
      let deviation = (2 / Float(9 * layer.inputs)).squareRoot()
      all.append(
        .init(
          layer.name + ".w", [3, 3, layer.inputs, layer.outputs], .normal(deviation: deviation)))
      all.append(.init(layer.name + ".scale", [layer.outputs], .constant(1)))
      all.append(.init(layer.name + ".b", [layer.outputs], .zero))
    }
    return all + last.variables
  }

  /// [T, B, inputs] → [T, B, outputs].
  func callAsFunction(_ x: Tensor, theta: Theta) -> Tensor {
    let (tasks, count) = (x.shape[0], x.shape[1])
    guard let side else { return last(x, theta: theta) }
    var images = x.reshaped(to: [tasks * count, side, side, 1])
    for (layer, side) in zip(layers, sides) {
      let flat = [tasks * count, side * side * layer.outputs]
      let kernel = theta(layer.name + ".w", [3, 3, layer.inputs, layer.outputs])
      let normal = images.convolved(with: kernel, stride: 2, padding: 1)
        .reshaped(to: Shape(flat)).layerNormalized()
        .reshaped(to: [tasks * count, side, side, layer.outputs])
      let scaled = normal * theta(layer.name + ".scale", [layer.outputs])
      images = (scaled + theta(layer.name + ".b", [layer.outputs])).relu()
    }
    return last(images.reshaped(to: [tasks, count, last.inputs]), theta: theta)
  }
}
