import Autodiff
import Learning

/// A client of a federation: holds a table of rows, answers the server's questions, and lets no row out.
///
/// How its table is read and parted is settled by the first question about it: whoever could ask again in
/// other words could tell rows from the differences. What is wrong with its rows is for the person here
/// (``problem``); the server is told in general words.
package final class PartyClient {
  private let table: CSVTable
  private var layout: TableLayout?
  private var parting: Parting?
  /// What could not be done, with names and places in the table.
  package private(set) var problem: String?

  private struct Parting: Equatable {
    var outcomes: [String]
    var rule: RowParting
    var split: Int
    var client: String
  }

  private var worker: ClientWorker?
  /// What was agreed with the server; nil before.
  package private(set) var terms: ClientTerms?
  /// Whether the server has no more to do.
  package private(set) var isOver = false
  /// Rounds it trained in.
  package private(set) var rounds = 0
  /// The loss before its last local training.
  package private(set) var loss: Float?

  package init(_ table: CSVTable) { self.table = table }

  /// The answer to a message of the server; nil where it is none.
  package func answer(_ bytes: [UInt8]) -> [UInt8]? {
    guard let question = PartyMessage(bytes) else { return nil }
    do throws(KnobError) {
      let (body, numbers) = try answer(question)
      return PartyMessage(question.id, body, numbers: numbers).encoded
    } catch {
      problem = error.description
      return PartyMessage(question.id, .problem(Self.words(about: question.body))).encoded
    }
  }

  /// Why a question has no answer, without a word of the table's.
  private static func words(about body: PartyMessage.Body) -> String {
    switch body {
    case .describe, .count:
      "its table does not have the columns that were asked for, has something else than numbers in "
        + "them, or too many different outcomes"
    case .sum: "it has too few rows, or too few values in a column, to tell sums of them"
    case .begin: "its table does not go with what was agreed"
    case .work: "the weights it was sent do not fit what was agreed"
    case .over, .description, .counts, .sums, .done, .problem: "it was not asked anything"
    }
  }

  /// Settles how the table is read; throws where that was settled otherwise.
  private func settle(_ layout: TableLayout) throws(KnobError) {
    guard self.layout == nil || self.layout == layout else {
      throw KnobError("the server asks a second time, with other columns; nothing more is told")
    }
    guard Set(layout.columns).count == layout.columns.count, !layout.columns.isEmpty,
      !layout.columns.contains(layout.label)
    else { throw KnobError("the server's columns make no sense") }
    self.layout = layout
  }

  /// Settles how the rows are parted; throws where that was settled otherwise, or makes no sense.
  private func settle(_ parting: Parting) throws(KnobError) {
    guard self.parting == nil || self.parting == parting else {
      throw KnobError("the server asks a second time, with other parts; nothing more is told")
    }
    guard parting.client.utf8.count <= Self.longestName, 0..<1_000_000 ~= parting.split,
      2...Self.mostOutcomes ~= parting.outcomes.count,
      Set(parting.outcomes).count == parting.outcomes.count
    else { throw KnobError("the server's terms make no sense") }
    self.parting = parting
  }

  private static let mostClients = 10_000
  private static let longestName = 1000

  private func answer(
    _ question: PartyMessage
  ) throws(KnobError) -> (PartyMessage.Body, [Float]) {
    switch question.body {
    case .describe:
      return (.description(columns: table.columns, rows: table.rows.count), [])
    case .count(let layout):
      try settle(layout)
      var counts: [String: Int] = [:]
      var unknown = 0
      let label = try table.index(of: layout.label)
      for row in table.rows {
        let word = row.fields[label]
        if layout.missing.contains(word.lowercased()) {
          unknown += 1
        } else {
          counts[word, default: 0] += 1
        }
        guard counts.count <= Self.mostOutcomes else {
          throw KnobError(
            "line \(row.line) of \(table.name): '\(layout.label)' has more than \(Self.mostOutcomes) "
              + "different outcomes", ofData: true)
        }
      }
      // Columns that are missing, or no numbers, are told now.
      _ = try table.rows(layout, outcomes: Array(counts.keys))
      return (.counts(counts, unknown: unknown), [])
    case .sum(let outcomes, let parting, let split, let client, let fewest):
      guard let layout else { throw KnobError("the server asks for sums before it says of what") }
      try settle(Parting(outcomes: outcomes, rule: parting, split: split, client: client))
      let rows = try table.rows(layout, outcomes: outcomes).rows
      // Sums of a few rows say too much about each.
      guard rows.count >= max(fewest, Self.fewestSummed) else {
        throw KnobError(
          "\(table.name) has \(rows.count) rows whose outcome is known; it takes "
            + "\(max(fewest, Self.fewestSummed))", ofData: true)
      }
      let sums = Self.sums(parting.parts(rows, split: split, client: client), layout)
      if let column = sums.columns.counts.firstIndex(where: { 1..<Self.fewestSummed ~= $0 }) {
        throw KnobError(
          "'\(layout.columns[column])' has \(sums.columns.counts[column]) values among the rows to train "
            + "on, whose sum would tell them; it takes \(Self.fewestSummed), or none", ofData: true)
      }
      return (.sums(sums), [])
    case .begin(let terms): return (.sums(try begin(terms)), [])
    case .work(let work):
      guard let worker, question.numbers.count == 2 + worker.weightCount,
        let reply = worker.answer(
          work, rate: question.numbers[0], momentum: question.numbers[1],
          weights: Array(question.numbers[2...]))
      else { throw KnobError("the server sent weights that do not fit what was agreed") }
      if case .train = work {
        rounds += 1
        loss = reply.loss
      }
      return (
        .done(hasMetric: reply.metric != nil, measures: reply.measures.map(\.name)),
        [reply.loss, reply.metric ?? 0] + reply.measures.map(\.value) + reply.change
      )
    case .over:
      isOver = true
      return (.over, [])
    case .description, .counts, .sums, .done, .problem:
      throw KnobError("the server answers where it should ask")
    }
  }

  /// More than that are no outcomes but something else.
  private static let mostOutcomes = 10
  /// A message holds no more.
  private static let mostWeights = 15_000_000
  private static let fewestSummed = 4

  private static func sums(
    _ parts: (training: [LabelledRow], unseen: [LabelledRow]), _ layout: TableLayout
  ) -> RowSums {
    RowSums(
      training: parts.training.count, unseen: parts.unseen.count,
      columns: ColumnSums(
        parts.training, and: parts.unseen, columns: layout.columns.count))
  }

  /// Makes rows and networks as agreed.
  private func begin(_ terms: ClientTerms) throws(KnobError) -> RowSums {
    guard let experiment = Experiments.named(terms.experiment) as? any FederatedExperiment else {
      throw KnobError("the server trains '\(terms.experiment.prefix(40))', which is not known here")
    }
    try settle(terms.layout)
    try settle(
      Parting(
        outcomes: terms.outcomes, rule: experiment.parting, split: terms.split,
        client: terms.client))
    guard terms.encoding.fits(columns: terms.layout.columns.count, outcomes: terms.outcomes.count),
      1...1_000_000 ~= terms.evaluationCount, 0..<Self.mostClients ~= terms.index
    else { throw KnobError("the server's terms make no sense") }
    var knobs = KnobValues(experiment.knobs)
    for (name, text) in terms.knobs.sorted(by: { $0.key < $1.key }) {
      try knobs.set(name, to: text)
    }
    let parts = experiment.parting.parts(
      try table.rows(terms.layout, outcomes: terms.outcomes).rows, split: terms.split,
      client: terms.client)
    guard !parts.training.isEmpty, !parts.unseen.isEmpty else {
      throw KnobError(
        "\(table.name) has too few rows to learn from and be measured on", ofData: true)
    }
    let target = try experiment.target(
      knobs, inputs: terms.encoding.inputCount, outputs: terms.outcomes.count)
    guard target.parameterCount <= Self.mostWeights else {
      throw KnobError(
        "the server's networks have \(target.parameterCount) numbers, too many to send")
    }
    let rows = ClientRows(
      [
        .init(
          training: parts.training.map(terms.encoding.row),
          unseen: parts.unseen.map(terms.encoding.row))
      ], inputs: terms.encoding.inputCount, outputs: terms.outcomes.count,
      evaluationCount: terms.evaluationCount)
    worker = ClientWorker(
      rows: rows, target: target, measure: experiment.measure(knobs), seed: terms.seed,
      index: terms.index)
    self.terms = terms
    return Self.sums(parts, terms.layout)
  }
}
