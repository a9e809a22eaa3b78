import Learning
import Terminal
import Training

/// The tasks' contexts on two of their principal components, with the context under the hand (`✛`)
/// and the way between the anchors.
struct SpacePane: PaneView {
  private let model: Model
  private let ink: Ink
  private let projection: Projection

  init(_ model: Model, _ ink: Ink) {
    self.model = model
    self.ink = ink
    projection = model.projection
  }

  private var axes: [Int] { model.spaceAxes }

  var note: [Span] {
    guard !axes.isEmpty else { return [] }
    let names = axes.map { "\($0 + 1)" }.joined(separator: "·")
    var text = "PCA \(names)  \(Figures.percent(projection.share(of: axes)))"
    if model.space.zoom > 1 {
      text += "  \(ink.sign("×", "x"))\(Numbers.general(Double(model.space.zoom), 3))"
    }
    return [Span(text, ink.subdued)]
  }

  private func place(_ context: [Float]) -> (x: Double, y: Double) {
    let coordinates = projection.coordinates(of: context)
    func coordinate(_ index: Int) -> Double {
      guard axes.indices.contains(index), coordinates.indices.contains(axes[index]) else {
        return 0
      }
      return Double(coordinates[axes[index]])
    }
    return (coordinate(0), coordinate(1))
  }

  func draw(on canvas: Canvas) {
    let lines = canvas.height >= 4 ? 1 : 0
    let (map, line) = canvas.bounds.rows(canvas.height - lines)
    plot(canvas.sub(map).bounds.size).draw(on: canvas.sub(map), ink.capabilities)
    if lines > 0 { drawPosition(on: canvas.sub(line)) }
  }

  private func plot(_ size: Size) -> ScatterPlot {
    var points: [ScatterPlot.Point] = []
    if let a = model.anchors.a, let b = model.anchors.b, a.count == b.count {
      // The way itself: straight in the space of contexts, so straight here.
      points.append(
        .init(
          x: place(a).x, y: place(a).y, glyph: "A", ink.anchorA, trail: [place(b), place(a)],
          trailStyle: ink.accent))
    }
    let tasks = zip(model.snapshot.description.tasks, model.snapshot.tasks).enumerated()
    // The task that is looked at comes last: it lies above the others, and its label finds room first.
    let ordered = tasks.sorted { a, b in
      (a.offset == model.reference ? 1 : 0, a.offset) < (
        b.offset == model.reference ? 1 : 0, b.offset
      )
    }
    for (index, (task, status)) in ordered {
      guard let context = status.context else { continue }
      let (x, y) = place(context)
      let isReference = index == model.reference
      let mark: Ink.Mark = task.role == .heldOut ? .fitted : .trained
      let style = isReference ? ink.strong : task.role == .heldOut ? ink.warning : ink.series(0)
      points.append(.init(x: x, y: y, glyph: ink.glyph(mark), label: task.name, style))
    }
    for (anchor, letter, style) in [
      (model.anchors.a, Unicode.Scalar("A"), ink.anchorA),
      (model.anchors.b, Unicode.Scalar("B"), ink.anchorB),
    ] {
      guard let anchor else { continue }
      points.append(.init(x: place(anchor).x, y: place(anchor).y, glyph: letter, style))
    }
    var plot = ScatterPlot(
      points, cursor: place(model.context), axisStyle: ink.border, cursorStyle: ink.focus)
    if model.space.zoom > 1 {
      // Around the context: it is what one wants to see closer.
      let whole = plot.frame(in: size)
      let middle = place(model.context)
      let zoom = Double(model.space.zoom) * 2
      let width = (whole.x.upper - whole.x.lower) / zoom
      let height = (whole.y.upper - whole.y.lower) / zoom
      // Contexts of a run that diverged need not be finite.
      if width > 0, height > 0, (middle.x + width + middle.y + height).isFinite {
        plot.xRange = middle.x - width...middle.x + width
        plot.yRange = middle.y - height...middle.y + height
      }
    }
    return plot
  }

  private func drawPosition(on canvas: Canvas) {
    let nearest = Neighbourhood(of: model.context, among: model.snapshot.tasks).nearest
    let names = model.snapshot.description.tasks
    let shown = model.context.prefix(4).map { Numbers.fixed(Double($0), 2) }
      .joined(separator: " ")
    var segments = [
      Segment(
        [
          Span(ink.sign(.context) + " ", ink.focus),
          Span("(\(shown)\(model.context.count > 4 ? " \(ink.sign("…", "~"))" : ""))", ink.text),
        ], rank: 3)
    ]
    for (index, neighbour) in nearest.prefix(3).enumerated()
    where names.indices.contains(neighbour.task) {
      segments.append(
        Segment(
          [
            Span((index == 0 ? "near " : "") + names[neighbour.task].name + " ", ink.subdued),
            Span(Figures.distance(neighbour.distance), ink.text),
          ], rank: index == 0 ? 0 : 3 + index))
    }
    canvas.line(segments, x: 1, y: 0, separator: Span("  "), ink)
  }

  var figures: [Figure] {
    let nearest = Neighbourhood(of: model.context, among: model.snapshot.tasks).nearest
    let names = model.snapshot.description.tasks
    return [
      Figure("components", axes.map { "\($0 + 1)" }.joined(separator: "·"), ink.strong),
      Figure("share of variance", Figures.percent(projection.share(of: axes))),
    ]
      + nearest.prefix(3).filter { names.indices.contains($0.task) }.map {
        Figure("to \(names[$0.task].name)", Figures.distance($0.distance))
      }
  }
}
