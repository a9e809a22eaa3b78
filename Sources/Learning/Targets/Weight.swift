import Autodiff

/// A tensor of a target network as a strategy makes it: whole, as a product of two thin factors, or
/// as something all tasks share with a change of its own for each. It is applied part by part; only
/// who wants to look at it puts it together.
///
/// For a matrix, x W = ((x base) + (x left) right) · scale.
public struct Weight {
  /// [T] + shape, or the shape alone where all tasks share it.
  public var base: Tensor?
  /// Low rank: left [T, in, rank] and right [T, rank, out].
  public var factors: (left: Tensor, right: Tensor)?
  /// A factor for each unit of the layer, [T, out].
  public var scale: Tensor?

  /// A tensor of one task each, [T] + shape.
  public init(_ dense: Tensor) { base = dense }

  public init(base: Tensor?, factors: (left: Tensor, right: Tensor)? = nil, scale: Tensor? = nil) {
    self.base = base
    self.factors = factors
    self.scale = scale
  }

  /// x W for x [T, B, in]: [T, B, out]. A product of factors is never multiplied out.
  public func applied(to x: Tensor) -> Tensor {
    var sum = base.map { x.matmul($0) }
    if let factors {
      let product = x.matmul(factors.left).matmul(factors.right)
      sum = sum.map { $0 + product } ?? product
    }
    guard let sum else { preconditionFailure("a weight of nothing") }
    guard let scale else { return sum }
    return sum * scale.reshaped(to: [scale.shape[0], 1, scale.shape[1]])
  }

  /// The tensor itself, [T] + `shape`.
  public func dense(tasks: Int, shape: Shape) -> Tensor {
    let whole = Shape([tasks] + shape.dimensions)
    var sum = base.map { $0.broadcast(to: whole) }
    if let factors {
      let product = factors.left.matmul(factors.right)
      sum = sum.map { $0 + product } ?? product
    }
    guard let sum else { preconditionFailure("a weight of nothing") }
    guard let scale else { return sum }
    // Units are the last axis, of a matrix and of a kernel.
    let ones = Array(repeating: 1, count: shape.rank - 1)
    return sum * scale.reshaped(to: Shape([tasks] + ones + [scale.shape[1]]))
  }
}

extension Sequence where Element == Weight {
  /// All of them put together, in the order of their specifications.
  public func dense(tasks: Int, _ specifications: [TensorSpecification]) -> [Tensor] {
    zip(self, specifications).map { $0.dense(tasks: tasks, shape: $1.shape) }
  }
}
