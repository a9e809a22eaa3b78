/// How all tasks stood when one of them had been learned, where they come one after another.
public struct Milestone: Sendable, Equatable {
  /// The task that had been learned, from 0.
  public var task: Int
  /// How many steps were done.
  public var step: Int
  /// One a task: the metric on unseen data where there is one, else the loss.
  public var measures: [Float]

  public init(task: Int, step: Int, measures: [Float]) {
    self.task = task
    self.step = step
    self.measures = measures
  }
}

extension [Milestone] {
  /// How much worse the tasks before one are now than when they were learned, on average: of accuracies
  /// what was lost, of losses what was gained. Nil where none was learned.
  public func forgotten(now: [Float], before task: Int, isLoss: Bool) -> Float? {
    let earlier = filter { $0.task < task && now.indices.contains($0.task) }
    guard !earlier.isEmpty else { return nil }
    let lost = earlier.reduce(Float(0)) { $0 + $1.measures[$1.task] - now[$1.task] }
    return (isLoss ? -lost : lost) / Float(earlier.count)
  }
}
