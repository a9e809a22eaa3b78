import Foundation
import Training

/// Tells how a comparison goes: a line of progress on a terminal and the table at the end, or JSON.
struct ComparisonReport {
  private let isJSON: Bool
  private var told = -1
  private var lastLine = 0.0
  private var lastWords = ""
  private let isTerminal = isatty(STDERR_FILENO) == 1

  init(isJSON: Bool) { self.isJSON = isJSON }

  mutating func begin(_ standing: Standing) throws(Failure) {
    if !isJSON { try Output.line(ComparisonTable(standing).caption) }
  }

  /// - Parameter activity: what comes next.
  mutating func progress(
    _ standing: Standing, _ activity: Comparison.Activity
  ) throws(Failure) {
    let percent = Int(100 * standing.progress)
    if isJSON {
      guard percent / 5 > told / 5 || told < 0 else { return }
      told = percent
      try line(
        "progress",
        [("share", .double(standing.progress)), ("methods", .array(standing.rows.map(steps)))])
      return
    }
    let words: String =
      switch activity {
      case .measuring(let label, let seed): "  measuring \(label), seed \(seed)"
      case .training, .nothing: ""
      }
    // A measurement may take long: it is announced.
    guard isTerminal, Machine.now - lastLine > 0.1 || words != lastWords else { return }
    lastLine = Machine.now
    lastWords = words
    let done = standing.rows.count { $0.step == $0.total }
    Output.note(
      "\r\(percent) %  \(done) of \(standing.rows.count) methods trained\(words) \u{1B}[K")
  }

  private func steps(_ row: Standing.Row) -> JSON {
    .object([("method", .string(row.label)), ("step", .integer(row.step))])
  }

  mutating func done(_ standing: Standing) throws(Failure) {
    guard isJSON else {
      if isTerminal { Output.note("\r\u{1B}[K") }
      let table = ComparisonTable(standing)
      try Output.write("\n" + table.text + "\n" + ComparisonTable.legend + "\n")
      for row in standing.rows {
        if let failure = row.failure { Output.complain("\(row.label) failed: \(failure)") }
      }
      return
    }
    for row in standing.rows { try line("method", Self.fields(row)) }
    try line(
      "done",
      [
        ("family", .string(standing.contest)), ("metric", .string(standing.metric)),
        ("seeds", .array(standing.seeds.map(JSON.natural))),
        ("training_tasks", .integer(standing.taskCounts.training)),
        ("new_tasks", .integer(standing.taskCounts.new)), ("shots", .integer(standing.shots)),
        ("target_parameters", .integer(standing.targetCount)),
      ])
  }

  /// A comparison as it was saved: what was raced, how far it is, the table.
  static func text(_ standing: Standing) -> String {
    let table = ComparisonTable(standing)
    let progress =
      standing.isDone
      ? "everything is trained and measured"
      : "\(Int(100 * standing.progress)) % trained; 'weft compare FILE' goes on"
    return table.caption + "\n" + progress + "\n\n" + table.text + "\n" + ComparisonTable.legend
      + "\n"
  }

  static func json(_ standing: Standing, path: String) -> JSON {
    .object([
      ("path", .string(path)), ("family", .string(standing.contest)),
      ("metric", .string(standing.metric)), ("progress", .double(standing.progress)),
      ("done", .boolean(standing.isDone)), ("seeds", .array(standing.seeds.map(JSON.natural))),
      ("methods", .array(standing.rows.map { .object(fields($0)) })),
    ])
  }

  private static func fields(_ row: Standing.Row) -> [(String, JSON)] {
    func estimate(_ value: Standing.Estimate?) -> JSON {
      guard let value else { return .null }
      return .object([
        ("mean", .double(value.mean)), ("interval", value.interval.map(JSON.double) ?? .null),
      ])
    }
    let newTasks = zip(Measurement.steps, row.newTasks).map { ("\($0)", estimate($1)) }
    return [
      ("method", .string(row.label)), ("trained", .integer(row.trainable)),
      ("emitted", row.emitted.map(JSON.integer) ?? .null), ("kept", .integer(row.stored)),
      ("break_even_tasks", row.breakEven.map(JSON.double) ?? .null),
      ("steps", .integer(row.step)),
      ("ms_per_step", row.millisecondsPerStep.map(JSON.double) ?? .null),
      ("multiply_adds", row.multiplyAdds.map(JSON.double) ?? .null),
      ("training_tasks", estimate(row.trainingTasks)), ("new_tasks", .object(newTasks)),
      ("adapt_ms", row.adaptationMilliseconds.map(JSON.double) ?? .null),
      ("failure", JSON(row.failure)),
    ]
  }

  private func line(_ event: String, _ fields: [(String, JSON)]) throws(Failure) {
    try Output.line(JSON.object([("event", .string(event))] + fields).description)
  }
}
