import Terminal
import Training

/// The context, component by component, with the anchors on every slider, the position between them,
/// and how far from the tasks it is.
struct ContextPane: PaneView {
  private let model: Model
  private let ink: Ink

  init(_ model: Model, _ ink: Ink) {
    self.model = model
    self.ink = ink
  }

  private var count: Int { model.context.count }
  private var isOnPosition: Bool { model.scrubber.cursor >= count }

  var note: [Span] {
    if model.anchors.playing != nil { return [Span("\(ink.sign(.play)) playing", ink.success)] }
    return model.snapshot.state == .running
      ? [] : [Span("scrubbing is live even while paused", ink.subdued)]
  }

  func draw(on canvas: Canvas) {
    guard canvas.height > 0 else { return }
    if canvas.height < 3 { return drawShort(on: canvas) }
    let infoRows = canvas.height >= 4 ? 1 : 0
    let sliderRows = canvas.height - 1 - infoRows
    // As few columns as will do, because a long slider shows a small step.
    let most = max(canvas.width / 32, 1)
    let columns = min(max((count + sliderRows - 1) / max(sliderRows, 1), 1), most)
    let rows = (count + columns - 1) / max(columns, 1)
    let used = min(rows, sliderRows)
    let cursorRow = isOnPosition ? rows - 1 : model.scrubber.cursor / columns
    let first = min(max(cursorRow - used / 2, 0), max(rows - used, 0))
    for row in 0..<used {
      for column in 0..<columns {
        let component = (first + row) * columns + column
        guard component < count else { continue }
        // Columns share the width to the last cell.
        let left = canvas.width * column / columns
        let right = canvas.width * (column + 1) / columns
        drawSlider(
          component, on: canvas, x: left, y: row,
          width: right - left - (column + 1 < columns ? 2 : 1))
      }
    }
    if first + used < rows {
      canvas.text(
        "\(count - (first + used) * columns) more", endingAt: canvas.width - 1, y: used - 1,
        ink.subdued)
    }
    drawPosition(on: canvas, y: used)
    guard infoRows > 0 else { return }
    let spare = canvas.height - used - 2
    drawInfo(on: canvas, y: spare >= 4 ? used + 1 : canvas.height - 1)
    if spare >= 4 {
      drawNeighbours(
        on: canvas.sub(Rect(x: 0, y: used + 3, width: canvas.width, height: spare - 1)))
    }
  }

  /// Two lines, or one: what the cursor is on comes first.
  private func drawShort(on canvas: Canvas) {
    if isOnPosition {
      drawPosition(on: canvas, y: 0)
    } else {
      let columns = min(max(canvas.width / 34, 1), max(count, 1))
      let first = model.scrubber.cursor / columns * columns
      for column in 0..<columns where first + column < count {
        let left = canvas.width * column / columns
        let right = canvas.width * (column + 1) / columns
        drawSlider(
          first + column, on: canvas, x: left, y: 0,
          width: right - left - (column + 1 < columns ? 2 : 1))
      }
    }
    guard canvas.height >= 2 else { return }
    if hasAnchors, !isOnPosition, canvas.width >= 100 {
      let half = canvas.width / 2
      drawPosition(on: canvas.sub(Rect(x: 0, y: 1, width: half - 2, height: 1)), y: 0)
      drawInfo(on: canvas.sub(Rect(x: half, y: 1, width: canvas.width - half, height: 1)), y: 0)
    } else {
      drawInfo(on: canvas, y: 1)
    }
  }

  // MARK: Sliders

  /// Around all tasks' contexts, the anchors and the present one, to a round number.
  private var limit: Float {
    var largest: Float = 0
    func take(_ context: [Float]?) {
      for value in context ?? [] where value.isFinite { largest = max(largest, abs(value)) }
    }
    for status in model.snapshot.tasks { take(status.context) }
    take(model.anchors.a)
    take(model.anchors.b)
    take(model.context)
    return Figures.ladder(largest * 1.1)
  }

  private func drawSlider(_ component: Int, on canvas: Canvas, x: Int, y: Int, width: Int) {
    let isSelected = component == model.scrubber.cursor
    let value = model.context[component]
    let nameWidth = count > 10 ? 3 : 2
    let text = Figures.signed(value, decimals: 2)
    if isSelected { canvas.put(ink.glyph(.cursor), x: x, y: y, ink.focus) }
    canvas.text(
      "z\(component)", x: x + 1, y: y, isSelected ? ink.focus : ink.subdued, limit: nameWidth)
    let end = x + nameWidth + 8
    canvas.text(text, endingAt: end, y: y, isSelected ? ink.strong : ink.text)
    let track = x + width - end - 2
    guard track >= 5 else { return }
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
    ).draw(on: canvas, x: end + 2, y: y, width: track, ink.capabilities)
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
    let seconds = Numbers.general(Anchors.playSeconds, 2)
    let state =
      isPlaying
      ? "\(ink.sign(.play)) \(seconds) s loop" : "\(ink.sign(.pause)) p plays"
    let room = canvas.width - 12 - state.unicodeScalars.count - 2
    if room >= 5 {
      Slider(
        Double(model.anchors.t), in: 0...1, track: .double, trackStyle: ink.border,
        knobStyle: isOnPosition ? ink.focus : ink.strong
      ).draw(on: canvas, x: 12, y: y, width: room, ink.capabilities)
      canvas.text(state, x: 12 + room + 1, y: y, isPlaying ? ink.success : ink.subdued)
    }
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
