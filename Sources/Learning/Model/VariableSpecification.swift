import Autodiff

/// A variable of a model and how its numbers are drawn at step 0.
public struct VariableSpecification: Hashable, Sendable {
  public enum Start: Hashable, Sendable {
    case zero
    case constant(Float)
    /// Normal with mean 0 and this standard deviation.
    case normal(deviation: Float)
    /// Uniform over ±bound.
    case uniform(bound: Float)
  }

  public let name: String
  public let shape: Shape
  public let start: Start

  public init(_ name: String, _ shape: Shape, _ start: Start) {
    self.name = name
    self.shape = shape
    self.start = start
  }

  /// Fills the variable for a seed; `index` is its place among the model's variables, so that
  /// each draws numbers of its own.
  func fill(_ values: UnsafeMutableBufferPointer<Float>, seed: UInt64, index: Int) {
    let key = RandomKey(seed: seed, stream: .initialization, step: index)
    switch start {
    case .zero: values.update(repeating: 0)
    case .constant(let value): values.update(repeating: value)
    case .normal(let deviation): key.fillNormal(values, deviation: deviation)
    case .uniform(let bound): key.fillUniform(values, from: -bound, to: bound)
    }
  }
}
