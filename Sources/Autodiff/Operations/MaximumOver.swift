import CKernels

/// The largest number along the last axis, which stays with length 1. Where several are largest they
/// share the cotangent.
struct MaximumOver: RowReduction {
  var name: String { "maximum over" }
  var nanosecondsPerElement: Double { 0.1 }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    let largest = 1 - result.greater(operands[0])
    return [cotangent * largest / largest.sum(axes: [-1], keepingDimensions: true)]
  }

  func reduce(
    _ rows: UnsafeMutablePointer<Float>, count: Int, columns: Int,
    into out: UnsafeMutablePointer<Float>
  ) { weft_max_columns(out, rows, count, columns, columns) }
}

extension Tensor {
  /// The largest number along an axis (negative ones count from the last), kept with length 1.
  public func maximum(axis: Int) -> Tensor {
    require(
      shape[self.axis(axis, for: "maximum over")] > 0,
      "maximum over: \(words) has nothing along axis \(axis)")
    return onLastAxis(axis, for: "maximum over") { graph.append(MaximumOver(), [$0]) }
  }

  /// The smallest number along an axis, kept with length 1.
  public func minimum(axis: Int) -> Tensor { -(-self).maximum(axis: axis) }
}
