/// One problem of a task family, as a person sees it.
public struct TaskDescription: Hashable, Sendable {
  public enum Role: String, Hashable, Sendable {
    /// The hypernetwork is trained on it; it has a learned embedding.
    case training
    /// Never trained on; met by fitting a context, or by interpolating between others'.
    case heldOut = "held-out"
  }

  /// A number that tells tasks apart: `amplitude 1.5`, `angle 45°`.
  public struct Attribute: Hashable, Sendable {
    public let name: String
    public let value: Double
    public let unit: String
    public init(_ name: String, _ value: Double, unit: String = "") {
      self.name = name
      self.value = value
      self.unit = unit
    }
  }

  /// Short and unique in its family; what `--task` takes.
  public let name: String
  public let role: Role
  public let attributes: [Attribute]

  public init(_ name: String, role: Role, attributes: [Attribute]) {
    self.name = name
    self.role = role
    self.attributes = attributes
  }
}
