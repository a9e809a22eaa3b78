import CKernels

/// log Σ eˣ over the last axis, which stays with length 1. The largest x is taken out of the sum.
struct LogSumExp: RowReduction {
  var name: String { "logSumExp" }
  var nanosecondsPerElement: Double { 0.5 }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    [cotangent * (operands[0] - result).exp()]
  }

  func reduce(
    _ rows: UnsafeMutablePointer<Float>, count: Int, columns: Int,
    into out: UnsafeMutablePointer<Float>
  ) { weft_log_sum_exp_columns(out, rows, count, columns, columns) }
}

extension Tensor {
  /// log Σ eˣ over the last axis, kept with length 1: [..., N] → [..., 1].
  public func logSumExp() -> Tensor { graph.append(LogSumExp(), [self]) }
}
