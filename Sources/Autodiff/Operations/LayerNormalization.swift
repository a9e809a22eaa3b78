extension Tensor {
  /// (x − mean) / √(variance + ε) over the last axis, the variance divided by N (Ba et al. 2016);
  /// scale and shift are the caller's.
  public func layerNormalized(epsilon: Float = 1e-5) -> Tensor {
    let centered = self - mean(axes: [-1], keepingDimensions: true)
    let variance = centered.square().mean(axes: [-1], keepingDimensions: true)
    return centered * (variance + epsilon).sqrt().reciprocal()
  }
}
