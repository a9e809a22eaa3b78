import Autodiff

/// What a task's context z is.
public enum ContextSource: String, CaseIterable, Hashable, Sendable {
  /// Learned, one for each training task; fitted for others.
  case embedding
  /// Given: the numbers that describe the task.
  case description
  /// Computed from a task's labelled examples by a network that does not see their order.
  case supportSet = "support-set"
  /// Learned as an embedding, and joined by the target's own input: every example has weights of its
  /// own.
  case input

  /// Whether contexts are variables that training changes.
  public var isLearned: Bool { self == .embedding || self == .input }
}

extension TaskFamily {
  /// Mean square of an input's numbers: of those of the picture.
  var inputSquare: Float {
    let values = [Float](unsafeUninitializedCapacity: pictureCount * inputCount) {
      fillPicture(reference: nil, x: $0)
      $1 = $0.count
    }
    return values.reduce(0) { $0 + $1 * $1 } / Float(max(values.count, 1))
  }

  /// Attributes as they are, each with mean 0 and deviation 1 over the training tasks.
  public func description(of task: Int) -> [Float] {
    let trained = tasks.prefix(trainingTaskCount)
    return tasks[task].attributes.indices.map { index in
      let values = trained.map { $0.attributes[index].value }
      let mean = values.reduce(0, +) / Double(max(values.count, 1))
      let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      let deviation = (square / Double(max(values.count, 1))).squareRoot()
      return Float((tasks[task].attributes[index].value - mean) / max(deviation, 1e-6))
    }
  }
}
