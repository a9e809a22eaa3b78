import Learning
import Terminal
import Training

/// What follows from the model and is needed both by what draws it and by what changes it.
extension Model {
  /// The tasks that pass the filter, by their place in the description.
  public var visibleTasks: [Int] {
    let tasks = snapshot.description.tasks
    guard !tasks.isEmpty, !self.tasks.filter.isEmpty else { return Array(tasks.indices) }
    return tasks.indices.filter { index in
      let task = tasks[index]
      return ([task.name, task.role.rawValue] + task.attributes.map(\.name))
        .contains { $0.containsIgnoringCase(self.tasks.filter) }
    }
  }

  /// The knobs that pass the filter, by their place among all of them.
  public var visibleKnobs: [Int] {
    let knobs = snapshot.knobs.knobs
    guard !self.knobs.filter.isEmpty else { return Array(knobs.indices) }
    return knobs.indices.filter { index in
      [knobs[index].name, knobs[index].title].contains {
        $0.containsIgnoringCase(self.knobs.filter)
      }
    }
  }

  /// Whether a pane shows only a part of what it has.
  func isFiltered(_ pane: Pane) -> Bool {
    pane == .tasks && !tasks.filter.isEmpty || pane == .knobs && !knobs.filter.isEmpty
  }

  /// The training task or fitted held-out task whose context is nearest to a context, with the
  /// distance; nil where no task has one yet.
  public func nearestTask(to context: [Float]) -> (task: Int, distance: Float)? {
    var best: (task: Int, distance: Float)?
    for (task, status) in snapshot.tasks.enumerated() {
      guard let own = status.context, own.count == context.count else { continue }
      let distance = zip(own, context).reduce(Float(0)) {
        $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
      }.squareRoot()
      guard distance.isFinite else { continue }
      if best.map({ distance < $0.distance }) ?? true { best = (task, distance) }
    }
    return best
  }

  /// Why z makes no difference although training has begun; nil where it does, or nobody looked yet.
  public var alarm: Conditioning.Cause? {
    guard let conditioning = examination?.conditioning, conditioning.isAlarm else { return nil }
    return conditioning.cause
  }

  /// Whether the screen shows what an examiner finds.
  public var showsFindings: Bool {
    guard weights.view == .conditioning || weights.view == .autopsy else { return false }
    let layout = Layout(size: size, focus: focus, isZoomed: isZoomed, front: front)
    return layout.panes.contains { $0.pane == .weights }
  }

  /// Whether what is on the screen is on the disk, in words that stay true without a clock:
  /// `saved`, `saved 480 steps ago`, `not saved`, or that saving failed.
  public var savedWords: String {
    if snapshot.saved.error != nil { return "cannot save" }
    guard let step = snapshot.saved.step else { return "not saved" }
    let behind = snapshot.step - step
    return behind <= 0 ? "saved" : "saved \(behind) step\(behind == 1 ? "" : "s") ago"
  }

  /// How far the scrubber's sliders reach: around all tasks' contexts, the anchors and the present
  /// one, except for what is out of all proportion.
  var scrubberLimit: Float {
    let contexts = snapshot.tasks.map(\.context) + [anchors.a, anchors.b, context]
    return robustReach(contexts.flatMap { $0 ?? [] })
  }

  /// Whether curves and boxes may be drawn with more than ASCII.
  public var usesUnicode: Bool { capabilities.unicode && !prefersASCII }
}

/// A tensor as the weights pane lays it out: the last axis to the right, all others downwards; a
/// vector is one row.
public struct TensorGrid: Sendable, Equatable {
  public let rows: Int
  public let columns: Int

  public init(_ specification: TensorSpecification) {
    columns = specification.shape.dimensions.last ?? 1
    rows = columns == 0 ? 0 : specification.shape.count / columns
  }

  /// The place of a cell in the row-major values.
  public func index(row: Int, column: Int) -> Int { row * columns + column }
}

extension Snapshot.Failure {
  /// The keys that lead on from here, short enough for any screen.
  var wayOut: String {
    lastGoodStep.map { "B goes back to step \(Figures.count($0))" } ?? "r goes back to step 0"
  }
}

extension String {
  /// Whether a typed text occurs in this one, capitals or not.
  func containsIgnoringCase(_ text: String) -> Bool {
    text.isEmpty || lowercased().contains(text.lowercased())
  }
}

extension Float {
  /// With four digits that count: `0.482`, `1.24e-5`.
  var short: String { Double(self).short }
}

extension Double {
  /// Likewise, without zeros that say nothing.
  var short: String {
    let parts = Numbers.general(self, 4).split(separator: "e")
    guard var digits = parts.first, digits.contains(".") else { return Numbers.general(self, 4) }
    while digits.last == "0" { digits.removeLast() }
    if digits.last == "." { digits.removeLast() }
    return String(digits) + (parts.count > 1 ? "e" + parts[1] : "")
  }
}
