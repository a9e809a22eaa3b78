import Terminal
import Training

/// The context, component by component, with the anchors on every slider, the position between them,
/// and how far from the tasks it is.
struct ContextPane: PaneView {
  private let model: Model
  private let ink: Ink
  /// How far the sliders reach.
  private let limit: Float

  init(_ model: Model, _ ink: Ink) {
    self.model = model
    self.ink = ink
    limit = model.scrubberLimit
  }

  private var count: Int { model.context.count }
  private var isOnPosition: Bool { model.scrubber.cursor >= count }

  /// How far the sliders reach to both sides, and whether the hand is needed.
  var note: [Span] {
    let end = ink.sign("±", "+") + (ink.unicode ? "" : "-") + limit.short
    var spans = [Span(end, ink.text)]
    if model.anchors.playing != nil {
      spans.append(Span(" · \(ink.sign(.play)) playing", ink.success))
    } else if model.snapshot.state != .running {
      spans.append(Span(" · scrubbing is live while paused", ink.subdued))
    }
    return spans
  }

  private func grid(in size: Size) -> ScrubberGrid {
    ScrubberGrid(count: count, cursor: model.scrubber.cursor, in: size)
  }

  func draw(on canvas: Canvas) {
    guard canvas.height > 0 else { return }
    let grid = grid(in: canvas.bounds.size)
    for slot in grid.slots { drawSlider(slot, on: canvas) }
    drawHidden(grid, on: canvas)
    if let row = grid.position { drawPosition(on: canvas.sub(row), y: 0) }
    guard let info = grid.info else { return }
    if canvas.height < 3 {
      guard hasAnchors, !isOnPosition, canvas.width >= 100 else {
        return drawInfo(on: canvas, y: info)
      }
      let half = canvas.width / 2
      drawPosition(on: canvas.sub(Rect(x: 0, y: info, width: half - 2, height: 1)), y: 0)
      drawInfo(on: canvas.sub(Rect(x: half, y: info, width: canvas.width - half, height: 1)), y: 0)
      return
    }
    drawInfo(on: canvas, y: info)
    if info + 2 < canvas.height {
      drawNeighbours(
        on: canvas.sub(
          Rect(x: 0, y: info + 2, width: canvas.width, height: canvas.height - info - 2)))
    }
  }

  /// How many components there are above and below those in view, in columns of their own.
  private func drawHidden(_ grid: ScrubberGrid, on canvas: Canvas) {
    let up = grid.above > 0 ? "\(ink.sign("▲", "^"))\(grid.above)" : ""
    let down = grid.below > 0 ? "\(ink.sign("▼", "v"))\(grid.below)" : ""
    if grid.rows == 1 {
      let both = [up, down].filter { !$0.isEmpty }.joined(separator: " ")
      canvas.text(both, endingAt: canvas.width - 1, y: 0, ink.text)
    } else {
      canvas.text(up, endingAt: canvas.width - 1, y: 0, ink.text)
      if !down.isEmpty {
        canvas.text("\(down) more", endingAt: canvas.width - 1, y: grid.rows - 1, ink.text)
      }
    }
  }

  // MARK: Sliders

  private func drawSlider(_ slot: ScrubberGrid.Slot, on canvas: Canvas) {
    let component = slot.component
    let (x, y) = (slot.rect.x, slot.rect.y)
    let isSelected = component == model.scrubber.cursor
    let value = model.context[component]
    let nameWidth = ScrubberGrid.nameWidth(of: count)
    let text = Figures.signed(value, decimals: 2)
    if isSelected { canvas.put(ink.glyph(.cursor), x: x, y: y, ink.focus) }
    canvas.text(
      "z\(component)", x: x + 1, y: y, isSelected ? ink.focus : ink.subdued, limit: nameWidth)
    canvas.text(
      text, endingAt: x + nameWidth + 8, y: y, isSelected ? ink.strong : ink.text)
    guard !slot.track.isEmpty else { return }
    let end1 = Double(limit)
    var marks: [Slider.Mark] = []
    if let a = model.anchors.a, a.indices.contains(component) {
      marks.append(.init(Double(a[component]), "A", ink.anchorA))
    }
    if let b = model.anchors.b, b.indices.contains(component) {
      marks.append(.init(Double(b[component]), "B", ink.anchorB))
    }
    Slider(
      Double(value), in: -end1...end1, marks: marks, trackStyle: ink.border,
      knobStyle: isSelected ? ink.focus : ink.strong
    ).draw(on: canvas, x: slot.track.x, y: y, width: slot.track.width, ink.capabilities)
  }

  private var hasAnchors: Bool { model.anchors.a != nil && model.anchors.b != nil }

  private func drawPosition(on canvas: Canvas, y: Int) {
    if isOnPosition { canvas.put(ink.glyph(.cursor), x: 0, y: y, ink.focus) }
    let name = "A\(ink.sign("→", ">"))B"
    canvas.text(name, x: 1, y: y, isOnPosition ? ink.focus : ink.subdued)
    guard hasAnchors else {
      let missing =
        model.anchors.a == nil
        ? model.anchors.b == nil
          ? "a and b set anchors here, p plays between them" : "a sets anchor A here"
        : "b sets anchor B here"
      canvas.fitted([Span(missing, ink.subdued)], x: 6, y: y, width: canvas.width - 6, ink)
      return
    }
    canvas.text(
      Numbers.fixed(Double(model.anchors.t), 2), endingAt: 10, y: y,
      isOnPosition ? ink.strong : ink.text)
    let isPlaying = model.anchors.playing != nil
    let state = positionWords
    let track = ScrubberGrid.positionTrack(
      in: Rect(x: 0, y: y, width: canvas.width, height: 1), words: state.unicodeScalars.count)
    if !track.isEmpty {
      Slider(
        Double(model.anchors.t), in: 0...1, track: .double, trackStyle: ink.border,
        knobStyle: isOnPosition ? ink.focus : ink.strong
      ).draw(on: canvas, x: track.x, y: y, width: track.width, ink.capabilities)
      canvas.text(state, x: track.maxX + 1, y: y, isPlaying ? ink.success : ink.subdued)
    }
  }

  /// What stands after the position's track.
  private var positionWords: String {
    let seconds = Numbers.general(Anchors.playSeconds, 2)
    return model.anchors.playing != nil
      ? "\(ink.sign(.play)) \(seconds) s loop" : "\(ink.sign(.pause)) p plays"
  }

  /// A slider's value at a cell of its track, or the slider alone at its name.
  func hit(x: Int, y: Int, in size: Size) -> Hit? {
    let grid = grid(in: size)
    if let slot = grid.slots.first(where: { $0.rect.contains(x: x, y: y) }) {
      guard slot.track.contains(x: x, y: y) else { return .component(slot.component, value: nil) }
      let end = Double(limit)
      let slider = Slider(Double(model.context[slot.component]), in: -end...end)
      return .component(
        slot.component,
        value: Float(slider.value(atColumn: x - slot.track.x, width: slot.track.width)))
    }
    guard let row = grid.position, row.contains(x: x, y: y) else { return nil }
    let track = ScrubberGrid.positionTrack(in: row, words: positionWords.unicodeScalars.count)
    guard hasAnchors, track.contains(x: x, y: y) else { return .component(count, value: nil) }
    let slider = Slider(Double(model.anchors.t), in: 0...1)
    return .component(
      count, value: Float(slider.value(atColumn: x - track.x, width: track.width)))
  }

  // MARK: Where it is

  /// Where there is height to spare: the tasks by their distance.
  private func drawNeighbours(on canvas: Canvas) {
    let nearest = Neighbourhood(of: model.context, among: model.snapshot.tasks).nearest
    let names = model.snapshot.description.tasks
    guard let farthest = nearest.last?.distance, farthest > 0 else { return }
    for (y, neighbour) in nearest.prefix(canvas.height).enumerated()
    where names.indices.contains(neighbour.task) {
      canvas.fitted([Span(names[neighbour.task].name, ink.text)], x: 1, y: y, width: 12, ink)
      canvas.text(Figures.distance(neighbour.distance), endingAt: 18, y: y, ink.text)
      Gauge(
        Double(neighbour.distance / farthest), ink.series(0), restStyle: ink.border
      ).draw(on: canvas, x: 20, y: y, width: min(canvas.width - 22, 60), ink.capabilities)
    }
  }

  private func drawInfo(on canvas: Canvas, y: Int) {
    let place = Neighbourhood(of: model.context, among: model.snapshot.tasks)
    let names = model.snapshot.description.tasks
    var segments = [
      Segment(
        [
          Span(ink.sign("‖", "|") + "z" + ink.sign("‖", "|") + " ", ink.subdued),
          Span(Numbers.fixed(Double(norm), 2), ink.text),
        ], rank: 2)
    ]
    if let first = place.nearest.first, names.indices.contains(first.task) {
      // On a task's own context that is worth saying, instead of a distance of zero.
      if first.distance <= 1e-5 * max(norm, 1) {
        segments.append(
          Segment([Span("on ", ink.subdued), Span(names[first.task].name, ink.success)], rank: 0))
      } else {
        segments.append(
          Segment(
            [
              Span("near ", ink.subdued), Span(names[first.task].name, ink.strong),
              Span(" " + Figures.distance(first.distance), ink.text),
            ], rank: 0))
      }
      for (index, neighbour) in place.nearest.dropFirst().prefix(2).enumerated()
      where names.indices.contains(neighbour.task) {
        segments.append(
          Segment(
            [
              Span(names[neighbour.task].name + " ", ink.subdued),
              Span(Figures.distance(neighbour.distance), ink.text),
            ], rank: 4 + index))
      }
    }
    if let deviation = place.deviation, (place.nearest.first?.distance ?? 0) > 1e-5 * max(norm, 1) {
      segments.append(
        Segment(
          [
            Span(
              deviation < 100 ? Numbers.fixed(Double(deviation), 1) : ">99",
              deviation > 2 ? ink.warning : ink.text),
            Span("σ off the tasks", ink.subdued),
          ], rank: 3))
    }
    if let reference = model.reference, names.indices.contains(reference) {
      segments.append(
        Segment(
          [Span("compared with ", ink.subdued), Span(names[reference].name, ink.text)], rank: 6))
    }
    canvas.line(segments, x: 1, y: y, separator: Span(" · ", ink.border), ink)
  }

  private var norm: Float {
    model.context.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  var figures: [Figure] {
    [Figure("‖z‖", Numbers.fixed(Double(norm), 2), ink.strong)]
  }
}
