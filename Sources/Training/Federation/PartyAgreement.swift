import Foundation
import Learning

/// What a server is given to begin with.
package struct PartyPlan {
  package let experiment: any FederatedExperiment
  package let knobs: KnobValues
  package let seed: UInt64
  /// How many clients there are to be.
  package let clients: Int
  /// What the server says of the tables; what it leaves open the first client's columns say.
  package let layout: PatientTable.Layout
  /// Who they are, where that is known from a session.
  package let names: [String]?

  package init(
    _ experiment: any FederatedExperiment, knobs: KnobValues, seed: UInt64, clients: Int,
    layout: PatientTable.Layout, names: [String]? = nil
  ) {
    self.names = names
    self.experiment = experiment
    self.knobs = knobs
    self.seed = seed
    self.clients = clients
    self.layout = layout
  }
}

extension PartyServer {
  /// Waits until as many clients are there as there are to be, and agrees with them on how their tables
  /// are read and scaled; nil when `isOver` says so before. Clients that cannot take part are turned away
  /// and others waited for.
  package func agree(
    _ plan: PartyPlan, isOver: () -> Bool
  ) throws(KnobError) -> DistantExperiment? {
    while !isOver(), closed == nil {
      guard connected.count >= plan.clients else {
        pump(within: 0.1)
        continue
      }
      if let experiment = try attempt(plan) { return experiment }
    }
    return nil
  }

  private func attempt(_ plan: PartyPlan) throws(KnobError) -> DistantExperiment? {
    let experiment = plan.experiment
    if let known = plan.names,
      let stranger = connected.first(where: { !known.contains($0) })
    {
      turnAway(stranger, "the session has no client of that name")
      return nil
    }
    // A client answers about one layout and from one place only: those who have are asked the same again.
    forgetSettlement(unlessAmong: connected)
    let settled = settlement
    let names = connected.inNaturalOrder
    guard names.count == plan.clients else {
      let surplus = names.filter { settled?.places[$0] == nil }.suffix(names.count - plan.clients)
      for name in surplus { turnAway(name, "there are \(plan.clients) clients already") }
      return nil
    }

    // Which columns there are.
    var columns: [[String]] = []
    for (name, answer) in zip(names, questions(names) { _ in .describe }) {
      guard case .description(let found, _) = answer, !found.isEmpty else {
        leaveOut(name, answer)
        continue
      }
      columns.append(found)
    }
    guard columns.count == names.count, let first = columns.first else { return nil }
    // Where nobody says which, those that most have; whoever lacks one is told when it is asked.
    var common: [String] = []
    for column in columns.joined() where !common.contains(column) {
      if 2 * columns.count(where: { $0.contains(column) }) > columns.count { common.append(column) }
    }
    let chosen = plan.layout.label ?? first.last(where: common.contains) ?? first[first.count - 1]
    let layout =
      settled?.layout
      ?? TableLayout(
        label: chosen, columns: plan.layout.columns ?? common.filter { $0 != chosen },
        missing: plan.layout.missing)
    let label = layout.label
    guard !layout.columns.isEmpty, !layout.columns.contains(label) else {
      throw KnobError(
        "there is no column to predict '\(label)' from; name label and columns in the layout",
        ofData: true)
    }

    // How many rows of which outcomes.
    settle(layout, with: names)
    var counts: [[String: Int]] = []
    for (name, answer) in zip(names, questions(names) { _ in .count(layout) }) {
      guard case .counts(let found, _) = answer, found.values.allSatisfy({ 1...1_000_000 ~= $0 })
      else {
        leaveOut(name, answer)
        continue
      }
      let known = found.values.reduce(0, +)
      guard known >= experiment.fewestRows else {
        turnAway(
          name, "it has \(known) rows whose '\(label)' is known; it takes \(experiment.fewestRows)")
        continue
      }
      let others = settled?.outcomes.map { Set($0) } ?? Set(counts.flatMap(\.keys))
      let isKnown = settled?.outcomes == nil || others.isSuperset(of: found.keys)
      guard isKnown, experiment.accepts(others.union(found.keys)) else {
        turnAway(
          name,
          others.isEmpty
            ? "it has \(found.count) different outcomes of '\(label)', more than are told apart"
            : "its outcomes of '\(label)' are not those of the others")
        continue
      }
      counts.append(found)
    }
    guard counts.count == names.count else { return nil }
    let found = try experiment.outcomes(Set(counts.flatMap(\.keys)))
    let outcomes = settled?.outcomes ?? found

    // Who comes late stands last; who has a place keeps it.
    let split = plan.knobs.integer("split")
    let late = experiment.late(of: names.count, split: split)
    var order = names.indices.filter { !late.contains($0) } + names.indices.filter(late.contains)
    if let places = settled?.places, !places.isEmpty {
      var newcomers = order.filter { places[names[$0]] == nil }[...]
      let holders = Dictionary(
        uniqueKeysWithValues: names.indices.compactMap { name in
          places[names[name]].map { ($0, name) }
        })
      order = order.indices.compactMap { holders[$0] ?? newcomers.popFirst() }
    }
    let clients = order.map { names[$0] }
    let trained = names.count - late.count
    settle(outcomes, of: clients)
    var sums: [RowSums] = []
    let asked = questions(clients) {
      .sum(
        outcomes: outcomes, parting: experiment.parting, split: split, index: $0,
        fewest: experiment.fewestRows)
    }
    for (name, answer) in zip(clients, asked) {
      guard case .sums(let found) = answer, 1...1_000_000 ~= found.training,
        1...1_000_000 ~= found.unseen,
        found.columns.isSensible(columns: layout.columns.count, rows: found.training)
      else {
        leaveOut(name, answer)
        continue
      }
      sums.append(found)
    }
    guard sums.count == clients.count else { return nil }
    if !experiment.isScaled,
      let gap = sums.firstIndex(where: { $0.columns.hasGaps.contains(true) })
    {
      turnAway(clients[gap], "it has missing values, which \(experiment.name) does not take")
      return nil
    }
    let encoding =
      experiment.isScaled
      ? RowEncoding(
        trained: sums.prefix(trained).map(\.columns), all: sums.map(\.columns),
        columns: layout.columns.count, outcomes: outcomes.count)
      : RowEncoding(columns: layout.columns.count, outcomes: outcomes.count)
    let evaluationCount = ClientRows.evaluationCount(of: sums.map(\.unseen))
    let terms = clients.indices.map { index in
      ClientTerms(
        experiment: experiment.name, knobs: plan.knobTexts, seed: plan.seed, layout: layout,
        outcomes: outcomes, encoding: encoding, split: split, index: index,
        evaluationCount: evaluationCount)
    }
    var isAgreed = true
    for (index, answer) in questions(clients, { .begin(terms[$0]) }).enumerated() {
      guard case .sums(let found) = answer, found == sums[index] else {
        leaveOut(clients[index], answer)
        isAgreed = false
        continue
      }
    }
    guard isAgreed else { return nil }

    let training = sums.map(\.training)
    let lateTraining = Array(training[trained...])
    let family = DistantClients(
      tasks: clients.indices.map { index in
        TaskDescription(
          clients[index], role: index < trained ? .training : .heldOut,
          attributes: experiment.attributes(
            label: label, outcomes: outcomes,
            counts: outcomes.map { counts[order[index]][$0] ?? 0 }))
      }, inputs: encoding.inputCount, outputs: outcomes.count, evaluationCount: evaluationCount,
      mostShots: lateTraining.min(), measure: experiment.measure(plan.knobs))
    agree(Agreement(names: clients, trained: trained, terms: terms, sums: sums))
    let used = Set(layout.columns + [label])
    let unused = zip(names, columns).map { ($0, $1.filter { !used.contains($0) }) }
    report(label: label, columns: layout.columns, unused: unused.filter { !$1.isEmpty })
    return DistantExperiment(
      experiment, family: family,
      fittingExamples: experiment.fittingExamples(of: training, late: lateTraining),
      exchange: self)
  }

  /// Of a client that is gone or slow nothing more is said; one that answered something else is told.
  private func leaveOut(_ name: String, _ answer: PartyMessage.Body?) {
    if answer != nil { turnAway(name, "it answered something else than it was asked") }
  }
}

extension PartyPlan {
  /// The knobs that say what a client's network is like, as typed.
  fileprivate var knobTexts: [String: String] {
    var texts: [String: String] = [:]
    for knob in experiment.knobs where !["data", "split"].contains(knob.name) {
      if let value = knobs[knob.name] { texts[knob.name] = "\(value)" }
    }
    return texts
  }
}
