import Learning

/// Which context weights are generated from, as a person says it.
public enum ContextChoice: Hashable, Sendable {
  /// A task by name, or by its number in the list, from 1. A held-out task that no context was
  /// fitted to yet is fitted first, θ frozen.
  case task(String)
  /// The numbers themselves.
  case context([Float])
  /// On the straight line from one task's context (0) to another's (1), or beyond.
  case between(String, String, Float)
}

/// A context that does not exist, in words.
public struct ContextError: Error, Hashable, CustomStringConvertible, Sendable {
  public let description: String
  public init(_ description: String) { self.description = description }
}

extension Run {
  /// The numbers of a context.
  public func context(_ choice: ContextChoice) throws(ContextError) -> [Float] {
    switch choice {
    case .task(let name): return try context(ofTask: name)
    case .context(let values):
      guard values.count == outline.contextCount else {
        throw ContextError(
          "a context of this run has \(outline.contextCount) numbers, not \(values.count)")
      }
      guard values.allSatisfy(\.isFinite) else {
        throw ContextError("a context has finite numbers only")
      }
      return values
    case .between(let first, let second, let share):
      guard share.isFinite else { throw ContextError("the place between two tasks is a number") }
      let (a, b) = (try context(ofTask: first), try context(ofTask: second))
      return zip(a, b).map { $0 + ($1 - $0) * share }
    }
  }

  /// The one task a choice means, if it means one.
  func task(_ choice: ContextChoice) -> Int? {
    if case .task(let text) = choice { task(named: text) } else { nil }
  }

  private func task(named text: String) -> Int? {
    let tasks = outline.tasks
    let byNumber = Int(text).flatMap { 1...tasks.count ~= $0 ? $0 - 1 : nil }
    return tasks.firstIndex { $0.name == text } ?? byNumber
  }

  private func context(ofTask text: String) throws(ContextError) -> [Float] {
    let tasks = outline.tasks
    guard let task = task(named: text) else {
      throw ContextError(
        "there is no task '\(text)'; there are "
          + tasks.map(\.name).joined(separator: ", ") + ", or a number from 1 to \(tasks.count)")
    }
    if let known = statusesWithContexts()[task].context { return known }
    _ = fit(task: task)
    guard let fitted = statuses[task].context else {
      throw ContextError("no context could be fitted to the task '\(text)'")
    }
    return fitted
  }
}
