import Foundation
import Terminal
import Training

/// The curves of a run: raw behind smoothed, validation, one for each task in continual runs, and the
/// pinned run; with exact values under the crosshair.
struct LossPane: PaneView {
  private let model: Model
  private let ink: Ink
  private let curves: [LossCurve]

  init(_ model: Model, _ ink: Ink) {
    self.model = model
    self.ink = ink
    let history = model.snapshot.history
    curves = history.series.enumerated().map { index, buckets in
      // Only the training loss is noisy enough to need smoothing.
      LossCurve(
        buckets, stride: history.stride, smoothing: index == 0 ? model.loss.smoothing : 0)
    }
  }

  private var names: [String] { model.snapshot.description.series }
  private var range: ClosedRange<Int> { model.loss.range ?? 0...max(model.snapshot.step, 1) }
  /// The step the legend speaks of.
  private var step: Int { model.loss.crosshair ?? model.snapshot.step }

  var note: [Span] {
    var words = [model.loss.isLogarithmic ? "log" : "linear"]
    if model.loss.smoothing > 0 { words.append("ema \(Figures.distance(model.loss.smoothing))") }
    if model.loss.range != nil { words.append(model.loss.followsTail ? "tail" : "part") }
    if model.pin != nil { words.append("pin") }
    return [Span(words.joined(separator: " · "), ink.subdued)]
  }

  /// What a series is at the step the legend speaks of. The newest validation loss is the snapshot's,
  /// as in the status line: after going back the history's last point may be of a later evaluation.
  private func value(_ index: Int) -> Float? {
    if index == 1, model.loss.crosshair == nil, let newest = model.snapshot.validationLoss {
      return newest
    }
    return curves[index].value(at: step)?.smooth
  }

  func draw(on canvas: Canvas) {
    guard curves.contains(where: { !$0.points.isEmpty }) else {
      canvas.wrapped("no steps yet: space runs, s trains one", y: 0, ink.subdued, ink)
      return
    }
    let (plot, legend) = canvas.bounds.rows(canvas.height - (canvas.height >= 3 ? 1 : 0))
    linePlot.draw(on: canvas.sub(plot), ink.capabilities)
    if !legend.isEmpty { drawLegend(on: canvas.sub(legend)) }
  }

  /// The series that have a curve, the chosen one last: it is drawn above the others.
  private var order: [Int] {
    let known = curves.indices.filter { !curves[$0].points.isEmpty }
    return known.filter { $0 != model.loss.series } + known.filter { $0 == model.loss.series }
  }

  private var linePlot: LinePlot {
    var series: [LinePlot.Series] = []
    func points(
      _ curve: LossCurve, _ value: (LossCurve.Point) -> Float
    ) -> [(x: Double, y: Double)] {
      curve.points.map { ($0.step, Double(value($0))) }
    }
    if let pinned = model.pin?.history, let first = pinned.series.first {
      let curve = LossCurve(first, stride: pinned.stride, smoothing: model.loss.smoothing)
      series.append(.init(points(curve, \.smooth), ink.subdued, mark: .dashes))
    }
    if model.loss.smoothing > 0, let training = curves.first {
      series.append(.init(points(training, \.raw), ink.faintSeries(0)))
    }
    for index in order {
      series.append(
        .init(
          points(curves[index], \.smooth), ink.series(index), mark: index == 1 ? .dashes : .line))
    }
    // Curves of many tasks carry their number at the newest point: colour is not enough.
    for index in order where index >= 2 {
      guard let last = curves[index].points.last(where: { $0.step <= Double(range.upperBound) }),
        let digit = String(index - 1).unicodeScalars.first
      else { continue }
      series.append(
        .init([(last.step, Double(last.smooth))], ink.series(index), mark: .points(digit)))
    }
    return LinePlot(
      series, xRange: Double(range.lowerBound)...Double(range.upperBound), yRange: yRange,
      yScale: model.loss.isLogarithmic ? .log : .linear, xLabels: .counts, xName: "step",
      crosshair: model.loss.crosshair.map(Double.init), axisStyle: ink.subdued,
      crosshairStyle: ink.accent)
  }

  /// From the smallest to the largest value in view, to round numbers: the picture must not jump with
  /// every new minimum.
  private var yRange: ClosedRange<Double>? {
    var low = Float.infinity
    var high = -Float.infinity
    for (index, curve) in curves.enumerated() {
      for point in curve.points
      where point.step >= Double(range.lowerBound) && point.step <= Double(range.upperBound) {
        let value = index == 0 ? point.raw : point.smooth
        guard value.isFinite, !model.loss.isLogarithmic || value > 0 else { continue }
        low = min(low, value)
        high = max(high, value)
      }
    }
    guard low <= high else { return nil }
    guard model.loss.isLogarithmic else {
      return Double(min(low, 0))...Double(Figures.ladder(max(high, 1e-30)))
    }
    // Eighths of a decade.
    let bottom = pow(10, (log10(Double(low)) * 8).rounded(.down) / 8)
    let top = pow(10, (log10(Double(high)) * 8).rounded(.up) / 8)
    return bottom...max(top, bottom * 1.8)
  }

  private func drawLegend(on canvas: Canvas) {
    var segments: [Segment] = []
    if model.loss.crosshair != nil {
      segments.append(
        Segment(
          [
            Span(String(Character(ink.glyph("┊", "|"))) + " ", ink.accent),
            Span(Figures.count(step), ink.text),
          ]))
    }
    for index in names.indices where curves.indices.contains(index) {
      guard let value = value(index) else { continue }
      let isChosen = index == model.loss.series
      segments.append(
        Segment(
          [
            Span(sample(index) + " ", ink.series(index)),
            Span((index == 1 ? "val" : names[index]) + " ", isChosen ? ink.text : ink.subdued),
            Span(Figures.loss(value), isChosen ? ink.strong : ink.text),
          ], rank: isChosen ? 1 : 2 + index))
    }
    if model.pin != nil {
      segments.append(Segment("\(Character(ink.glyph("╍", "~"))) pin", ink.subdued, rank: 50))
    }
    canvas.line(segments, x: 1, y: 0, separator: Span("  "), ink)
  }

  /// How a curve looks, for the legend.
  private func sample(_ index: Int) -> String {
    switch index {
    case 0: String(Character(ink.glyph("━", "-")))
    case 1: String(Character(ink.glyph("╍", "~")))
    default: "\(index - 1)"
    }
  }

  var figures: [Figure] {
    names.indices.compactMap { index in
      guard curves.indices.contains(index), let value = value(index) else { return nil }
      let name = index == 0 && model.loss.smoothing > 0 ? "train, smoothed" : names[index]
      return Figure(
        name, Figures.loss(value), index == model.loss.series ? ink.strong : ink.text)
    } + [Figure("at step", Figures.count(step))]
  }
}
