import Learning
import Training

/// What the cursor keys do in each pane: the same verbs, on what the pane shows.
extension Model {
  /// Moves the cursor or value of the focused pane, so many columns right and rows down.
  mutating func move(_ dx: Int, _ dy: Int) -> [Request] {
    switch focus {
    case .tasks: tasks.cursor = moved(tasks.cursor, by: dy, among: visibleTasks)
    case .knobs:
      if dy != 0 { knobs.cursor = moved(knobs.cursor, by: dy, among: visibleKnobs) }
      if dx != 0 { return nudgeKnob(by: dx) }
    case .loss:
      if dx != 0 { moveCrosshair(by: dx) }
      if dy != 0 { loss.series = wrapped(loss.series + dy.signum(), seriesCount) }
    case .weights where weights.view != .map: weights.line = scrolled(weights.line, by: dy)
    case .weights:
      let grid = weightGrid
      weights.row = clamped(weights.row + dy, grid.rows)
      weights.column = clamped(weights.column + dx, grid.columns)
    case .space: moveInSpace(dx, dy)
    case .target where body != nil: turnBody(dx, dy)
    case .target where network != nil: moveInArchitecture(dx, dy)
    case .target: moveTargetCursor(dx, dy)
    case .context:
      if dy != 0 { scrubber.cursor = clamped(scrubber.cursor + dy, context.count + 1) }
      if dx != 0 { nudgeContext(by: dx) }
    case .compare: moveInRace(dx, dy)
    }
    return []
  }

  /// By so many half pages of the rows that are in view; ten rows are a page where there are none.
  mutating func movePages(_ halves: Int) -> [Request] {
    let layout = Layout(size: size, focus: focus, isZoomed: isZoomed, front: front)
    let isList = focus == .tasks || focus == .knobs
    // Without the borders, the titles and the line about the selected row.
    let page = isList ? max((layout.rect(of: focus)?.height ?? 14) - 4, 2) : 10
    return move(0, halves * page / 2)
  }

  /// To the first or the last place the cursor of the focused pane can be at.
  mutating func jump(toLast: Bool) {
    switch focus {
    case .tasks:
      tasks.cursor = (toLast ? visibleTasks.last : visibleTasks.first) ?? tasks.cursor
    case .knobs:
      knobs.cursor = (toLast ? visibleKnobs.last : visibleKnobs.first) ?? knobs.cursor
    case .loss: setCrosshair(toLast ? snapshot.step : lossRange.lowerBound)
    case .weights where weights.view != .map:
      weights.line = scrolled(weights.line, by: toLast ? .max / 2 : .min / 2)
    case .weights:
      weights.row = toLast ? weightGrid.rows - 1 : 0
      weights.column = toLast ? weightGrid.columns - 1 : 0
    case .target where network != nil:
      if search.view == .graph {
        search.cursor = toLast ? architecture?.end ?? 0 : 0
      } else {
        search.row = toLast ? clamped(searchRows - 1, searchRows) : 0
      }
      settleSearch()
    case .target:
      guard let count = behaviourCount, count > 0 else { return }
      target.hasCursor = true
      target.cursor = toLast ? count - 1 : 0
      followText()
    case .context: scrubber.cursor = toLast ? context.count : 0
    case .compare:
      comparison.cursor = toLast ? clamped(comparison.rows.count - 1, comparison.rows.count) : 0
    case .space: break
    }
  }

  mutating func moveSecondAxis(_ step: Int) {
    switch focus {
    case .loss: loss.series = wrapped(loss.series + step, seriesCount)
    case .weights:
      weights.tensor = wrapped(weights.tensor + step, snapshot.description.tensors.count)
    case .space: nextComponents(step)
    case .target where network != nil: moveSource(by: step)
    case .target:
      guard !snapshot.tasks.isEmpty else { return }
      reference = wrapped((reference ?? -step.signum()) + step, snapshot.tasks.count)
    case .compare:
      comparison.firstColumn = clamped(comparison.firstColumn + step, ComparisonView.columnCount)
    case .tasks, .knobs, .context: movePosition(by: Float(step) * 0.05)
    }
  }

  mutating func nextScale() {
    if focus == .loss {
      loss.isLogarithmic.toggle()
    } else if let index = WeightsView.Scale.allCases.firstIndex(of: weights.scale) {
      weights.scale =
        WeightsView.Scale.allCases[
          wrapped(index + 1, WeightsView.Scale.allCases.count)]
    }
  }

  mutating func nextView() {
    if focus == .target {
      guard network != nil else { return tell(.notice, "this target network has one view") }
      return nextSearchView()
    }
    let views = WeightsView.View.allCases.filter {
      $0 != .memory || snapshot.description.isContinual
    }
    let index = views.firstIndex(of: weights.view) ?? 0
    weights.view = views[wrapped(index + 1, views.count)]
    weights.line = 0
  }

  /// The first line of a list of findings after it was moved by some lines: the last one stays in
  /// view.
  private func scrolled(_ line: Int, by step: Int) -> Int {
    let layout = Layout(size: size, focus: focus, isZoomed: isZoomed, front: front)
    guard let rect = layout.rect(of: .weights) else { return 0 }
    let lines = Findings(self, ink).lines(rect.width - 2).count
    return clamped(line + step, max(lines - (rect.height - 2), 0) + 1)
  }

  /// Back to the beginning of the focused pane.
  mutating func reset() -> [Request] {
    switch focus {
    case .tasks: tasks = TasksView()
    case .knobs: return resetKnob()
    case .loss:
      loss.range = nil
      loss.crosshair = nil
      loss.followsTail = true
    case .weights:
      weights.row = 0
      weights.column = 0
      weights.line = 0
      weights.scale = .layer
    case .space:
      space.zoom = 1
      space.horizontal = 0
      space.vertical = 1
    case .target:
      target.hasCursor = false
      target.camera = BodyCamera()
      reference = followed ?? nearestTask(to: context)?.task ?? reference
      letGo()
    case .context: resetComponent()
    case .compare:
      comparison.crosshair = nil
      comparison.firstColumn = 0
    }
    return []
  }

  mutating func zoom(closer: Bool) {
    if focus == .target {
      zoomBody(closer: closer)
    } else if focus == .space {
      space.zoom = min(max(closer ? space.zoom * 2 : space.zoom / 2, 1), 256)
    } else {
      zoomLoss(closer: closer)
    }
  }

  private mutating func moveTargetCursor(_ dx: Int, _ dy: Int) {
    guard let count = behaviourCount, count > 0 else { return }
    if !target.hasCursor {
      target.hasCursor = true
      // A text is walked from where it was said last.
      if case .text = probe?.behaviour { target.cursor = count - 1 }
      return followText()
    }
    defer { followText() }
    // Pictures stand in rows; a curve has only one direction.
    var step = dx
    if case .images(let images) = probe?.behaviour { step += dy * picturesInRow(images) }
    if case .text = probe?.behaviour { step += dy * charactersInLine }
    // Queries stand below their class.
    if case .episode(let episode) = probe?.behaviour { step += dy * episode.classNames.count }
    target.cursor = clamped(target.cursor + step, count)
  }

  /// How far `j` and `k` go among the pictures of the target pane: a row of them, as it is drawn.
  private func picturesInRow(_ images: Behaviour.Images) -> Int {
    let layout = Layout(size: size, focus: focus, isZoomed: isZoomed, front: front)
    guard let rect = layout.rect(of: .target) else { return 1 }
    return PictureGrid(images, in: rect.inset(1, 1).size).columns
  }

  /// How far `j` and `k` go in a text.
  private var charactersInLine: Int {
    let layout = Layout(size: size, focus: focus, isZoomed: isZoomed, front: front)
    return max((layout.rect(of: .target)?.width ?? 40) - 4, 1)
  }

  /// How many points or pictures the target pane shows; nil before the first answer of the probe.
  var behaviourCount: Int? {
    switch probe?.behaviour {
    case .curve(let curve): min(curve.x.count, curve.prediction.count)
    case .images(let images): images.examples.count
    case .text(let text): text.characters.count
    case .episode(let episode): episode.queries.count
    case .body, .network, nil: nil
    }
  }

  var seriesCount: Int {
    min(snapshot.description.series.count, snapshot.history.series.count)
  }

  /// The grid of the tensor the weights pane shows.
  var weightGrid: TensorGrid {
    let tensors = snapshot.description.tensors
    guard tensors.indices.contains(weights.tensor) else { return .empty }
    return TensorGrid(tensors[weights.tensor])
  }

  private func moved(_ cursor: Int, by step: Int, among visible: [Int]) -> Int {
    guard step != 0, !visible.isEmpty else { return cursor }
    let place = visible.firstIndex(of: cursor) ?? 0
    return visible[clamped(place + step, visible.count)]
  }
}

/// The nearest of 0 ..< count; 0 where there is none.
func clamped(_ value: Int, _ count: Int) -> Int { max(min(value, count - 1), 0) }

/// Round and round in 0 ..< count; 0 where there is none.
func wrapped(_ value: Int, _ count: Int) -> Int {
  count > 0 ? (value % count + count) % count : 0
}
