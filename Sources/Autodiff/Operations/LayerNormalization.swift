extension Tensor {
  /// (x − mean) / √(variance + ε) over the last axis, the variance divided by N (Ba et al. 2016);
  /// scale and shift are the caller's.
  public func layerNormalized(epsilon: Float = 1e-5) -> Tensor {
    normalized(axis: -1, epsilon: epsilon)
  }

  /// (x − mean) / √(variance + ε) over an axis, the variance divided by N: over that of a batch's
  /// examples it is batch normalisation as it is in training (Ioffe & Szegedy 2015).
  public func normalized(axis: Int, epsilon: Float = 1e-5) -> Tensor {
    let centered = self - mean(axes: [axis], keepingDimensions: true)
    let variance = centered.square().mean(axes: [axis], keepingDimensions: true)
    return centered * (variance + epsilon).sqrt().reciprocal()
  }
}
