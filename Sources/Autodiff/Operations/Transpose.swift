struct Transpose: Operation {
  let axes: [Int]
  var name: String { "transpose" }
  var lowering: Lowering { .view { $0.transposed(axes) } }

  func shape(of operands: [Shape]) -> Shape {
    precondition(
      axes.sorted() == Array(0..<operands[0].rank),
      "transpose: \(axes) is no order of the axes of \(operands[0])")
    return Shape(axes.map { operands[0][$0] })
  }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    var inverse = axes
    for (position, axis) in axes.enumerated() { inverse[axis] = position }
    return [cotangent.transposed(inverse)]
  }
}

extension Tensor {
  /// The axes in another order: axis i of the result is axis `axes[i]` of this tensor.
  public func transposed(_ axes: [Int]) -> Tensor {
    if axes == Array(0..<shape.rank) { return self }
    if let inner = operation as? Transpose, axes.count == inner.axes.count {
      return operands[0].transposed(axes.map { inner.axes[$0] })
    }
    return graph.append(Transpose(axes: axes), [self])
  }

  /// The last two axes exchanged: [..., M, N] → [..., N, M].
  public func transposed() -> Tensor {
    let rank = shape.rank
    precondition(rank >= 2, "transpose: \(shape) has fewer than two axes")
    return transposed(Array(0..<rank - 2) + [rank - 1, rank - 2])
  }
}
