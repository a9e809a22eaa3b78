extension Tensor {
  /// x · σ(x) (Elfwing et al. 2018).
  public func silu() -> Tensor { self * sigmoid() }
}
