extension Tensor {
  /// Each element with probability `keep`, then divided by it, else 0 (Srivastava et al. 2014, in the
  /// inverted form).
  ///
  /// - Parameters:
  ///   - noise: uniform numbers in [0, 1) of this shape, an input as a rule: drawn from a counter,
  ///     so that a step can be repeated.
  ///   - keep: a scalar in (0, 1]; at 1 nothing is dropped.
  public func dropout(noise: Tensor, keep: Tensor) -> Tensor {
    Tensor.select(keep.greater(noise), self / keep, otherwise: graph.constant(0))
  }
}
