/// Long sums over a batch as sums of a few blocks of it: a thread adds up the blocks that it has
/// computed, and needs of others no more than the sums of theirs. How many blocks there are depends on
/// the shapes alone, and so do the bits.
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

  /// A product whose operands are more to read than its result: over many rows of a batch, or of few
  /// rows by the many outputs of a hypernetwork.
  private func product(_ a: Tensor, _ b: Tensor) -> Tensor? {
    guard a.shape.rank == 2 else { return nil }
    let (m, n, k) = (a.shape[0], b.shape[1], a.shape[1])
    // The rows of what is summed over a batch lie across those of the steps before.
    let isOverBatch = a.untransposed != nil
    let isLong = isOverBatch ? k * (m + n) >= 3 * m * n : k >= 4 * max(m, n)
    guard isLong, 2 * k >= max(m, n), m * n * k >= 100_000, m > 1, n > 1 else { return nil }
    let blocks = MatmulInBlocks(count: k < 512 ? 2 : 4)
    // A right side is copied if its columns lie along it. Seen transposed, (b aᵀ)ᵀ, it is the few rows of
    // a that are copied, and a large weight is read where it lies; fewer rows need no copy anyway.
    if !isOverBatch, let weight = b.untransposed, m > 8, m < n {
      return append(blocks, [weight, a.transposed()]).sum(axes: [0]).transposed()
    }
    return append(blocks, [a, b]).sum(axes: [0])
  }

  private static func blocks(of rows: Int) -> Int? {
    [4, 2].first { rows % $0 == 0 && rows / $0 >= 4 }
  }
}

extension Tensor {
  /// Whether its numbers follow each other in memory, row after row.
  fileprivate var isInOnePiece: Bool { expectedLayout.isContiguous }

  /// Where its numbers are if nothing but views is between it and what is computed.
  private var expectedLayout: Layout {
    guard case .view(let see) = operation.lowering else { return Layout(contiguous: shape) }
    // Where there is no such view, a copy is made.
    return see(operands[0].expectedLayout) ?? Layout(contiguous: shape)
  }
}
