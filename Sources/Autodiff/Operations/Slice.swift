struct Slice: Operation {
  let axis: Int
  let start: Int
  let count: Int
  var name: String { "slice" }
  var lowering: Lowering { .view { $0.sliced(axis: axis, from: start, count: count) } }

  func shape(of operands: [Shape]) throws(Misfit) -> Shape {
    let length = operands[0][axis]
    guard start >= 0, count >= 0, start <= length, count <= length - start else {
      throw Misfit { "\($0[0]) has no \(count) elements from \(start) on along axis \(axis)" }
    }
    var shape = operands[0]
    shape.dimensions[axis] = count
    return shape
  }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    let after = operands[0].shape[axis] - start - count
    return [cotangent.padded(axis: axis, before: start, after: after)]
  }
}

extension Tensor {
  /// `count` elements from `start` on along one axis (negative axes count from the last).
  public func slice(axis: Int, from start: Int, count: Int) -> Tensor {
    let axis = self.axis(axis, for: "slice")
    if start == 0 && count == shape[axis] { return self }
    return graph.append(Slice(axis: axis, start: start, count: count), [self])
  }
}
