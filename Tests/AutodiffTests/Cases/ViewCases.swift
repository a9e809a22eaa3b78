import Autodiff

/// Operations that only move elements.
extension OperationCase {
  static let views: [OperationCase] = [
    OperationCase(
      name: "broadcast", shapes: { [[1, Int.random(in: 1...4, using: &$0), 1]] },
      edges: [[[1, 0, 1]], [[1, 1, 1]]],
      build: { $0[0].broadcast(to: [2, 3, $0[0].shape[1], 5]) },
      meaning: { $0[0].broadcast(to: [2, 3, $0[0].shape[1], 5]) }),
    OperationCase(
      name: "broadcast to nothing", shapes: { [[1, Int.random(in: 1...4, using: &$0)]] },
      edges: [[[1, 1]]],
      build: { $0[0].broadcast(to: [0, $0[0].shape[1]]) },
      meaning: { Plain([0, $0[0].shape[1]], []) }),
    OperationCase(
      name: "reshape", shapes: { [[Int.random(in: 1...3, using: &$0), 6]] },
      edges: [[[0, 6]], [[1, 6]]],
      build: { $0[0].reshaped(to: [3, $0[0].shape[0], 2]) },
      meaning: { $0[0].reshaped([3, $0[0].shape[0], 2]) }),
    OperationCase(
      name: "reshape of a transpose", shapes: { [[Int.random(in: 1...3, using: &$0), 6]] },
      edges: [[[0, 6]], [[1, 6]]],
      build: { $0[0].transposed().reshaped(to: [2, 3 * $0[0].shape[0]]) },
      meaning: { $0[0].transposed([1, 0]).reshaped([2, 3 * $0[0].shape[0]]) }),
    OperationCase(
      name: "transpose", shapes: { [lengths(3, &$0)] },
      edges: [[[0, 2, 3]], [[2, 0, 1]], [[1, 1, 1]]],
      build: { $0[0].transposed([2, 0, 1]) }, meaning: { $0[0].transposed([2, 0, 1]) }),
    OperationCase(
      name: "slice",
      shapes: { generator in
        [[1...3, 4...7, 1...3].map { Int.random(in: $0, using: &generator) }]
      },
      edges: [[[0, 5, 2]], [[2, 5, 0]], [[1, 4, 1]]],
      build: { $0[0].slice(axis: -2, from: 1, count: 3) }, meaning: { $0[0].slice(1, 1, 3) }),
    OperationCase(
      name: "slice of nothing", shapes: { [[2, Int.random(in: 2...4, using: &$0)]] },
      edges: [[[0, 2]], [[1, 2]]],
      build: { $0[0].slice(axis: 1, from: 2, count: 0) },
      meaning: { Plain([$0[0].shape[0], 0], []) }),
    OperationCase(
      name: "pad", shapes: { [lengths(2, &$0)] }, edges: [[[0, 2]], [[3, 0]], [[1, 1]]],
      build: { $0[0].padded(axis: 1, before: 2, after: 1) },
      meaning: { $0[0].padded(1, 2, 1) }),
    OperationCase(
      name: "concatenate",
      shapes: { generator in
        let (rows, columns, _) = sizes(&generator)
        return (0..<3).map { _ in [rows, Int.random(in: 0...4, using: &generator), columns] }
      },
      edges: [
        [[2, 0, 3], [2, 3, 3], [2, 0, 3]], [[2, 2, 3], [2, 0, 3], [2, 1, 3]],
        [[0, 1, 3], [0, 2, 3], [0, 1, 3]], [[2, 0, 3], [2, 0, 3], [2, 0, 3]],
        [[1, 1, 1], [1, 1, 1], [1, 1, 1]],
      ],
      build: { Tensor.concatenate([$0[0], $0[1] * 2, $0[2], $0[1]], axis: 1) },
      meaning: { Plain.concatenate([$0[0], $0[1].map { $0 * 2 }, $0[2], $0[1]], 1) }),
  ]
}
