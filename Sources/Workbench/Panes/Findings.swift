import Terminal
import Training

/// What an examiner found, as lines of so many columns: whether z matters, or whether sizes are right
/// on the way through the generated network.
struct Findings {
  typealias Line = [Span]

  private let model: Model
  private let ink: Ink

  init(_ model: Model, _ ink: Ink) {
    self.model = model
    self.ink = ink
  }

  func lines(_ width: Int) -> [Line] {
    if model.weights.view == .memory { return ForgettingMatrix(model, ink).lines(width - 2) }
    guard model.snapshot.description.isExamined else {
      return wrapped(
        (
          "·",
          "not looked into while it trains: the last lines of weft train say what shuffled and "
            + "mean contexts cost", ink.subdued
        ), width - 2)
    }
    guard let found = model.examination else { return [[Span("measuring", ink.subdued)]] }
    return switch model.weights.view {
    case .map, .memory: []
    case .conditioning: conditioning(found.conditioning, width - 2)
    case .autopsy: autopsy(found.autopsy, width - 2)
    }
  }

  // MARK: Conditioning

  private func conditioning(_ found: Conditioning, _ width: Int) -> [Line] {
    let columns = Columns(width, ink)
    let losses: [(String, Double?)] = [
      ("own z", found.losses.own), ("shuffled z", found.losses.shuffled),
      ("mean z", found.losses.mean),
    ]
    let largest = losses.compactMap(\.1).max() ?? 1
    var lines = wrapped(verdict(found), width)
    lines += losses.compactMap { name, loss in
      loss.map {
        columns.bar(
          "loss, \(name)", Numbers.general($0, 3), $0 / largest,
          name == "own z" ? ink.series(0) : ink.series(1))
      }
    }
    lines.append(
      columns.bar(
        "Var W from z", Figures.percent(Float(found.varianceShare), decimals: 1),
        found.varianceShare, ink.accent))
    lines.append(columns.plain("‖ΔW‖ / ‖W₀‖", Numbers.general(found.change, 3)))
    lines.append(singularValues(found, columns))
    lines.append([
      Span("tensor".filled(12, ink), ink.subdued), Span("Var from z  ‖ΔW‖/‖W₀‖", ink.subdued),
    ])
    lines += found.tensors.map { tensor in
      let share = Figures.percent(Float(tensor.varianceShare), decimals: 1)
      return [
        Span(tensor.name.filled(12, ink), ink.text),
        Span(share.filled(10, ink, .right), ink.strong),
        Span("  " + Numbers.general(tensor.change, 3).filled(9, ink, .right), ink.text),
      ]
    }
    let tasks = found.taskCount == 1 ? "1 task" : "\(found.taskCount) tasks"
    lines.append([
      Span("of step \(Figures.count(found.step)), over \(tasks)", ink.subdued)
    ])
    return lines
  }

  private func verdict(_ found: Conditioning) -> (sign: String, text: String, style: Style) {
    if let cause = found.cause {
      return found.isAlarm
        ? ("!", cause.sentence, ink.warning)
        : (
          ink.sign("·", "."), "so far \(cause.reason); \(cause.cure) if it stays so",
          ink.text
        )
    }
    guard let gain = found.gain else {
      return (ink.sign("·", "."), "one task so far: nothing tells contexts apart", ink.text)
    }
    guard found.matters else {
      return (ink.sign("·", "."), "z does not matter for the losses yet", ink.text)
    }
    return (
      ink.sign(.right),
      "z is used: it takes \(Figures.percent(Float(gain), decimals: 1)) off the loss",
      ink.success
    )
  }

  /// The largest, all of them as bars, and how many directions of z they leave.
  private func singularValues(_ found: Conditioning, _ columns: Columns) -> Line {
    let values = found.singularValues
    var line = columns.plain(
      "σ(∂W/∂z)", values.first.map { Numbers.general($0, 3) } ?? Figures.none)
    let isWide = columns.width >= 64
    let words =
      " \(found.directions) of \(values.count)" + (isWide ? " above 1% of the largest" : "")
    let room = columns.width - Columns.numbers - words.count - 1
    if room >= values.count {
      let glyphs = Sparkline(values, range: 0...max(values.first ?? 1, .leastNormalMagnitude))
        .glyphs(width: values.count, ink.capabilities)
      line.append(Span(" " + String(String.UnicodeScalarView(glyphs)), ink.accent))
    }
    line.append(Span(words, ink.text))
    return line
  }

  // MARK: Autopsy

  private func autopsy(_ found: Autopsy, _ width: Int) -> [Line] {
    let isWide = width >= 42
    func row(_ cells: [String], _ verdict: Autopsy.Verdict?, _ style: Style) -> Line {
      var line = cells.enumerated().map { index, text in
        index == 0
          ? Span(text.filled(isWide ? 6 : 4, ink), style)
          : Span((" " + text).filled(isWide ? 10 - min(index, 3) : 7, ink, .right), style)
      }
      if let verdict {
        let sign = verdict == .fine ? ink.sign(.right) : "!"
        line.append(
          Span(
            " " + (isWide ? sign + " " : "") + verdict.rawValue,
            verdict == .fine ? ink.success : ink.warning))
      }
      return line
    }
    func number(_ value: Double?) -> String { value.map { Numbers.general($0, 2) } ?? Figures.none }
    var lines = wrapped(
      found.finding.map { ("!", $0, ink.warning) }
        ?? (ink.sign(.right), "sizes are right on the whole way", ink.success), width)
    lines.append(
      row(
        [isWide ? "tensor" : "W", isWide ? "variance" : "var", "wanted", "ratio"], nil, ink.subdued)
    )
    lines += found.tensors.map {
      row(
        [$0.name, number($0.variance), number($0.wanted), number($0.ratio)], $0.verdict, ink.text)
    }
    lines.append(row([isWide ? "layer" : "h", "before", "after", "dead"], nil, ink.subdued))
    lines.append(row(["x", "", number(found.input), ""], nil, ink.text))
    lines += found.layers.map {
      row(
        [
          $0.name, number($0.sum), number($0.output),
          $0.dead.map { Figures.percent(Float($0)) } ?? Figures.none,
        ], $0.verdict,
        ink.text)
    }
    let contexts = found.step == 0 ? "mean over z as training draws it" : "at this z"
    lines.append([Span("of step \(Figures.count(found.step)), \(contexts)", ink.subdued)])
    return lines
  }

  // MARK: Lines

  /// A sentence behind its sign, in as many lines as it needs.
  private func wrapped(
    _ sentence: (sign: String, text: String, style: Style), _ width: Int
  ) -> [Line] {
    var lines: [String] = []
    for word in sentence.text.split(separator: " ") {
      if let last = lines.last,
        last.unicodeScalars.count + word.unicodeScalars.count + 3 <= width
      {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines.enumerated().map { index, text in
      [Span((index == 0 ? sentence.sign : " ") + " " + text, sentence.style)]
    }
  }

  var figures: [Figure] {
    if model.weights.view == .memory { return ForgettingMatrix(model, ink).figures }
    guard let found = model.examination else { return [] }
    if model.weights.view == .autopsy {
      return [
        Figure("sizes", found.autopsy.finding ?? "all fine", ink.strong)
      ]
        + found.autopsy.layers.map {
          Figure($0.name, "\(Numbers.general($0.sum, 2)) \($0.verdict?.rawValue ?? "")")
        }
    }
    let conditioning = found.conditioning
    let gain = conditioning.gain.map { Figures.percent(Float($0), decimals: 1) } ?? Figures.none
    return [
      Figure("z takes off the loss", gain, ink.strong),
      Figure("alarm", conditioning.isAlarm ? conditioning.cause?.sentence ?? "" : Figures.none),
      Figure("Var W from z", Figures.percent(Float(conditioning.varianceShare), decimals: 1)),
      Figure("‖ΔW‖ / ‖W₀‖", Numbers.general(conditioning.change, 3)),
      Figure(
        "largest σ(∂W/∂z)", conditioning.singularValues.first.map { Numbers.general($0, 3) } ?? ""),
    ]
  }
}

/// A label, a number, and a bar over what is left.
private struct Columns {
  let width: Int
  private let label = 17
  /// Where the numbers end.
  static let numbers = 25
  private let ink: Ink

  init(_ width: Int, _ ink: Ink) {
    self.width = width
    self.ink = ink
  }

  func plain(_ label: String, _ value: String) -> [Span] {
    [
      Span(label.filled(self.label, ink), ink.subdued),
      Span(value.filled(8, ink, .right), ink.strong),
    ]
  }

  func bar(_ label: String, _ value: String, _ fraction: Double, _ style: Style) -> [Span] {
    let room = min(width - self.label - 9, 60)
    guard room > 0 else { return plain(label, value) }
    let share = fraction.isFinite ? min(max(fraction, 0), 1) : 0
    let filled = Int((share * Double(room)).rounded())
    return plain(label, value) + [
      Span(" " + String(repeating: ink.sign("█", "#"), count: filled), style),
      Span(String(repeating: ink.sign("░", "-"), count: room - filled), ink.border),
    ]
  }
}

extension String {
  func filled(_ width: Int, _ ink: Ink, _ alignment: Alignment = .left) -> String {
    padded(to: width, alignment, ink.capabilities)
  }
}

/// The weights pane where it does not show the numbers themselves.
struct FindingsView: PaneView {
  private let model: Model
  private let ink: Ink
  private let findings: Findings

  init(_ model: Model, _ ink: Ink) {
    self.model = model
    self.ink = ink
    findings = Findings(model, ink)
  }

  var note: [Span] {
    let name =
      switch model.weights.view {
      case .memory: "what is left of each task"
      case .conditioning: "conditioning"
      case .map, .autopsy: "autopsy"
      }
    return [Span(name, ink.text)]
  }

  func draw(on canvas: Canvas) {
    let lines = findings.lines(canvas.width)
    let first = min(max(model.weights.line, 0), max(lines.count - canvas.height, 0))
    for (y, line) in lines.dropFirst(first).prefix(canvas.height).enumerated() {
      canvas.fitted(line, x: 1, y: y, width: canvas.width - 2, ink)
    }
    if first > 0 { canvas.put(ink.glyph("▲", "^"), x: canvas.width - 1, y: 0, ink.subdued) }
    if first + canvas.height < lines.count {
      canvas.put(ink.glyph("▼", "v"), x: canvas.width - 1, y: canvas.height - 1, ink.subdued)
    }
  }

  var figures: [Figure] { findings.figures }
}
