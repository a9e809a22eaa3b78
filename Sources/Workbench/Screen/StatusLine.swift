import Learning
import Terminal
import Training

/// The top line: what runs, whether it runs, how far and how well.
///
///      sine-family │ ● RUN full │ step 12,480  1.24k/s │ train 3.21e-3 ↓  val 4.05e-3 │ lr 2e-3 │ …
struct StatusLine {
  private let model: Model
  private let ink: Ink
  private var snapshot: Snapshot { model.snapshot }

  init(_ model: Model, _ ink: Ink) {
    self.model = model
    self.ink = ink
  }

  func draw(on canvas: Canvas, kind: Layout.Kind) {
    if model.focus == .compare { return RaceLine(model, ink).draw(on: canvas) }
    let separator = Span(" \(ink.sign("│", "|")) ", ink.border)
    if canvas.height >= 2 {
      canvas.line([name, state, speed], x: 1, y: 0, separator: Span(" "), ink)
      canvas.line(
        [step(short: true), losses(short: true)], x: 1, y: 1, separator: Span("  "), ink)
      return
    }
    let isShort = canvas.width < 100
    canvas.line(
      [
        isShort ? Segment("") : name, Segment(state.spans + [Span(" ")] + speed.spans, rank: 0),
        step(short: isShort), losses(short: isShort), rate, seed, race, saved(short: isShort),
      ], x: 1, y: 0, separator: isShort ? Span("  ") : separator, ink, width: canvas.width - 2)
  }

  private var name: Segment { Segment(snapshot.description.experiment, ink.strong, rank: 5) }

  /// The state by a sign, a word and a colour.
  private var state: Segment {
    switch snapshot.state {
    case .running: Segment("\(ink.sign("●", "*")) RUN", ink.success)
    case .paused: Segment("\(ink.sign(.pause)) PAUSED", ink.warning)
    case .failed: Segment("\(ink.sign(.wrong)) STOPPED", ink.failure)
    }
  }

  private var speed: Segment {
    if let phase = snapshot.phase { return Segment("after \(phase)", ink.accent, rank: 1) }
    return Segment(snapshot.speed.label, ink.subdued, rank: 1)
  }

  private func step(short: Bool) -> Segment {
    var spans = [Span("step ", ink.subdued), Span(Figures.count(snapshot.step), ink.text)]
    if snapshot.state == .running {
      spans.append(Span("  " + Figures.rate(snapshot.stepsPerSecond), ink.text))
    }
    return Segment(spans, rank: 1)
  }

  private func losses(short: Bool) -> Segment {
    let digits = short ? 2 : 3
    var spans = [
      Span("train ", ink.subdued),
      Span(Figures.loss(snapshot.trainingLoss, digits: digits), ink.series(0)),
      Span(arrow, ink.text), Span(short ? " val " : "  val ", ink.subdued),
      Span(Figures.loss(snapshot.validationLoss, digits: digits), ink.series(1)),
    ]
    if let accuracy = model.probe?.behaviour.accuracy, !short {
      spans += [
        Span("  acc ", ink.subdued), Span(Figures.percent(accuracy, decimals: 1), ink.text),
      ]
    }
    return Segment(spans, rank: 0)
  }

  /// Which way the training loss goes; a space where it is level or too early to say, so that nothing
  /// else moves.
  private var arrow: String {
    guard let buckets = snapshot.history.series.first else { return "  " }
    // The last stretch is enough for a trend.
    let recent = Array(buckets.suffix(160))
    let curve = LossCurve(recent, stride: snapshot.history.stride, smoothing: 0)
    switch curve.trend {
    case .falling: return " " + ink.sign("↓", "v")
    case .rising: return " " + ink.sign("↑", "^")
    default: return "  "
    }
  }

  private var rate: Segment {
    guard let rate = snapshot.knobs["rate"] else { return Segment("") }
    return Segment([Span("lr ", ink.subdued), Span(rate.description, ink.text)], rank: 6)
  }

  /// Methods that race behind the panes share the cores.
  private var race: Segment {
    guard let race = model.comparison.race, race.state == .running else { return Segment("") }
    return Segment("race \(Figures.percent(Float(race.standing.progress)))", ink.accent, rank: 4)
  }

  private var seed: Segment {
    Segment([Span("seed ", ink.subdued), Span("\(snapshot.seed)", ink.text)], rank: 7)
  }

  /// Goes after all that can be seen elsewhere: rate, seed and name.
  private func saved(short: Bool) -> Segment {
    if snapshot.saved.error != nil {
      return Segment("\(ink.sign(.wrong)) \(model.savedWords)", ink.failure, rank: 2)
    }
    let isSaved = snapshot.saved.step.map { $0 >= snapshot.step } ?? false
    let words = short ? "unsaved" : model.savedWords
    return Segment(
      isSaved ? "\(ink.sign(.right)) saved" : words, isSaved ? ink.success : ink.subdued, rank: 3)
  }
}
