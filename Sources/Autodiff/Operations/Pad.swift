/// Zeros before and after a value along one axis. Dual to a slice.
struct Pad: Operation {
  let axis: Int
  let before: Int
  let after: Int
  var name: String { "pad" }

  func shape(of operands: [Shape]) throws(Misfit) -> Shape {
    guard before >= 0, after >= 0 else {
      throw Misfit { "\(before) zeros before and \(after) after \($0[0]) on axis \(axis)" }
    }
    var shape = operands[0]
    shape.dimensions[axis] += before + after
    return shape
  }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    [cotangent.slice(axis: axis, from: before, count: operands[0].shape[axis])]
  }

  var lowering: Lowering {
    .rewrite { operands in
      Tensor.concatenate(
        [zeros(before, beside: operands[0]), operands[0], zeros(after, beside: operands[0])]
          .compactMap { $0 }, axis: axis)
    }
  }

  func zeros(_ count: Int, beside value: Tensor) -> Tensor? {
    guard count > 0 else { return nil }
    var shape = value.shape
    shape.dimensions[axis] = count
    return value.graph.constant(0, shape)
  }
}

extension Tensor {
  /// Zeros before and after, along one axis (negative axes count from the last).
  public func padded(axis: Int, before: Int, after: Int) -> Tensor {
    let axis = self.axis(axis, for: "pad")
    if before == 0 && after == 0 { return self }
    return graph.append(Pad(axis: axis, before: before, after: after), [self])
  }
}
