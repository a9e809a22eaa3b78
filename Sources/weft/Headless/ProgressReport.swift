import Glibc
import Terminal
import Training

/// For a person: a progress bar on standard error where that is a terminal, else a line every few
/// seconds; the result on standard output.
struct ProgressReport: TrainingReport {
  /// Seconds between two pictures of the bar, and between two lines where there is no terminal.
  private static let barInterval = 0.1
  private static let lineInterval = 5.0

  let name: String
  let total: Int
  private let isTerminal = Machine.columns(of: STDERR_FILENO) != nil
  private let blocks = Machine.speaksUTF8
  private var rate = Rate()
  private var last = -Double.infinity
  private var lineIsOpen = false

  init(name: String, total: Int) {
    self.name = name
    self.total = total
  }

  mutating func progress(_ run: Run, seconds: Double) throws(Failure) {
    if last < 0 {
      rate.begin(step: run.step, seconds: seconds)
      last = isTerminal ? 0 : seconds
      if !isTerminal { return }
    }
    let now = Machine.now
    guard isTerminal else {
      guard seconds - last >= Self.lineInterval else { return }
      last = seconds
      rate.note(step: run.step, seconds: seconds)
      return Output.note("step \(run.step) of \(total)  \(losses(run).joined(separator: "  "))\n")
    }
    guard now - last >= Self.barInterval else { return }
    last = now
    rate.note(step: run.step, seconds: seconds)
    draw(run)
  }

  private func losses(_ run: Run) -> [String] {
    var parts: [String] = []
    if let loss = run.trainingLoss { parts.append("train \(number(loss))") }
    if let loss = run.validationLoss { parts.append("validation \(number(loss))") }
    return parts
  }

  private func number(_ value: Float) -> String { Numbers.scientific(Double(value), 3) }

  private mutating func draw(_ run: Run) {
    let columns = Machine.columns(of: STDERR_FILENO) ?? 80
    let line = ProgressLine(
      name: name, step: run.step, total: total, losses: losses(run),
      stepsPerSecond: rate.stepsPerSecond, blocks: blocks)
    Output.note("\r\u{1B}[K" + line.text(columns: columns - 1))
    lineIsOpen = true
  }

  /// Takes the bar away, so that what is said next stands on a line of its own.
  private mutating func clear() {
    if lineIsOpen { Output.note("\r\u{1B}[K") }
    lineIsOpen = false
  }

  mutating func evaluated(_ run: Run, seconds: Double) throws(Failure) {}

  mutating func notice(_ text: String, step: Int) throws(Failure) {
    clear()
    Output.note("step \(step): \(text)\n")
  }

  mutating func learned(_ milestone: Milestone, of run: Run) throws(Failure) {
    clear()
    let isLoss = run.statuses.allSatisfy { $0.metric == nil }
    let measures = milestone.measures.prefix(milestone.task + 1).map {
      isLoss ? number($0) : Numbers.fixed(Double($0) * 100, 1)
    }
    Output.note(
      "step \(milestone.step): learned \(run.description.tasks[milestone.task].name); "
        + "tasks so far \(measures.joined(separator: " "))\(isLoss ? "" : " %")\n")
  }

  // What is to be said is the sentence that the command ends with.
  mutating func failed(_ failure: Snapshot.Failure, saved: String?) throws(Failure) { clear() }
  mutating func interrupted(_ signal: Int32, step: Int, saved: String?) throws(Failure) { clear() }

  mutating func measuring() throws(Failure) {
    clear()
    if isTerminal {
      Output.note("measuring…")
      lineIsOpen = true
    }
  }

  mutating func done(_ result: TrainingResult) throws(Failure) {
    clear()
    let seconds = Numbers.fixed(result.seconds, 1)
    var rows = [
      ("experiment", "\(result.experiment), seed \(result.seed)"),
      ("step", "\(result.step), in \(seconds) s of training"),
    ]
    if let loss = result.trainingLoss { rows.append(("train_loss", "\(loss)")) }
    if let loss = result.validationLoss { rows.append(("validation_loss", "\(loss)")) }
    if let (loss, step) = result.until {
      rows.append(("until \(loss)", step.map { "reached at step \($0)" } ?? "not reached"))
    }
    rows += result.metrics.map { ($0.name, "\($0.value)") }
    if let path = result.saved { rows.append(("saved", path)) }
    try Output.write(TextColumns.text(rows.map { [$0.0, $0.1] }))
  }
}

/// Steps a second over the last seconds, for the time that is left.
private struct Rate {
  private var marks: [(step: Int, seconds: Double)] = []

  mutating func begin(step: Int, seconds: Double) { marks = [(step, seconds)] }

  mutating func note(step: Int, seconds: Double) {
    marks.append((step, seconds))
    while marks.count > 2, seconds - marks[0].seconds > 5 { marks.removeFirst() }
  }

  var stepsPerSecond: Double? {
    guard let first = marks.first, let last = marks.last, last.seconds > first.seconds else {
      return nil
    }
    return Double(last.step - first.step) / (last.seconds - first.seconds)
  }
}
