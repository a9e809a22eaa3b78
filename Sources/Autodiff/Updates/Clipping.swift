/// Clipping by the Euclidean norm of all gradients together (Pascanu et al. 2013).
public enum Clipping {
  /// √ Σ g² over all elements of all tensors, a scalar.
  public static func globalNorm(_ tensors: [Tensor]) -> Tensor {
    require(!tensors.isEmpty, "global norm: wants at least one tensor")
    let squares = tensors.map { $0.sumOfSquares() }
    return squares.dropFirst().reduce(squares[0], +).sqrt()
  }

  /// What to multiply these gradients by, so that their norm is at most a limit; 1 where there are none.
  public static func scale(of gradients: [Tensor], limit: Tensor) -> Tensor {
    gradients.isEmpty
      ? limit.graph.constant(1) : clipScale(norm: globalNorm(gradients), limit: limit)
  }

  /// limit / (norm + 10⁻⁶) where the norm is above a limit above 0, else 1: what to multiply
  /// gradients by. A limit of 0 or infinity is no limit.
  public static func clipScale(norm: Tensor, limit: Tensor) -> Tensor {
    let one = norm.graph.constant(1)
    let applies = norm.greater(limit) * limit.greater(0)
    return Tensor.select(applies, limit / (norm + 1e-6), otherwise: one)
  }
}
