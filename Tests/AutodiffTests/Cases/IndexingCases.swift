import Autodiff

/// Operations with whole numbers among their operands.
extension OperationCase {
  static let indexing: [OperationCase] = [
    OperationCase(
      name: "gather",
      shapes: { generator in
        let (rows, width, count) = sizes(&generator)
        return [[3 + rows, width], [count]]
      },
      edges: [[[4, 3], [0]], [[0, 3], [0]], [[4, 0], [5]], [[4, 1], [1]], [[1, 1], [2]]],
      indices: [1: 4], build: { $0[0].gather(rows: $0[1]) },
      meaning: { x in
        Plain([x[1].shape[0], x[0].shape[1]]) { place in
          x[0][[min(Int(x[1].values[place[0]]), x[0].shape[0] - 1), place[1]]]
        }
      }),
    OperationCase(
      name: "scatter-add",
      shapes: { generator in
        let (_, width, count) = sizes(&generator)
        return [[count, width], [count]]
      },
      edges: [[[0, 3], [0]], [[5, 0], [5]], [[1, 1], [1]]],
      indices: [1: 4], build: { $0[0].scatterAdd(rows: $0[1], of: 4) },
      meaning: { x in
        Plain([4, x[0].shape[1]]) { place in
          (0..<x[0].shape[0]).reduce(0) {
            Int(x[1].values[$1]) == place[0] ? $0 + x[0][[$1, place[1]]] : $0
          }
        }
      }),
    OperationCase(
      name: "pick",
      shapes: { generator in
        let (outer, rows, columns) = sizes(&generator)
        return [[outer, rows, columns], [outer, rows]]
      },
      edges: [
        [[0, 3], [0]], [[2, 0, 3], [2, 0]], [[0, 0], [0]], [[1], []], [[1, 1], [1]],
      ],
      indices: [1: 3], build: { $0[0].pick($0[1]) },
      meaning: { x in
        Plain(x[1].shape + [1]) { place in
          let row = Array(place.dropLast())
          return x[0][row + [min(Int(x[1][row]), (x[0].shape.last ?? 1) - 1)]]
        }
      }),
    OperationCase(
      name: "one-hot", shapes: { [[Int.random(in: 1...20, using: &$0)], [5]] },
      edges: [[[0], [4]], [[2, 0], [4]], [[], [3]], [[1], [1]]],
      indices: [0: 3], build: { $0[0].oneHot($0[1].shape[0]) * $0[1] },
      meaning: { x in
        let columns = x[1].shape[0]
        return Plain(x[0].shape + [columns]) { place in
          let index = min(Int(x[0][Array(place.dropLast())]), columns - 1)
          return place.last == index ? x[1].values[index] : 0
        }
      }),
    OperationCase(
      name: "cross-entropy by label",
      shapes: { [[Int.random(in: 1...6, using: &$0), Int.random(in: 1...9, using: &$0)], []] },
      edges: [[[0, 5], []], [[3, 1], []], [[1, 1], []]],
      build: { x in
        // Labels 0, 1, 2, … as numbers of the graph.
        let rows = x[0].shape[0]
        let labels = x[0].graph.constant(1, [rows]).cumulativeSum(axis: 0) - 1
        return x[0].crossEntropy(labels: labels) * x[1]
      },
      meaning: { x in
        let sums = logSumExp(x[0])
        return Plain([x[0].shape[0]]) { place in
          let label = min(place[0], x[0].shape[1] - 1)
          return (sums[[place[0], 0]] - x[0][[place[0], label]]) * x[1].values[0]
        }
      }),
  ]
}
