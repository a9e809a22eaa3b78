import CKernels

/// log Σ eˣ over the last axis, which stays with length 1. The largest x is taken out of the sum.
struct LogSumExp: Operation, KernelSource {
  var name: String { "logSumExp" }
  var lowering: Lowering { .kernel(self) }

  func shape(of operands: [Shape]) -> Shape {
    precondition(operands[0].rank >= 1, "logSumExp: a scalar has no last axis")
    var shape = operands[0]
    shape.dimensions[shape.rank - 1] = 1
    return shape
  }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    [cotangent * (operands[0] - result).exp()]
  }

  func kernel(_ site: Site) -> Kernel {
    let (a, out) = (site.operands[0].pointer, site.result.pointer)
    let columns = site.operands[0].layout.shape.dimensions.last ?? 1
    let rows = site.operands[0].layout.shape.count / columns
    return Kernel(units: rows, nanosecondsPerUnit: Double(columns) * 0.5 + 10) { units, _ in
      weft_log_sum_exp_columns(
        out + units.lowerBound, a + units.lowerBound * columns, units.count, columns, columns)
    }
  }
}

extension Tensor {
  /// log Σ eˣ over the last axis, kept with length 1: [..., N] → [..., 1].
  public func logSumExp() -> Tensor { graph.append(LogSumExp(), [self]) }
}
