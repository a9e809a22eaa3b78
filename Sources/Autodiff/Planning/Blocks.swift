/// Long sums over a batch as sums of a few blocks of it, so that whoever has computed a block adds it
/// up himself: of what others have, only the blocks' sums are needed. How many blocks there are
/// depends on the shapes alone, and so do the bits.
extension Graph {
  /// The same as an operation that adds up many rows into few numbers, in blocks; nil for others.
  func inBlocks(_ operation: any Operation, _ operands: [Tensor]) -> Tensor? {
    switch operation {
    case let sum as Sum: rowSum(sum, operands[0])
    case is Matmul: product(operands[0], operands[1])
    default: nil
    }
  }

  /// A sum over the leading axes, such as the gradient of a bias.
  private func rowSum(_ sum: Sum, _ x: Tensor) -> Tensor? {
    let dimensions = x.shape.dimensions
    guard dimensions[..<sum.axes.lowerBound].allSatisfy({ $0 == 1 }) else { return nil }
    let rows = dimensions[sum.axes].reduce(1, *)
    let columns = dimensions[sum.axes.upperBound...].reduce(1, *)
    guard columns > 1, rows >= 16, rows * columns >= 4096, x.isInOnePiece,
      let blocks = Graph.blocks(of: rows)
    else { return nil }
    let target = sum.shape(of: [x.shape])
    return x.reshaped(to: [blocks, rows / blocks, columns]).sum(axes: [1]).sum(axes: [0])
      .reshaped(to: target)
  }

  /// A product aᵀ b over so many rows that they are far more to read than the result.
  private func product(_ left: Tensor, _ right: Tensor) -> Tensor? {
    guard right.shape.rank == 2, let upright = left.untransposed else { return nil }
    let (rows, m, n) = (right.shape[0], left.shape[0], right.shape[1])
    guard rows * (m + n) >= 8 * m * n, m * n * rows >= 100_000, upright.isInOnePiece,
      right.isInOnePiece, let blocks = Graph.blocks(of: rows)
    else { return nil }
    let (a, b) = (
      upright.reshaped(to: [blocks, rows / blocks, m]),
      right.reshaped(to: [blocks, rows / blocks, n])
    )
    return a.transposed().matmul(b).sum(axes: [0])
  }

  private static func blocks(of rows: Int) -> Int? {
    [4, 2].first { rows % $0 == 0 && rows / $0 >= 4 }
  }
}

extension Tensor {
  /// Whether it is computed into memory of its own, row after row.
  fileprivate var isInOnePiece: Bool {
    switch operation {
    case is Reshape: return operands[0].isInOnePiece
    default:
      if case .view = operation.lowering { return false }
      return true
    }
  }
}
