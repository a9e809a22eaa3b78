import Learning
import Terminal
import Training

/// A function of one number: the target network's, the reference task's and the pinned one, with data
/// points and exact values under the crosshair.
struct CurveView {
  private let curve: Behaviour.Curve
  private let model: Model
  private let ink: Ink

  init(_ curve: Behaviour.Curve, _ model: Model, _ ink: Ink) {
    self.curve = curve
    self.model = model
    self.ink = ink
  }

  private var cursor: Int? {
    let index = model.target.cursor
    return model.target.hasCursor && curve.x.indices.contains(index)
      && curve.prediction.indices.contains(index) ? index : nil
  }

  private var pinned: Behaviour.Curve? {
    guard case .curve(let curve) = model.pin?.behaviour else { return nil }
    return curve
  }

  func draw(on canvas: Canvas) {
    let (plot, line) = canvas.bounds.rows(canvas.height - (canvas.height >= 3 ? 1 : 0))
    self.plot.draw(on: canvas.sub(plot), ink.capabilities)
    if !line.isEmpty {
      canvas.line(legend, x: 1, y: line.y, separator: Span("  "), ink)
    }
  }

  private var plot: LinePlot {
    func points(_ y: [Float]) -> [(x: Double, y: Double)] {
      zip(curve.x, y).map { (Double($0), Double($1)) }
    }
    var series: [LinePlot.Series] = []
    if let pinned {
      series.append(
        .init(
          zip(pinned.x, pinned.prediction).map { (Double($0), Double($1)) }, ink.subdued,
          mark: .dashes))
    }
    if let truth = curve.truth {
      series.append(.init(points(truth), ink.series(1), mark: .dashes))
    }
    series.append(.init(points(curve.prediction), ink.series(0)))
    series.append(
      .init(
        curve.points.map { (Double($0.x), Double($0.y)) }, ink.series(1),
        mark: .points(ink.glyph("∘", "o"))))
    return LinePlot(
      series, yRange: yRange, crosshair: cursor.map { Double(curve.x[$0]) }, zeroLine: true,
      axisStyle: ink.subdued, crosshairStyle: ink.accent)
  }

  /// Round ends around the truth, and a prediction that is not wildly elsewhere: the axis stays put
  /// while the context moves, and a bad context does not flatten the truth.
  private var yRange: ClosedRange<Double>? {
    let truth = (curve.truth ?? []).filter(\.isFinite) + curve.points.map(\.y).filter(\.isFinite)
    let prediction = curve.prediction.filter(\.isFinite)
    guard let low = (truth + prediction).min(), let high = (truth + prediction).max() else {
      return nil
    }
    let known = truth.map(abs).max() ?? 0
    let room = max(known * 2, 0.5)
    let bottom = truth.isEmpty ? low : max(low, -room)
    let top = truth.isEmpty ? high : min(high, room)
    let end = Double(Figures.ladder(max(abs(bottom), abs(top), 1e-6) * 1.05))
    // One sign only: from zero up (or down).
    if bottom >= 0 { return 0...end }
    if top <= 0 { return -end...0 }
    return -end...end
  }

  private var legend: [Segment] {
    var segments: [Segment] = []
    let sampleF = ink.sign("━", "-")
    let sampleY = ink.sign("╍", "~")
    if let cursor {
      let f = curve.prediction[cursor]
      segments.append(
        Segment(
          [
            Span(ink.sign("┊", "|") + " x ", ink.accent),
            Span(Figures.value(curve.x[cursor]), ink.text),
          ]))
      segments.append(
        Segment(
          [Span("\(sampleF) f ", ink.series(0)), Span(Figures.value(f), ink.strong)], rank: 1))
      if let truth = curve.truth, truth.indices.contains(cursor), truth[cursor].isFinite {
        segments.append(
          Segment(
            [Span("\(sampleY) y ", ink.series(1)), Span(Figures.value(truth[cursor]), ink.text)],
            rank: 2))
        segments.append(
          Segment(
            [Span("err ", ink.subdued), Span(Figures.value(abs(f - truth[cursor])), ink.text)],
            rank: 3))
      }
    } else {
      segments.append(Segment("\(sampleF) f(x)", ink.series(0), rank: 1))
      if curve.truth != nil { segments.append(Segment("\(sampleY) task", ink.series(1), rank: 2)) }
      if !curve.points.isEmpty {
        segments.append(Segment("\(ink.sign("∘", "o")) data", ink.series(1), rank: 4))
      }
    }
    if pinned != nil { segments.append(Segment("\(sampleY) pin", ink.subdued, rank: 5)) }
    if let error = curve.error {
      segments.append(
        Segment(
          [Span("MSE ", ink.subdued), Span(Figures.loss(error), ink.strong)],
          rank: cursor == nil ? 0 : 4))
    }
    return segments
  }

  var figures: [Figure] {
    var figures: [Figure] = []
    if let error = curve.error { figures.append(Figure("MSE", Figures.loss(error), ink.strong)) }
    if let index = cursor ?? (curve.x.isEmpty ? nil : curve.x.count / 2),
      curve.prediction.indices.contains(index)
    {
      figures.append(
        Figure("f(\(Figures.value(curve.x[index])))", Figures.value(curve.prediction[index])))
      if let truth = curve.truth, truth.indices.contains(index), truth[index].isFinite {
        figures.append(Figure("task", Figures.value(truth[index])))
      }
    }
    return figures
  }
}
