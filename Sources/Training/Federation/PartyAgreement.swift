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
  ) -> DistantExperiment? {
    while !isOver(), closed == nil {
      guard connected.count >= plan.clients else {
        pump(within: 0.1)
        continue
      }
      if let experiment = attempt(plan) { return experiment }
    }
    return nil
  }

  private func attempt(_ plan: PartyPlan) -> DistantExperiment? {
    guard let names = candidates(plan), let columns = columns(of: names),
      let layout = layout(plan, names, columns),
      let (counts, outcomes) = counts(of: names, layout, plan.experiment)
    else { return nil }

    // Who comes late stands last.
    let experiment = plan.experiment
    let split = plan.knobs.integer("split")
    let late = experiment.late(of: names.count, split: split)
    let order = names.indices.filter { !late.contains($0) } + names.indices.filter(late.contains)
    let clients = order.map { names[$0] }
    let trained = names.count - late.count
    guard let sums = sums(of: clients, layout, outcomes, plan) else { return nil }

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
        outcomes: outcomes, encoding: encoding, split: split, client: clients[index], index: index,
        evaluationCount: evaluationCount)
    }
    let beginnings: [RowSums]? = answers(
      of: clients, to: { .begin(terms[$0]) },
      read: { index, body in
        if case .sums(let found) = body, found == sums[index] { found } else { nil }
      })
    guard beginnings != nil else { return nil }

    let training = sums.map(\.training)
    let lateTraining = Array(training[trained...])
    let family = DistantClients(
      tasks: clients.indices.map { index in
        TaskDescription(
          clients[index], role: index < trained ? .training : .heldOut,
          attributes: experiment.attributes(
            label: layout.label, outcomes: outcomes,
            counts: outcomes.map { counts[order[index]][$0] ?? 0 }))
      }, inputs: encoding.inputCount, outputs: outcomes.count, evaluationCount: evaluationCount,
      mostShots: lateTraining.min(), measure: experiment.measure(plan.knobs))
    agree(Agreement(names: clients, trained: trained, terms: terms, sums: sums))
    report(layout, clients: names, columns: columns)
    return DistantExperiment(
      experiment, family: family,
      fittingExamples: experiment.fittingExamples(of: training, late: lateTraining),
      exchange: self)
  }

  // MARK: Step by step

  /// As many clients as there are to be, in order; nil where there are others, who are turned away.
  private func candidates(_ plan: PartyPlan) -> [String]? {
    if let known = plan.names,
      let stranger = connected.first(where: { !known.contains($0) })
    {
      turnAway(stranger, "the session has no client of that name")
      return nil
    }
    let names = connected.inNaturalOrder
    forgetSettlement(unlessAmong: names)
    guard names.count > plan.clients else { return names.count == plan.clients ? names : nil }
    // Who was asked already stays.
    let surplus = names.filter { settlement?.names.contains($0) != true }
    for name in surplus.suffix(names.count - plan.clients) {
      turnAway(name, "there are \(plan.clients) clients already")
    }
    return nil
  }

  /// Asks all; nil unless all answer as they should. Who does not is turned away: others may come.
  private func answers<Answer>(
    of names: [String], to question: (Int) -> PartyMessage.Body,
    read: (Int, PartyMessage.Body) -> Answer?
  ) -> [Answer]? {
    var found: [Answer] = []
    for (index, body) in questions(names, question).enumerated() {
      if let body, let answer = read(index, body) {
        found.append(answer)
      } else {
        leaveOut(names[index], body)
      }
    }
    return found.count == names.count ? found : nil
  }

  private func columns(of names: [String]) -> [[String]]? {
    answers(
      of: names, to: { _ in .describe },
      read: { _, body in
        guard case .description(let columns, _) = body, Self.areSensible(columns) else {
          return nil
        }
        return columns
      })
  }

  private static let mostColumns = 1000
  private static let longestColumn = 200

  private static func areSensible(_ columns: [String]) -> Bool {
    1...mostColumns ~= columns.count && Set(columns).count == columns.count
      && columns.allSatisfy { 1...longestColumn ~= $0.utf8.count }
  }

  /// How all are read: as some were told before, or as most can be.
  private func layout(
    _ plan: PartyPlan, _ names: [String], _ columns: [[String]]
  ) -> TableLayout? {
    let layout =
      settlement?.layout
      ?? TableLayout(
        tables: columns, label: plan.layout.label, columns: plan.layout.columns,
        missing: plan.layout.missing)
    guard let layout else {
      for name in names {
        turnAway(
          name,
          "there is no label and column to predict it from that most clients share; name them in a layout"
        )
      }
      return nil
    }
    settle(layout, with: names)
    return layout
  }

  /// How many rows of which outcomes everybody has, and the outcomes in order: those that most have, as far
  /// as they can be told apart.
  private func counts(
    of names: [String], _ layout: TableLayout, _ experiment: any FederatedExperiment
  ) -> (counts: [[String: Int]], outcomes: [String])? {
    let found: [[String: Int]]? = answers(
      of: names, to: { _ in .count(layout) },
      read: { _, body in
        guard case .counts(let found, _) = body,
          found.values.allSatisfy({ 1...1_000_000 ~= $0 })
        else { return nil }
        return found
      })
    guard let found else { return nil }

    var known = Set(settlement?.outcomes ?? [])
    if known.isEmpty {
      var votes: [String: Int] = [:]
      for outcome in found.flatMap(\.keys) { votes[outcome, default: 0] += 1 }
      for (outcome, _) in votes.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) })
      where experiment.accepts(known.union([outcome])) {
        known.insert(outcome)
      }
    }
    var isWhole = true
    for (name, counts) in zip(names, found) {
      let rows = counts.values.reduce(0, +)
      let why: String? =
        if rows < experiment.fewestRows {
          "it has \(rows) rows whose '\(layout.label)' is known; it takes \(experiment.fewestRows)"
        } else if !known.isSuperset(of: counts.keys) {
          "it has other outcomes of '\(layout.label)' than most, or more than are told apart"
        } else { nil }
      if let why {
        turnAway(name, why)
        isWhole = false
      }
    }
    guard isWhole else { return nil }
    if let told = settlement?.outcomes { return (found, told) }
    do throws(KnobError) { return (found, try experiment.outcomes(known)) } catch {
      for name in names { turnAway(name, error.description) }
      return nil
    }
  }

  private func sums(
    of clients: [String], _ layout: TableLayout, _ outcomes: [String], _ plan: PartyPlan
  ) -> [RowSums]? {
    let experiment = plan.experiment
    settle(outcomes)
    let sums: [RowSums]? = answers(
      of: clients,
      to: {
        .sum(
          outcomes: outcomes, parting: experiment.parting, split: plan.knobs.integer("split"),
          client: clients[$0], fewest: experiment.fewestRows)
      },
      read: { _, body in
        guard case .sums(let found) = body, 1...1_000_000 ~= found.training,
          1...1_000_000 ~= found.unseen,
          found.columns.isSensible(columns: layout.columns.count, rows: found.training)
        else { return nil }
        return found
      })
    guard let sums else { return nil }
    if !experiment.isScaled,
      let gap = sums.firstIndex(where: { $0.columns.hasGaps.contains(true) })
    {
      turnAway(clients[gap], "it has missing values, which \(experiment.name) does not take")
      return nil
    }
    return sums
  }

  /// Of a client that is gone nothing more is said; one that is silent makes room for another.
  private func leaveOut(_ name: String, _ answer: PartyMessage.Body?) {
    guard answer == nil else {
      return turnAway(name, "it answered something else than it was asked")
    }
    guard connected.contains(name) else { return }
    turnAway(name, "it did not answer within \(patience) s; it may join again")
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
