import Autodiff
import Foundation
import Testing

/// One operation: how the engine builds it, and what it means.
struct OperationCase: Sendable, CustomTestStringConvertible {
  let name: String
  /// Operand shapes; drawn anew for each trial.
  let shapes: @Sendable (inout SeededGenerator) -> [[Int]]
  var domain: ClosedRange<Double> = -2...2
  /// Operands of whole numbers below this, without derivative, by position.
  var indices: [Int: Int] = [:]
  /// Whether the derivative is 0 by definition, whatever differences say.
  var isConstantToGradient = false
  let build: @Sendable ([Tensor]) -> Tensor
  let meaning: @Sendable ([Plain]) -> Plain

  var testDescription: String { name }

  /// Shapes of one random form, lengths of 1 among them.
  static func alike(_ count: Int) -> @Sendable (inout SeededGenerator) -> [[Int]] {
    { generator in
      let shape = OperationCase.shape(&generator)
      return Array(repeating: shape, count: count)
    }
  }

  /// Shapes that broadcast to one form: some axes of some operands have length 1 or are missing.
  static func broadcasting(_ count: Int) -> @Sendable (inout SeededGenerator) -> [[Int]] {
    { generator in
      let whole = OperationCase.shape(&generator)
      return (0..<count).map { _ in
        let stretched = whole.map { Int.random(in: 0..<3, using: &generator) == 0 ? 1 : $0 }
        return Array(stretched.dropFirst(Int.random(in: 0..<3, using: &generator) == 0 ? 1 : 0))
      }
    }
  }

  static func shape(_ generator: inout SeededGenerator) -> [Int] {
    lengths(Int.random(in: 1...3, using: &generator), &generator)
  }

  /// Short axes, and now and then one that fills more than a vector.
  static func lengths(_ count: Int, _ generator: inout SeededGenerator) -> [Int] {
    let long = Int.random(in: 0..<6, using: &generator)
    return (0..<count).map { axis in
      axis == long ? 19 : [1, 2, 3].randomElement(using: &generator) ?? 1
    }
  }

  static func unary(
    _ name: String, in domain: ClosedRange<Double> = -2...2,
    _ build: @escaping @Sendable (Tensor) -> Tensor,
    _ meaning: @escaping @Sendable (Double) -> Double
  ) -> OperationCase {
    OperationCase(
      name: name, shapes: alike(1), domain: domain, build: { build($0[0]) },
      meaning: { $0[0].map(meaning) })
  }

  static func binary(
    _ name: String, in domain: ClosedRange<Double> = -2...2,
    _ build: @escaping @Sendable (Tensor, Tensor) -> Tensor,
    _ meaning: @escaping @Sendable (Double, Double) -> Double
  ) -> OperationCase {
    OperationCase(
      name: name, shapes: broadcasting(2), domain: domain, build: { build($0[0], $0[1]) },
      meaning: { Plain.zip($0) { meaning($0[0], $0[1]) } })
  }

  static let elementwise: [OperationCase] = [
    .binary("add", { $0 + $1 }, { $0 + $1 }),
    .binary("subtract", { $0 - $1 }, { $0 - $1 }),
    .binary("multiply", { $0 * $1 }, { $0 * $1 }),
    .binary("divide", in: 0.5...2, { $0 / $1 }, { $0 / $1 }),
    .binary("maximum", { $0.maximum($1) }, { max($0, $1) }),
    .binary("minimum", { $0.minimum($1) }, { min($0, $1) }),
    .unary("add a constant", { $0 + 1.5 }, { $0 + 1.5 }),
    .unary("multiply by a constant", { -2.5 * $0 }, { -2.5 * $0 }),
    .unary("negate", { -$0 }, { -$0 }),
    .unary("absolute value", { $0.abs() }, { abs($0) }),
    .unary("square", { $0.square() }, { $0 * $0 }),
    .unary("square root", in: 0.25...4, { $0.sqrt() }, { $0.squareRoot() }),
    .unary("reciprocal", in: 0.5...2, { $0.reciprocal() }, { 1 / $0 }),
    .unary("exponential", { $0.exp() }, { exp($0) }),
    .unary("logarithm", in: 0.25...4, { $0.log() }, { log($0) }),
    .unary("hyperbolic tangent", { $0.tanh() }, { tanh($0) }),
    .unary("sigmoid", { $0.sigmoid() }, { 1 / (1 + exp(-$0)) }),
    .unary("sine", in: -6...6, { $0.sine() }, { sin($0) }),
    .unary("cosine", in: -6...6, { $0.cosine() }, { cos($0) }),
    .unary("error function", { $0.erf() }, { erf($0) }),
    .unary("softplus", in: -6...6, { $0.softplus() }, { log1p(exp($0)) }),
    .unary("ReLU", { $0.relu() }, { max($0, 0) }),
    .unary("GELU", { $0.gelu() }, { 0.5 * $0 * (1 + erf($0 / 2.0.squareRoot())) }),
    .unary("SiLU", { $0.silu() }, { $0 / (1 + exp(-$0)) }),
    .unary("leaky ReLU", { $0.leakyReLU(slope: 0.2) }, { $0 > 0 ? $0 : 0.2 * $0 }),
    .binary("less", { $0.less($1) }, { $0 < $1 ? 1 : 0 }),
    .binary("equal", { $0.sign().equal($1.sign()) }, { ($0 > 0) == ($1 > 0) ? 1 : 0 }),
    OperationCase(
      name: "dropout",
      shapes: { generator in
        let shape = OperationCase.shape(&generator)
        return [shape, shape]
      },
      domain: 0...1,
      build: { $0[0].dropout(noise: $0[1].stopGradient(), keep: $0[0].graph.constant(0.6)) },
      meaning: { Plain.zip($0) { $0[1] < 0.6 ? $0[0] / 0.6 : 0 } }),
    .unary("step", { $0.step() }, { $0 > 0 ? 1 : 0 }),
    .unary("sign", { $0.sign() }, { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }),
    .binary("greater", { $0.greater($1) }, { $0 > $1 ? 1 : 0 }),
    OperationCase(
      name: "select", shapes: broadcasting(3),
      build: { Tensor.select($0[0].step(), $0[1], otherwise: $0[2]) },
      meaning: { Plain.zip($0) { $0[0] > 0 ? $0[1] : $0[2] } }),
    OperationCase(
      name: "stop gradient", shapes: alike(1), isConstantToGradient: true,
      build: { $0[0].stopGradient() }, meaning: { $0[0] }),
  ]

  static let views: [OperationCase] = [
    OperationCase(
      name: "broadcast", shapes: { [[1, Int.random(in: 1...4, using: &$0), 1]] },
      build: { $0[0].broadcast(to: [2, 3, $0[0].shape[1], 5]) },
      meaning: { $0[0].broadcast(to: [2, 3, $0[0].shape[1], 5]) }),
    OperationCase(
      name: "reshape", shapes: { [[Int.random(in: 1...3, using: &$0), 6]] },
      build: { $0[0].reshaped(to: [3, $0[0].shape[0], 2]) },
      meaning: { $0[0].reshaped([3, $0[0].shape[0], 2]) }),
    OperationCase(
      name: "reshape of a transpose", shapes: { [[Int.random(in: 1...3, using: &$0), 6]] },
      build: { $0[0].transposed().reshaped(to: [2, 3 * $0[0].shape[0]]) },
      meaning: { $0[0].transposed([1, 0]).reshaped([2, 3 * $0[0].shape[0]]) }),
    OperationCase(
      name: "transpose",
      shapes: { generator in [(0..<3).map { _ in Int.random(in: 1...4, using: &generator) }] },
      build: { $0[0].transposed([2, 0, 1]) }, meaning: { $0[0].transposed([2, 0, 1]) }),
    OperationCase(
      name: "slice", shapes: { [[Int.random(in: 1...3, using: &$0), 5, 2]] },
      build: { $0[0].slice(axis: -2, from: 1, count: 3) }, meaning: { $0[0].slice(1, 1, 3) }),
    OperationCase(
      name: "pad", shapes: { [[Int.random(in: 1...3, using: &$0), 2]] },
      build: { $0[0].padded(axis: 1, before: 2, after: 1) },
      meaning: { $0[0].padded(1, 2, 1) }),
    OperationCase(
      name: "concatenate",
      shapes: { generator in
        (0..<3).map { _ in [2, Int.random(in: 1...4, using: &generator), 3] }
      },
      build: { Tensor.concatenate([$0[0], $0[1] * 2, $0[2], $0[1]], axis: 1) },
      meaning: { Plain.concatenate([$0[0], $0[1].map { $0 * 2 }, $0[2], $0[1]], 1) }),
  ]

  static let reductions: [OperationCase] = [
    sum("sum over the last axis", [2]),
    sum("sum over the first axis", [0]),
    sum("sum over an inner axis", [1]),
    sum("sum over two neighbours", [0, 1]),
    sum("sum over two apart", [0, 2]),
    OperationCase(
      name: "sum of everything", shapes: alike(1), build: { $0[0].sum() },
      meaning: { Plain([], [$0[0].total]) }),
    OperationCase(
      name: "sum of a transpose", shapes: { [[Int.random(in: 1...5, using: &$0), 4]] },
      build: { $0[0].transposed().sum(axes: [1]) },
      meaning: { $0[0].sum([0]).reshaped([4]) }),
    OperationCase(
      name: "sum to a shape", shapes: { [[2, Int.random(in: 1...4, using: &$0), 3]] },
      build: { $0[0].sum(to: [$0[0].shape[1], 1]) },
      meaning: { $0[0].sum([0, 2]).reshaped([$0[0].shape[1], 1]) }),
    OperationCase(
      name: "mean", shapes: { [[Int.random(in: 1...4, using: &$0), 7]] },
      build: { $0[0].mean(axes: [-1]) },
      meaning: { x in x[0].sum([1]).map { $0 / 7 }.reshaped([x[0].shape[0]]) }),
    OperationCase(
      name: "sum of squares", shapes: alike(1), build: { $0[0].sumOfSquares() },
      meaning: { Plain([], [$0[0].map { $0 * $0 }.total]) }),
    OperationCase(
      name: "log-sum-exp", shapes: alike(1), build: { $0[0].logSumExp() },
      meaning: { logSumExp($0[0]) }),
    OperationCase(
      name: "softmax", shapes: alike(1), build: { $0[0].softmax() },
      meaning: { Plain.zip([$0[0], logSumExp($0[0])]) { exp($0[0] - $0[1]) } }),
    OperationCase(
      name: "log-softmax", shapes: alike(1), build: { $0[0].logSoftmax() },
      meaning: { Plain.zip([$0[0], logSumExp($0[0])]) { $0[0] - $0[1] } }),
  ]

  static let products: [OperationCase] = [
    matmul("matrix product") { m, n, k, _ in [[m, k], [k, n]] },
    matmul("matrix products of a batch") { m, n, k, t in [[t, m, k], [t, k, n]] },
    matmul("matrix product with a shared right side") { m, n, k, t in [[t, m, k], [k, n]] },
    matmul("matrix product with a broadcast batch") { m, n, k, t in [[t, 1, m, k], [2, k, n]] },
    OperationCase(
      name: "matrix product of transposes",
      shapes: { generator in
        let (m, n, k) = sizes(&generator)
        return [[k, m], [n, k]]
      },
      build: { $0[0].transposed().matmul($0[1].transposed()) },
      meaning: { $0[0].transposed([1, 0]).matmul($0[1].transposed([1, 0])) }),
    OperationCase(
      name: "outer product",
      shapes: { generator in
        let (m, n, _) = sizes(&generator)
        return [[2, m, 1], [2, 1, n]]
      },
      build: { $0[0].matmul($0[1]) }, meaning: { $0[0].matmul($0[1]) }),
    // As many numbers as a product has, but along the batch.
    OperationCase(
      name: "matrix product with a number for each of the batch",
      shapes: { [[4, Int.random(in: 1...3, using: &$0), 2], [4, 1, 1]] },
      build: { $0[0].matmul($0[1].broadcast(to: [4, 2, 2])) },
      meaning: { $0[0].matmul($0[1].broadcast(to: [4, 2, 2])) }),
    OperationCase(
      name: "matrix product of slices", shapes: { _ in [[3, 7], [5, 8]] },
      build: {
        $0[0].slice(axis: 1, from: 1, count: 5).matmul($0[1].slice(axis: 1, from: 3, count: 4))
      },
      meaning: { $0[0].slice(1, 1, 5).matmul($0[1].slice(1, 3, 4)) }),
  ]

  static let indexing: [OperationCase] = [
    OperationCase(
      name: "gather", shapes: { [[4, Int.random(in: 1...3, using: &$0)], [6]] },
      indices: [1: 4], build: { $0[0].gather(rows: $0[1]) },
      meaning: { x in
        Plain([6, x[0].shape[1]]) { x[0][[Int(x[1].values[$0[0]]), $0[1]]] }
      }),
    OperationCase(
      name: "scatter-add", shapes: { [[6, Int.random(in: 1...3, using: &$0)], [6]] },
      indices: [1: 4], build: { $0[0].scatterAdd(rows: $0[1], of: 4) },
      meaning: { x in
        Plain([4, x[0].shape[1]]) { place in
          (0..<6).reduce(0) {
            Int(x[1].values[$1]) == place[0] ? $0 + x[0][[$1, place[1]]] : $0
          }
        }
      }),
  ]

  /// Operations composed of others, or along axes.
  static let composed: [OperationCase] = [
    OperationCase(
      name: "maximum over the last axis", shapes: alike(1), build: { $0[0].maximum(axis: -1) },
      meaning: { largest($0[0]) }),
    OperationCase(
      name: "minimum over the first axis", shapes: { [[Int.random(in: 1...5, using: &$0), 3]] },
      build: { $0[0].minimum(axis: 0) },
      meaning: { x in
        largest(x[0].transposed([1, 0]).map { -$0 }).map { -$0 }.transposed([1, 0])
      }),
    OperationCase(
      name: "cumulative sum", shapes: { [[2, Int.random(in: 1...20, using: &$0)]] },
      build: { $0[0].cumulativeSum(axis: 1) },
      meaning: { x in
        Plain(x[0].shape) { place in
          (0...place[1]).reduce(0) { $0 + x[0][[place[0], $1]] }
        }
      }),
    OperationCase(
      name: "cumulative sum down", shapes: { [[Int.random(in: 1...5, using: &$0), 3]] },
      build: { $0[0].cumulativeSum(axis: 0) },
      meaning: { x in
        Plain(x[0].shape) { place in
          (0...place[0]).reduce(0) { $0 + x[0][[$1, place[1]]] }
        }
      }),
    OperationCase(
      name: "squared distances",
      shapes: { generator in
        let (m, n, k) = sizes(&generator)
        return [[2, m, k], [2, n, k]]
      },
      build: { $0[0].squaredDistances(to: $0[1]) },
      meaning: { x in
        Plain([2, x[0].shape[1], x[1].shape[1]]) { place in
          (0..<x[0].shape[2]).reduce(0) {
            let d = x[0][[place[0], place[1], $1]] - x[1][[place[0], place[2], $1]]
            return $0 + d * d
          }
        }
      }),
    OperationCase(
      name: "layer normalisation", shapes: { [[Int.random(in: 1...4, using: &$0), 7]] },
      build: { $0[0].layerNormalized(epsilon: 0.1) },
      meaning: { x in
        let mean = x[0].sum([1]).map { $0 / 7 }
        let centred = Plain.zip([x[0], mean]) { $0[0] - $0[1] }
        let variance = centred.map { $0 * $0 }.sum([1]).map { $0 / 7 }
        return Plain.zip([centred, variance]) { $0[0] / ($0[1] + 0.1).squareRoot() }
      }),
    attention("attention") {
      $0[0].attention(keys: $0[1], values: $0[2])
    } seen: { _, _ in
      true
    },
    attention("attention with a mask") {
      let (s, l) = ($0[0].shape[1], $0[1].shape[1])
      let before = $0[0].graph.constant(1, [s, l]).cumulativeSum(axis: 1)
        .greater($0[0].graph.constant(1, [s, l]).cumulativeSum(axis: 0))
      return $0[0].attention(keys: $0[1], values: $0[2], mask: 1 - before)
    } seen: { query, key in
      key <= query
    },
    convolution("convolution", stride: 1, padding: 0),
    convolution("convolution with stride and padding", stride: 2, padding: 1),
    OperationCase(
      name: "convolution with a shared kernel",
      shapes: { [[2, Int.random(in: 1...3, using: &$0), 4, 4, 2], [2, 3, 2, 3]] },
      build: { $0[0].convolved(with: $0[1]) },
      meaning: { convolve($0[0], $0[1], stride: 1, padding: 0) }),
    OperationCase(
      name: "maximum pooling", shapes: { [[Int.random(in: 1...3, using: &$0), 4, 5, 3]] },
      build: { $0[0].maximumPooled(2) },
      meaning: { pool($0[0], 2) { $0.max() ?? 0 } }),
    OperationCase(
      name: "average pooling", shapes: { [[Int.random(in: 1...3, using: &$0), 5, 4, 2]] },
      build: { $0[0].averagePooled(3, stride: 1) },
      meaning: { pool($0[0], 3, stride: 1) { $0.reduce(0, +) / 9 } }),
    OperationCase(
      name: "cross-entropy by label", shapes: { [[Int.random(in: 1...6, using: &$0), 5], []] },
      build: { x in
        // Labels 0, 1, 2, … as numbers of the graph.
        let rows = x[0].shape[0]
        let labels = x[0].graph.constant(1, [rows]).cumulativeSum(axis: 0) - 1
        return x[0].crossEntropy(labels: labels) * x[1]
      },
      meaning: { x in
        let sums = logSumExp(x[0])
        return Plain([x[0].shape[0]]) { place in
          (sums[[place[0], 0]] - x[0][[place[0], min(place[0], 4)]]) * x[1].values[0]
        }
      }),
  ]

  static let all = elementwise + views + reductions + products + indexing + composed

  private static func largest(_ x: Plain) -> Plain {
    let last = x.shape.count - 1
    return Plain(Array(x.shape.dropLast()) + [1]) { place in
      (0..<x.shape[last]).map { x[place.dropLast() + [$0]] }.max() ?? 0
    }
  }

  private static func attention(
    _ name: String, _ build: @escaping @Sendable ([Tensor]) -> Tensor,
    seen: @escaping @Sendable (Int, Int) -> Bool
  ) -> OperationCase {
    OperationCase(
      name: name,
      shapes: { generator in
        let (s, l) = (Int.random(in: 1...4, using: &generator), 3)
        return [[2, s, 4], [2, l, 4], [2, l, 3]]
      },
      build: build,
      meaning: { x in
        Plain([2, x[0].shape[1], 3]) { place in
          let (t, query) = (place[0], place[1])
          let weights = (0..<3).map { key in
            let score = (0..<4).reduce(0) { $0 + x[0][[t, query, $1]] * x[1][[t, key, $1]] }
            return seen(query, key) ? exp(score / 2) : 0
          }
          let sum = weights.reduce(0, +)
          return (0..<3).reduce(0) { $0 + weights[$1] / sum * x[2][[t, $1, place[2]]] }
        }
      })
  }

  /// A kernel of its own for each of two tasks.
  private static func convolution(_ name: String, stride: Int, padding: Int) -> OperationCase {
    OperationCase(
      name: name,
      shapes: { generator in
        [
          [2, Int.random(in: 1...2, using: &generator), 5, 4, 2],
          [2, 3, 2, 2, Int.random(in: 1...3, using: &generator)],
        ]
      },
      build: { $0[0].convolved(with: $0[1], stride: stride, padding: padding) },
      meaning: { convolve($0[0], $0[1], stride: stride, padding: padding) })
  }

  /// Images [T, B, H, W, C] and kernels [T, h, w, C, D] or [h, w, C, D].
  private static func convolve(
    _ image: Plain, _ kernel: Plain, stride: Int, padding: Int
  ) -> Plain {
    let own = kernel.shape.count - 4
    let (h, w) = (kernel.shape[own], kernel.shape[own + 1])
    let rows = (image.shape[2] + 2 * padding - h) / stride + 1
    let columns = (image.shape[3] + 2 * padding - w) / stride + 1
    return Plain([image.shape[0], image.shape[1], rows, columns, kernel.shape[own + 3]]) { place in
      var sum = 0.0
      for (i, j, c) in Plain.places([h, w, image.shape[4]]).map({ ($0[0], $0[1], $0[2]) }) {
        let (y, x) = (place[2] * stride + i - padding, place[3] * stride + j - padding)
        guard y >= 0, x >= 0, y < image.shape[2], x < image.shape[3] else { continue }
        let weight = kernel[(own == 0 ? [] : [place[0]]) + [i, j, c, place[4]]]
        sum += image[[place[0], place[1], y, x, c]] * weight
      }
      return sum
    }
  }

  private static func pool(
    _ image: Plain, _ size: Int, stride: Int? = nil, _ reduce: ([Double]) -> Double
  ) -> Plain {
    let stride = stride ?? size
    let rows = (image.shape[1] - size) / stride + 1
    let columns = (image.shape[2] - size) / stride + 1
    return Plain([image.shape[0], rows, columns, image.shape[3]]) { place in
      reduce(
        Plain.places([size, size]).map {
          image[[place[0], place[1] * stride + $0[0], place[2] * stride + $0[1], place[3]]]
        })
    }
  }

  private static func sum(_ name: String, _ axes: Set<Int>) -> OperationCase {
    OperationCase(
      name: name,
      shapes: { generator in
        [lengths(3, &generator)]
      },
      build: { $0[0].sum(axes: Array(axes), keepingDimensions: true) },
      meaning: { $0[0].sum(axes) })
  }

  private static func matmul(
    _ name: String, _ shapes: @escaping @Sendable (Int, Int, Int, Int) -> [[Int]]
  ) -> OperationCase {
    OperationCase(
      name: name,
      shapes: { generator in
        let (m, n, k) = sizes(&generator)
        return shapes(m, n, k, Int.random(in: 1...3, using: &generator))
      },
      build: { $0[0].matmul($0[1]) }, meaning: { $0[0].matmul($0[1]) })
  }

  private static func sizes(_ generator: inout SeededGenerator) -> (Int, Int, Int) {
    let all = lengths(3, &generator)
    return (all[0], all[1], all[2])
  }

  private static func logSumExp(_ x: Plain) -> Plain {
    x.map { exp($0) }.sum([x.shape.count - 1]).map { log($0) }
  }
}
