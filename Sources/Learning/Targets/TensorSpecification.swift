import Autodiff

/// One weight tensor of a target network: its name, shape (without the task axis) and role.
public struct TensorSpecification: Hashable, Sendable {
  public enum Role: String, Hashable, Sendable { case weight, bias }

  public let name: String
  public let shape: Shape
  public let role: Role
  /// How many inputs feed one unit of its layer; what initialisation formulas call fan-in.
  public let fanIn: Int
  /// The variance its numbers should have at first where that does not follow from the fan-in.
  public let variance: Float?

  /// How many units of the layer one input feeds.
  public var fanOut: Int { role == .weight ? shape.count / max(fanIn, 1) : shape.count }

  public init(
    _ name: String, _ shape: Shape, role: Role, fanIn: Int, variance: Float? = nil
  ) {
    self.variance = variance
    self.name = name
    self.shape = shape
    self.role = role
    self.fanIn = fanIn
  }
}
