import Autodiff
import Foundation
import Testing

/// One operation: how the engine builds it, and what it means.
struct OperationCase: Sendable, CustomTestStringConvertible {
  let name: String
  /// Operand shapes; drawn anew for each trial.
  let shapes: @Sendable (inout SeededGenerator) -> [[Int]]
  /// Operand shapes with axes of length 0 and 1, tried beside the random ones.
  let edges: [[[Int]]]
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

  /// Edges of ``alike(_:)``.
  static func alikeEdges(_ count: Int) -> [[[Int]]] {
    [[0], [0, 3], [2, 0], [2, 0, 3], [], [1], [1, 1, 1]].map { Array(repeating: $0, count: count) }
  }

  /// Edges where an operation wants something along the last axis.
  static let rowEdges: [[[Int]]] = [[[0, 3]], [[2, 0, 3]], [[1]], [[1, 1]], [[3, 1]]]

  /// Edges of ``broadcasting(_:)``: a length of 1 stretches to one of 0, too.
  static func broadcastingEdges(_ count: Int) -> [[[Int]]] {
    alikeEdges(count)
      + [[[0, 3], [3]], [[1, 3], [0, 1]], [[], [2, 0]], [[1], [1, 1]]].map { pair in
        pair + Array(repeating: [1], count: count - 2)
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
      name: name, shapes: alike(1), edges: alikeEdges(1), domain: domain, build: { build($0[0]) },
      meaning: { $0[0].map(meaning) })
  }

  static func binary(
    _ name: String, in domain: ClosedRange<Double> = -2...2,
    _ build: @escaping @Sendable (Tensor, Tensor) -> Tensor,
    _ meaning: @escaping @Sendable (Double, Double) -> Double
  ) -> OperationCase {
    OperationCase(
      name: name, shapes: broadcasting(2), edges: broadcastingEdges(2), domain: domain,
      build: { build($0[0], $0[1]) },
      meaning: { Plain.zip($0) { meaning($0[0], $0[1]) } })
  }

  static let all =
    elementwise + views + reductions + products + indexing + composed + scans

  static func sizes(_ generator: inout SeededGenerator) -> (Int, Int, Int) {
    let all = lengths(3, &generator)
    return (all[0], all[1], all[2])
  }

  static func logSumExp(_ x: Plain) -> Plain {
    x.map { exp($0) }.sum([x.shape.count - 1]).map { log($0) }
  }
}
