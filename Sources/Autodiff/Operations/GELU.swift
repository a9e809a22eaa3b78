extension Tensor {
  /// x Φ(x) with Φ the normal distribution function, in its exact form ½ x (1 + erf(x / √2))
  /// (Hendrycks and Gimpel 2016).
  public func gelu() -> Tensor { self * ((self * 0.707_106_78).erf() + 1) * 0.5 }
}
