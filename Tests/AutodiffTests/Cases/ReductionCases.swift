import Autodiff
import Foundation

/// Operations that make one number of many.
extension OperationCase {
  static let reductions: [OperationCase] = [
    sum("sum over the last axis", [2]),
    sum("sum over the first axis", [0]),
    sum("sum over an inner axis", [1]),
    sum("sum over two neighbours", [0, 1]),
    sum("sum over two apart", [0, 2]),
    OperationCase(
      name: "sum of everything", shapes: alike(1), edges: alikeEdges(1), build: { $0[0].sum() },
      meaning: { Plain([], [$0[0].total]) }),
    OperationCase(
      name: "sum of a transpose", shapes: { [lengths(2, &$0)] },
      edges: [[[0, 4]], [[4, 0]], [[1, 1]]],
      build: { $0[0].transposed().sum(axes: [1]) },
      meaning: { $0[0].sum([0]).reshaped([$0[0].shape[1]]) }),
    OperationCase(
      name: "sum to a shape", shapes: { [lengths(3, &$0)] },
      edges: [[[0, 2, 3]], [[2, 0, 3]], [[2, 3, 0]], [[1, 1, 1]]],
      build: { $0[0].sum(to: [$0[0].shape[1], 1]) },
      meaning: { $0[0].sum([0, 2]).reshaped([$0[0].shape[1], 1]) }),
    OperationCase(
      name: "mean", shapes: { [lengths(2, &$0)] }, edges: [[[0, 7]], [[1, 1]]],
      build: { $0[0].mean(axes: [-1]) },
      meaning: { x in
        let count = Double(x[0].shape[1])
        return x[0].sum([1]).map { $0 / count }.reshaped([x[0].shape[0]])
      }),
    OperationCase(
      name: "mean of everything", shapes: alike(1), edges: [[[]], [[1]], [[1, 1]]],
      build: { $0[0].mean() },
      meaning: { Plain([], [$0[0].total / Double($0[0].values.count)]) }),
    OperationCase(
      name: "sum of squares", shapes: alike(1), edges: alikeEdges(1),
      build: { $0[0].sumOfSquares() },
      meaning: { Plain([], [$0[0].map { $0 * $0 }.total]) }),
    OperationCase(
      name: "log-sum-exp", shapes: alike(1), edges: rowEdges, build: { $0[0].logSumExp() },
      meaning: { logSumExp($0[0]) }),
    OperationCase(
      name: "softmax", shapes: alike(1), edges: rowEdges, build: { $0[0].softmax() },
      meaning: { Plain.zip([$0[0], logSumExp($0[0])]) { exp($0[0] - $0[1]) } }),
    OperationCase(
      name: "log-softmax", shapes: alike(1), edges: rowEdges, build: { $0[0].logSoftmax() },
      meaning: { Plain.zip([$0[0], logSumExp($0[0])]) { $0[0] - $0[1] } }),
    OperationCase(
      name: "maximum over the last axis", shapes: alike(1), edges: rowEdges,
      build: { $0[0].maximum(axis: -1) },
      meaning: { largest($0[0]) }),
    OperationCase(
      name: "minimum over the first axis", shapes: { [lengths(2, &$0)] },
      edges: [[[3, 0]], [[1, 3]], [[1, 1]]],
      build: { $0[0].minimum(axis: 0) },
      meaning: { x in
        largest(x[0].transposed([1, 0]).map { -$0 }).map { -$0 }.transposed([1, 0])
      }),
  ]

  private static func sum(_ name: String, _ axes: Set<Int>) -> OperationCase {
    OperationCase(
      name: name, shapes: { [lengths(3, &$0)] },
      edges: [[[0, 3, 2]], [[2, 0, 3]], [[2, 3, 0]], [[1, 1, 1]]],
      build: { $0[0].sum(axes: Array(axes), keepingDimensions: true) },
      meaning: { $0[0].sum(axes) })
  }

  private static func largest(_ x: Plain) -> Plain {
    let last = x.shape.count - 1
    return Plain(Array(x.shape.dropLast()) + [1]) { place in
      (0..<x.shape[last]).map { x[place.dropLast() + [$0]] }.max() ?? 0
    }
  }
}
