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
    /// Normal, with a deviation for each stretch of columns (the last axis).
    case normalParts([Part])
    /// Normal, with a deviation for each row (the first axis).
    case normalRows(deviations: [Float])
    /// Normal with this standard deviation, the same numbers in each row (along the first axis).
    case normalAlike(deviation: Float)
    /// A constant for each stretch of all its numbers in turn.
    case constants([Stretch])
    /// Square matrices side by side, each orthogonal (Saxe et al. 2014): [columns, n · columns].
    case orthogonal(columns: Int)

    public struct Stretch: Hashable, Sendable {
      public let count: Int
      public let value: Float
    }

    public struct Part: Hashable, Sendable {
      public let count: Int
      public let deviation: Float
    }
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
  package func fill(_ values: UnsafeMutableBufferPointer<Float>, seed: UInt64, index: Int) {
    fill(values, key: RandomKey(seed: seed, stream: .initialization, step: index))
  }

  /// Fills the variable with numbers of a key.
  package func fill(_ values: UnsafeMutableBufferPointer<Float>, key: RandomKey) {
    switch start {
    case .zero: values.update(repeating: 0)
    case .constant(let value): values.update(repeating: value)
    case .normal(let deviation): key.fillNormal(values, deviation: deviation)
    case .uniform(let bound): key.fillUniform(values, from: -bound, to: bound)
    case .normalParts(let parts):
      let deviations = parts.flatMap { Array(repeating: $0.deviation, count: $0.count) }
      key.fillNormal(values)
      for i in values.indices { values[i] *= deviations[i % deviations.count] }
    case .constants(let stretches):
      var rest = values[...]
      for stretch in stretches {
        UnsafeMutableBufferPointer(rebasing: rest.prefix(stretch.count))
          .update(repeating: stretch.value)
        rest = rest.dropFirst(stretch.count)
      }
    case .orthogonal(let columns):
      key.fillNormal(values)
      for first in stride(from: 0, to: shape.dimensions[1], by: columns) {
        Orthogonal.orthonormalize(
          values, columns: first..<first + columns, of: shape.dimensions[1])
      }
    case .normalAlike(let deviation):
      let width = values.count / max(shape[0], 1)
      key.fillNormal(UnsafeMutableBufferPointer(rebasing: values[..<width]), deviation: deviation)
      for i in values.indices.dropFirst(width) { values[i] = values[i - width] }
    case .normalRows(let deviations):
      let width = values.count / max(deviations.count, 1)
      key.fillNormal(values)
      for i in values.indices { values[i] *= deviations[i / width] }
    }
  }
}
