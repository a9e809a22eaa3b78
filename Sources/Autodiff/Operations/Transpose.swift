struct Transpose: Operation {
  let axes: [Int]
  var name: String { "transpose" }
  var lowering: Lowering { .view { $0.transposed(axes) } }

  func shape(of operands: [Shape]) throws(Misfit) -> Shape {
    guard axes.sorted() == Array(0..<operands[0].rank) else {
      throw Misfit { "\(axes) is no order of the axes of \($0[0])" }
    }
    return Shape(axes.map { operands[0][$0] })
  }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    var inverse = axes
    for (position, axis) in axes.enumerated() { inverse[axis] = position }
    return [cotangent.transposed(inverse)]
  }

  func following(_ earlier: any Operation, of source: Shape) -> (any Operation)? {
    (earlier as? Transpose).map { earlier in Transpose(axes: axes.map { earlier.axes[$0] }) }
  }
}

extension Tensor {
  /// The axes in another order: axis i of the result is axis `axes[i]` of this tensor.
  public func transposed(_ axes: [Int]) -> Tensor {
    if axes == Array(0..<shape.rank) { return self }
    return graph.append(Transpose(axes: axes), [self])
  }

  /// The last two axes exchanged: [..., M, N] → [..., N, M].
  public func transposed() -> Tensor {
    let rank = shape.rank
    require(rank >= 2, "transpose: \(words) has fewer than two axes")
    return transposed(Array(0..<rank - 2) + [rank - 1, rank - 2])
  }
}
