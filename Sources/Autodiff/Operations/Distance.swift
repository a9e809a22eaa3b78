extension Tensor {
  /// ‖aᵢ − bⱼ‖² of all rows of two matrices: [..., M, D] and [..., N, D] → [..., M, N], as
  /// ‖a‖² + ‖b‖² − 2 a·b, which rounding may take below 0 by a little.
  public func squaredDistances(to other: Tensor) -> Tensor {
    require(
      shape.rank >= 2 && other.shape.rank >= 2
        && shape[shape.rank - 1] == other.shape[other.shape.rank - 1],
      "squared distances: \(words) and \(other.words) do not fit [..., M, D] and [..., N, D]")
    let own = square().sum(axes: [-1], keepingDimensions: true)
    let others = other.square().sum(axes: [-1], keepingDimensions: true).transposed()
    return own + others - matmul(other.transposed()) * 2
  }
}
