import Learning
import Terminal
import Training

/// Knobs and weights in one line, where their panes are not seen.
struct Digest {
  private let model: Model
  private let ink: Ink

  init(_ model: Model, _ ink: Ink) {
    self.model = model
    self.ink = ink
  }

  func draw(on canvas: Canvas) {
    let knobs = model.snapshot.knobs
    var segments = knobs.knobs.filter { knobs[$0.name] != .text("") }.prefix(8).enumerated().map {
      index, knob in
      Segment(
        [
          Span(knob.name + " ", ink.subdued),
          Span(knobs[knob.name]?.description ?? "", ink.text),
        ], rank: 2 + index)
    }
    if let probe = model.probe,
      let shown = WeightFigures(
        model.weights.tensor, of: probe, pin: model.pin,
        showsDifference: model.weights.showsDifference)
    {
      let limit = Numbers.general(Double(robustLimit(shown.values)), 2)
      segments.append(
        Segment(
          [
            Span("\(shown.name) ", ink.subdued), Span((ink.unicode ? "±" : "+-") + limit, ink.text),
          ],
          rank: 1))
    }
    canvas.line(segments, x: 1, y: 0, separator: Span(" · ", ink.border), ink)
  }
}

/// What was just done, or what went wrong; the session's file at the right.
struct ToastLine {
  private let model: Model
  private let ink: Ink

  init(_ model: Model, _ ink: Ink) {
    self.model = model
    self.ink = ink
  }

  func draw(on canvas: Canvas) {
    if case .prompt(let prompt) = model.overlay { return drawPrompt(prompt, on: canvas) }
    var end = 0
    if let toast = model.toast {
      let (sign, style) = look(toast.kind)
      let text = toast.text.withShortenedPath(in: canvas.width - 4, ink.sign("…", "~"))
      end = canvas.fitted(
        [Span("\(sign) ", style), Span(text, toast.kind == .notice ? ink.text : style)], x: 1,
        y: 0, width: canvas.width - 2, ink)
    } else if case .failed(let failure) = model.snapshot.state {
      // It stays for as long as it is true.
      end = canvas.fitted(
        [
          Span("\(ink.sign(.wrong)) \(failure.wayOut)", ink.failure), Span(" · ", ink.border),
          Span(failure.sentence, ink.text),
        ], x: 1, y: 0, width: canvas.width - 2, ink)
    } else if let alarm = model.alarm, model.snapshot.saved.error == nil {
      end = canvas.fitted(
        [Span("! ", ink.warning), Span(alarm.sentence, ink.warning)], x: 1, y: 0,
        width: canvas.width - 2, ink)
    } else if let error = model.snapshot.saved.error {
      end = canvas.fitted(
        [Span("\(ink.sign(.wrong)) \(error)", ink.failure)], x: 1, y: 0, width: canvas.width - 2,
        ink)
    }
    let path = model.focus == .compare ? model.comparison.race?.path : model.snapshot.saved.path
    if let path {
      let label = model.focus == .compare ? "file: " : "autosave: "
      let room = canvas.width - end - 4 - label.count
      let name = path.shortenedInTheMiddle(to: room, ink.sign("…", "~"))
      // The name of the file at least, or as much of it as tells it from others.
      if room >= min(path.unicodeScalars.count, 24) {
        canvas.text(label + name, endingAt: canvas.width - 2, y: 0, ink.subdued)
      }
    }
  }

  /// A sign beside the colour.
  private func look(_ kind: Toast.Kind) -> (String, Style) {
    switch kind {
    case .success: (ink.sign(.right), ink.success)
    case .notice: (ink.sign("·", "."), ink.accent)
    case .warning: ("!", ink.warning)
    case .failure: (ink.sign(.wrong), ink.failure)
    }
  }

  private func drawPrompt(_ prompt: Prompt, on canvas: Canvas) {
    let label = prompt.label + ": "
    let labelWidth = min(label.unicodeScalars.count, max(canvas.width / 2, 4))
    let start = canvas.fitted([Span(label, ink.focus)], x: 1, y: 0, width: labelWidth, ink)
    let problem = prompt.problem.map { " \(ink.sign(.wrong)) \($0)" } ?? ""
    let room = canvas.width - start - 1
    let needed = prompt.text.unicodeScalars.count + 1
    let width = problem.isEmpty ? room : min(max(needed, 8), max(room / 2, 1))
    prompt.field.draw(
      on: canvas, x: start, y: 0, width: width,
      prompt.isUntouched ? Style(ink.theme.text, on: .standard, .underline) : ink.text)
    if !problem.isEmpty {
      canvas.fitted(
        [Span(problem, ink.failure)], x: start + width, y: 0, width: room - width, ink)
    }
  }
}

/// The keys worth knowing here: the focused pane's, then those that work anywhere, as many as fit.
struct Footer {
  private let model: Model
  private let ink: Ink

  init(_ model: Model, _ ink: Ink) {
    self.model = model
    self.ink = ink
  }

  func draw(on canvas: Canvas) {
    let hints = hints
    var segments = hints.own.enumerated().map { segment($1, rank: 10 + 2 * $0) }
    if !segments.isEmpty, !hints.global.isEmpty {
      // It goes before the last of the pane's own does.
      segments.append(Segment(ink.sign("│", "|"), ink.border, rank: 11))
    }
    // Help and the way out are the last to go.
    let count = hints.global.count
    segments += hints.global.enumerated().map { index, hint in
      let isWayOut = hint == CommandTable.wayBack
      return segment(
        hint, rank: isWayOut ? 0 : index >= count - 3 ? count - index : 5 + 2 * index)
    }
    canvas.line(segments, x: 1, y: 0, separator: Span("  "), ink, width: canvas.width - 2)
  }

  private func segment(_ hint: CommandTable.Hint, rank: Int) -> Segment {
    Segment([Span(hint.keys + " ", ink.key), Span(hint.label, ink.subdued)], rank: rank)
  }

  private var hints: (own: [CommandTable.Hint], global: [CommandTable.Hint]) {
    func fixed(_ pairs: [(String, String)]) -> [CommandTable.Hint] {
      pairs.map { CommandTable.Hint(keys: $0.0, label: $0.1) }
    }
    switch model.overlay {
    case nil:
      if model.focus == .compare {
        return (CommandTable.hints(for: model.focus), CommandTable.hintsInRace)
      }
      if case .failed = model.snapshot.state {
        return (CommandTable.hints(for: model.focus), CommandTable.hintsAfterFailure)
      }
      if model.focus == .target, model.text != nil {
        return (CommandTable.hintsInText, CommandTable.globalHints)
      }
      if model.focus == .weights,
        model.weights.view == .conditioning || model.weights.view == .autopsy
      {
        return (CommandTable.hintsInFindings, CommandTable.globalHints)
      }
      if model.focus == .target, model.network != nil {
        let search = model.search.view
        return (
          search == .graph
            ? CommandTable.hintsOfArchitecture
            : CommandTable.hintsOfSearch(hasRows: search != .scatter), CommandTable.globalHints
        )
      }
      if model.focus == .target, model.body != nil {
        return (CommandTable.hintsOfBody, CommandTable.globalHints)
      }
      return (CommandTable.hints(for: model.focus), CommandTable.globalHints)
    case .prompt: return ([], fixed([("↵", "take"), ("Esc", "leave"), ("^U", "clear")]))
    case .help: return ([], fixed([("↑↓", "choose"), ("↵", "do it"), ("Esc", "close")]))
    case .palette:
      return ([], fixed([("↑↓", "choose"), ("Tab", "complete"), ("↵", "do it"), ("Esc", "close")]))
    case .browser: return ([], fixed([("↑↓", "choose"), ("↵", "open"), ("Esc", "close")]))
    }
  }
}
