extension Tensor {
  /// The logarithm of ``softmax()``: x − log Σ eˣ over the last axis, without overflow.
  public func logSoftmax() -> Tensor { self - logSumExp() }

  /// eˣ / Σ eˣ over the last axis.
  public func softmax() -> Tensor { logSoftmax().exp() }
}
