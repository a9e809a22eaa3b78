extension Tensor {
  /// x where x > 0, else `slope` · x.
  public func leakyReLU(slope: Float = 0.01) -> Tensor {
    Tensor.select(step(), self, otherwise: self * slope)
  }
}
