import Autodiff
import Foundation

/// Operations along axes, or composed of others.
extension OperationCase {
  static let composed: [OperationCase] = [
    OperationCase(
      name: "cumulative sum", shapes: { [[2, Int.random(in: 1...20, using: &$0)]] },
      edges: [[[0, 3]], [[3, 0]], [[1, 1]]],
      build: { $0[0].cumulativeSum(axis: 1) },
      meaning: { x in
        Plain(x[0].shape) { place in
          (0...place[1]).reduce(0) { $0 + x[0][[place[0], $1]] }
        }
      }),
    OperationCase(
      name: "cumulative sum down", shapes: { [lengths(2, &$0)] },
      edges: [[[0, 3]], [[3, 0]], [[1, 1]]],
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
      edges: [
        [[0, 2, 3], [0, 4, 3]], [[2, 0, 3], [2, 4, 3]], [[2, 3, 3], [2, 0, 3]],
        [[2, 2, 0], [2, 3, 0]], [[1, 1, 1], [1, 1, 1]],
      ],
      build: { $0[0].squaredDistances(to: $0[1]) },
      meaning: { x in
        Plain([x[0].shape[0], x[0].shape[1], x[1].shape[1]]) { place in
          (0..<x[0].shape[2]).reduce(0) {
            let d = x[0][[place[0], place[1], $1]] - x[1][[place[0], place[2], $1]]
            return $0 + d * d
          }
        }
      }),
    OperationCase(
      name: "layer normalisation", shapes: { [lengths(2, &$0)] },
      edges: [[[0, 7]], [[3, 1]], [[1, 1]]],
      build: { $0[0].layerNormalized(epsilon: 0.1) },
      meaning: { x in
        let count = Double(x[0].shape[1])
        let mean = x[0].sum([1]).map { $0 / count }
        let centred = Plain.zip([x[0], mean]) { $0[0] - $0[1] }
        let variance = centred.map { $0 * $0 }.sum([1]).map { $0 / count }
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
      shapes: { generator in
        let sizes = [1...3, 1...3, 2...5, 3...5, 1...2, 2...2, 1...3, 1...3]
          .map { Int.random(in: $0, using: &generator) }
        return [Array(sizes[..<5]), [sizes[5], sizes[6], sizes[4], sizes[7]]]
      },
      edges: [
        [[0, 2, 4, 4, 2], [2, 3, 2, 3]], [[2, 0, 4, 4, 2], [2, 3, 2, 3]],
        [[2, 1, 4, 4, 0], [2, 3, 0, 3]], [[2, 1, 4, 4, 2], [2, 3, 2, 0]],
        [[1, 1, 1, 1, 1], [1, 1, 1, 1]],
      ],
      build: { $0[0].convolved(with: $0[1]) },
      meaning: { convolve($0[0], $0[1], stride: 1, padding: 0) }),
    OperationCase(
      name: "maximum pooling",
      shapes: { generator in
        [[1...3, 2...5, 2...6, 1...3].map { Int.random(in: $0, using: &generator) }]
      },
      edges: [[[0, 4, 5, 3]], [[2, 4, 5, 0]], [[1, 2, 2, 1]]],
      build: { $0[0].maximumPooled(2) },
      meaning: { pool($0[0], 2) { $0.max() ?? 0 } }),
    OperationCase(
      name: "average pooling",
      shapes: { generator in
        [[1...3, 3...6, 3...5, 1...3].map { Int.random(in: $0, using: &generator) }]
      },
      edges: [[[0, 5, 4, 2]], [[2, 5, 4, 0]], [[1, 3, 3, 1]]],
      build: { $0[0].averagePooled(3, stride: 1) },
      meaning: { pool($0[0], 3, stride: 1) { $0.reduce(0, +) / 9 } }),
  ]

  private static func attention(
    _ name: String, _ build: @escaping @Sendable ([Tensor]) -> Tensor,
    seen: @escaping @Sendable (Int, Int) -> Bool
  ) -> OperationCase {
    OperationCase(
      name: name,
      shapes: { generator in
        let sizes = [1...2, 1...4, 1...5, 1...4, 1...3]
          .map { Int.random(in: $0, using: &generator) }
        let (t, s, l, d, e) = (sizes[0], sizes[1], sizes[2], sizes[3], sizes[4])
        return [[t, s, d], [t, l, d], [t, l, e]]
      },
      edges: [
        [[0, 2, 4], [0, 3, 4], [0, 3, 3]], [[2, 0, 4], [2, 3, 4], [2, 3, 3]],
        [[2, 2, 4], [2, 3, 4], [2, 3, 0]], [[1, 1, 1], [1, 1, 1], [1, 1, 1]],
      ],
      build: build,
      meaning: { x in
        let (d, l) = (x[0].shape[2], x[1].shape[1])
        return Plain([x[0].shape[0], x[0].shape[1], x[2].shape[2]]) { place in
          let (t, query) = (place[0], place[1])
          let weights = (0..<l).map { key in
            let score = (0..<d).reduce(0) { $0 + x[0][[t, query, $1]] * x[1][[t, key, $1]] }
            return seen(query, key) ? exp(score / Double(d).squareRoot()) : 0
          }
          let sum = weights.reduce(0, +)
          return (0..<l).reduce(0) { $0 + weights[$1] / sum * x[2][[t, $1, place[2]]] }
        }
      })
  }

  /// A kernel of its own for each task.
  private static func convolution(_ name: String, stride: Int, padding: Int) -> OperationCase {
    OperationCase(
      name: name,
      shapes: { generator in
        let sizes = [1...2, 1...2, 3...6, 2...5, 1...3, 2...3, 2...2, 1...3]
          .map { Int.random(in: $0, using: &generator) }
        return [Array(sizes[..<5]), [sizes[0], sizes[5], sizes[6], sizes[4], sizes[7]]]
      },
      edges: [
        [[0, 2, 5, 4, 2], [0, 3, 2, 2, 3]], [[2, 0, 5, 4, 2], [2, 3, 2, 2, 3]],
        [[2, 2, 5, 4, 0], [2, 3, 2, 0, 3]], [[2, 2, 5, 4, 2], [2, 3, 2, 2, 0]],
        [[1, 1, 2, 2, 1], [1, 2, 2, 1, 1]],
      ],
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
}
