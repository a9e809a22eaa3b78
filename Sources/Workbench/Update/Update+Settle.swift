import Learning
import Training

extension Model {
  /// Restores what every other function relies on: each cursor is on something that exists, or at
  /// zero where nothing does. Called after every message.
  mutating func settle() {
    noteRest()
    let description = snapshot.description
    tasks.cursor = settled(tasks.cursor, visible: visibleTasks)
    knobs.cursor = settled(knobs.cursor, visible: visibleKnobs)
    weights.tensor = clamped(weights.tensor, description.tensors.count)
    let grid = weightGrid
    weights.row = clamped(weights.row, grid.rows)
    weights.column = clamped(weights.column, grid.columns)
    scrubber.cursor = clamped(scrubber.cursor, context.count + 1)
    target.cursor = clamped(target.cursor, behaviourCount ?? 0)
    settleSearch()
    space.horizontal = clamped(space.horizontal, context.count)
    space.vertical = clamped(space.vertical, context.count)
    if context.count > 1, space.horizontal == space.vertical {
      space.vertical = wrapped(space.horizontal + 1, context.count)
    }
    let taskCount = min(snapshot.tasks.count, description.tasks.count)
    if let task = reference, !(0..<taskCount).contains(task) { reference = nil }
    if let task = followed, !(0..<taskCount).contains(task) { followed = nil }
    space.cursor = clamped(reference ?? space.cursor, taskCount)
    loss.series = clamped(loss.series, seriesCount)
    comparison.cursor = clamped(comparison.cursor, comparison.rows.count)
    if focus == .compare, comparison.race == nil, !comparison.isPreparing {
      focus = comparison.cameFrom
    }
    if let step = loss.crosshair, step >= snapshot.step { loss.crosshair = nil }
    if let range = loss.range, range.upperBound > wholeRange.upperBound || range.lowerBound < 0 {
      loss.range = fitted(range)
    }
  }

  private func settled(_ cursor: Int, visible: [Int]) -> Int {
    visible.contains(cursor) ? cursor : visible.first { $0 > cursor } ?? visible.last ?? 0
  }
}
