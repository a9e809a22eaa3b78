import Autodiff
import Learning

/// A client of a federation: holds a table of rows, answers the server's questions, and lets no row out.
package final class PartyClient {
  private let table: CSVTable
  private var layout: TableLayout?
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
      return PartyMessage(question.id, .problem(error.description)).encoded
    }
  }

  private func answer(
    _ question: PartyMessage
  ) throws(KnobError) -> (PartyMessage.Body, [Float]) {
    switch question.body {
    case .describe:
      return (.description(columns: table.columns, rows: table.rows.count), [])
    case .count(let layout):
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
      self.layout = layout
      return (.counts(counts, unknown: unknown), [])
    case .sum(let outcomes, let parting, let split, let index, let fewest):
      guard let layout else { throw KnobError("the server asks for sums before it says of what") }
      let rows = try table.rows(layout, outcomes: outcomes).rows
      // Sums of a few rows say too much about each.
      guard rows.count >= max(fewest, Self.fewestSummed) else {
        throw KnobError(
          "\(table.name) has \(rows.count) rows whose outcome is known; it takes "
            + "\(max(fewest, Self.fewestSummed))", ofData: true)
      }
      return (.sums(Self.sums(parting.parts(rows, split: split, index: index), layout)), [])
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

  private static let mostOutcomes = 100
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
    guard terms.encoding.fits(columns: terms.layout.columns.count, outcomes: terms.outcomes.count),
      0...1_000_000 ~= terms.evaluationCount, terms.evaluationCount > 0, terms.index >= 0,
      terms.split >= 0
    else { throw KnobError("the server's terms make no sense") }
    var knobs = KnobValues(experiment.knobs)
    for (name, text) in terms.knobs.sorted(by: { $0.key < $1.key }) {
      try knobs.set(name, to: text)
    }
    let parts = experiment.parting.parts(
      try table.rows(terms.layout, outcomes: terms.outcomes).rows, split: terms.split,
      index: terms.index)
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
