import CKernels

/// The largest number along the last axis, which stays with length 1. Where several are largest they
/// share the cotangent.
struct MaximumOver: Operation, KernelSource {
  var name: String { "maximum over" }
  var lowering: Lowering { .kernel(self) }

  func shape(of operands: [Shape]) -> Shape {
    precondition(operands[0].rank >= 1, "maximum over: a scalar has no last axis")
    var shape = operands[0]
    shape.dimensions[shape.rank - 1] = 1
    return shape
  }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    let largest = 1 - result.greater(operands[0])
    return [cotangent * largest / largest.sum(axes: [-1], keepingDimensions: true)]
  }

  func kernel(_ site: Site) -> Kernel {
    let (a, out) = (site.operands[0].pointer, site.result.pointer)
    let columns = site.operands[0].layout.shape.dimensions.last ?? 1
    let rows = site.operands[0].layout.shape.count / columns
    return Kernel(units: rows, nanosecondsPerUnit: Double(columns) * 0.1 + 5) { units, _ in
      weft_max_columns(
        out + units.lowerBound, a + units.lowerBound * columns, units.count, columns, columns)
    }
  }
}

extension Tensor {
  /// The largest number along an axis (negative ones count from the last), kept with length 1.
  public func maximum(axis: Int) -> Tensor {
    let axis = self.axis(axis, for: "maximum over")
    let last = shape.rank - 1
    if axis == last { return graph.append(MaximumOver(), [self]) }
    var order = Array(0...last)
    order.swapAt(axis, last)
    return transposed(order).maximum(axis: last).transposed(order)
  }

  /// The smallest number along an axis, kept with length 1.
  public func minimum(axis: Int) -> Tensor { -(-self).maximum(axis: axis) }
}
