import Autodiff
import Foundation
import Learning

/// A main network whose weights come as one flat vector: layer by layer the weight [in, out], row by
/// row, then the bias.
struct FlatMLP {
  let widths: [Int]
  /// Weights are normal with variance gain / in: 1 before tanh, 2 before ReLU.
  let gain: Float

  private var layers: [(inputs: Int, outputs: Int)] {
    zip(widths, widths.dropFirst()).map { ($0, $1) }
  }

  /// P, the length of the vector.
  var count: Int { layers.reduce(0) { $0 + ($1.inputs + 1) * $1.outputs } }

  /// Outputs [T, B, n] for weights [T, P] and inputs [T, B, in]; no activation after the last layer.
  func callAsFunction(_ weights: Tensor, _ inputs: Tensor, activation: (Tensor) -> Tensor) -> Tensor
  {
    var x = inputs
    var parts = FlatParts(weights)
    for (index, layer) in layers.enumerated() {
      let weight = parts.next(layer.inputs, layer.outputs)
      let sum = x.matmul(weight) + parts.next(1, layer.outputs)
      x = index == layers.count - 1 ? sum : activation(sum)
    }
    return x
  }

  /// A fresh initialisation: the biases of a head that generates this network.
  func fill(_ numbers: UnsafeMutableBufferPointer<Float>, _ key: RandomKey) {
    var start = 0
    for (inputs, outputs) in layers {
      let weight = UnsafeMutableBufferPointer(
        rebasing: numbers[start..<start + inputs * outputs])
      key.fillNormal(weight, deviation: (gain / Float(inputs)).squareRoot(), first: start)
      start += inputs * outputs
      numbers[start..<start + outputs].update(repeating: 0)
      start += outputs
    }
  }
}

/// Flat weights [T, P] cut into matrices one after the other.
struct FlatParts {
  private let weights: Tensor
  private var start = 0

  init(_ weights: Tensor) { self.weights = weights }

  /// The next rows · columns numbers of each task: [T, rows, columns].
  mutating func next(_ rows: Int, _ columns: Int) -> Tensor {
    defer { start += rows * columns }
    return weights.slice(axis: 1, from: start, count: rows * columns)
      .reshaped(to: [weights.shape[0], rows, columns])
  }
}

func sine(_ x: Float) -> Float { sinf(x) }
