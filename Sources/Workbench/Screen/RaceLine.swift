import Terminal
import Training

/// The top line while the race of methods is in view: whether it runs, how far it is, and that the run
/// is still there.
///
///      sine-family │ ● RACING │ ██████░░░░░░  43 % │ 3 of 12 measured │ run ‖ step 12,480 │ not saved
struct RaceLine {
  private let model: Model
  private let ink: Ink

  init(_ model: Model, _ ink: Ink) {
    self.model = model
    self.ink = ink
  }

  func draw(on canvas: Canvas) {
    guard let race = model.comparison.race else {
      canvas.line(
        [name, Segment("SETTING UP", ink.warning)], x: 1, y: 0, separator: Span("  "), ink)
      return
    }
    let separator = Span(" \(ink.sign("│", "|")) ", ink.border)
    if canvas.height >= 2 {
      canvas.line([name, state(race), share(race)], x: 1, y: 0, separator: Span("  "), ink)
      canvas.line([activity(race), run], x: 1, y: 1, separator: Span("  "), ink)
      return
    }
    let isShort = canvas.width < 100
    canvas.line(
      [name, state(race), bar(race), activity(race), run, saved(race)], x: 1, y: 0,
      separator: isShort ? Span("  ") : separator, ink, width: canvas.width - 2)
  }

  private var name: Segment {
    Segment(
      model.comparison.race?.standing.contest ?? model.snapshot.description.experiment, ink.strong,
      rank: 4)
  }

  private func state(_ race: RaceSnapshot) -> Segment {
    switch race.state {
    case .running: Segment("\(ink.sign("●", "*")) RACING", ink.success)
    case .paused: Segment("\(ink.sign(.pause)) PAUSED", ink.warning)
    case .done: Segment("\(ink.sign(.right)) DONE", ink.success)
    }
  }

  private func share(_ race: RaceSnapshot) -> Segment {
    Segment(Figures.percent(Float(race.standing.progress)), ink.text)
  }

  private func bar(_ race: RaceSnapshot) -> Segment {
    let width = 12
    let progress = race.standing.progress
    let filled = progress.isFinite ? Int(min(max(progress, 0), 1) * Double(width)) : 0
    let full = String(repeating: ink.sign("█", "#"), count: filled)
    let rest = String(repeating: ink.sign("░", "-"), count: width - filled)
    return Segment(
      [Span(full, ink.success), Span(rest, ink.border), Span(" ")] + share(race).spans, rank: 1)
  }

  /// What is measured now, or how many are.
  private func activity(_ race: RaceSnapshot) -> Segment {
    if race.state == .running, case .measuring(let method, let seed) = race.activity {
      return Segment("measuring \(method), seed \(seed)", ink.accent, rank: 2)
    }
    let rows = race.standing.rows
    let measured = rows.count { !$0.newTasks.isEmpty }
    return Segment("\(measured) of \(rows.count) measured", ink.text, rank: 2)
  }

  private var run: Segment {
    let sign =
      switch model.snapshot.state {
      case .running: "\(ink.sign("●", "*"))"
      case .paused: ink.sign(.pause)
      case .failed: ink.sign(.wrong)
      }
    return Segment(
      "run \(sign) step \(Figures.count(model.snapshot.step))", ink.subdued, rank: 6)
  }

  private func saved(_ race: RaceSnapshot) -> Segment {
    race.isSaved
      ? Segment("\(ink.sign(.right)) saved", ink.success, rank: 5)
      : Segment("not saved", ink.subdued, rank: 5)
  }
}
