import Autodiff

/// Digits dealt out to clients that see two classes each and keep them: a hypernetwork on the server learns
/// to write a network for every client from what they return (Shamsian et al. 2021).
public struct NonIIDDigits: FederatedExperiment {
  public let name = "non-iid-digits"
  public let summary =
    "clients with two digits each keep their images; a server writes a network for every one"
  public let standardSteps = 1000
  public let evaluationInterval = 20
  public let knobs: [Knob]

  /// How the digits are dealt out.
  static let dealing: [Knob] = [
    Knob(
      "clients", title: "clients", help: "how many there are; the last tenth of them come late",
      .integer(2...100), standard: .integer(10), effect: .rebuild),
    Knob(
      "classes", title: "classes a client", help: "how many of the ten digits a client sees",
      .integer(1...10), standard: .integer(2), effect: .rebuild),
    Knob(
      "split", title: "split", help: "which of the ways to deal the images out",
      .integer(0...Contest.mostSplits - 1), standard: .integer(0), effect: .rebuild),
  ]

  static func family(_ knobs: KnobValues) throws(KnobError) -> ClientDigits {
    try ClientDigits(
      clients: knobs.integer("clients"), classes: knobs.integer("classes"),
      split: knobs.integer("split"))
  }

  public init() {
    knobs =
      Self.dealing + FederatedKnobs.rounds(clients: 5, most: 100)
      + FederatedKnobs.local(steps: 20, rate: 5e-3, effect: .live)
      + CommonKnobs.training(rate: 1e-2, clip: 0, optimizer: .adam) + [
        CommonKnobs.examples(32),
        CommonKnobs.contextCount(16),
        CommonKnobs.hyperWidths([64, 32]),
        CommonKnobs.hyperActivation(.tanh),
        CommonKnobs.targetWidths([3]),
        CommonKnobs.targetActivation(.tanh),
        CommonKnobs.spread(0.5),
        CommonKnobs.noise(0.3),
        CommonKnobs.initialization(.hyperfanIn),
      ] + CommonKnobs.generation
  }

  public func model(_ knobs: KnobValues) throws(KnobError) -> any ExperimentModel {
    let family = try Self.family(knobs)
    return try model(
      knobs, family: family, fitting: family.rows.fewestToTrain, exchange: nil)
  }

  package func model(
    _ knobs: KnobValues, family: any TaskFamily, fitting examples: Int,
    exchange: (any ClientExchange)?
  ) throws(KnobError) -> HypernetworkModel {
    try FederatedKnobs.model(
      knobs, family: family,
      target: target(knobs, inputs: family.inputCount, outputs: family.outputCount),
      rounds: standardSteps,
      fitting: ContextFitting(examples: examples, steps: 300, rate: 0.05, starts: 6),
      exchange: exchange)
  }
}

// MARK: Clients elsewhere

extension NonIIDDigits {
  package var parting: RowParting { .first }
  package var fewestRows: Int { ClientDigits.fewest }
  package var fewestClients: Int { 2 }
  package var isScaled: Bool { false }

  package func outcomes(_ found: Set<String>) throws(KnobError) -> [String] {
    let all = (0..<10).map(String.init)
    if let other = found.subtracting(all).min() {
      throw KnobError("a client has the digit '\(other)'; digits are 0 to 9", ofData: true)
    }
    return all
  }

  package func accepts(_ outcomes: Set<String>) -> Bool {
    outcomes.isSubset(of: (0..<10).map(String.init))
  }

  package func tables(
    _ knobs: KnobValues
  ) throws(KnobError) -> [(client: String, text: String)] {
    let family = try Self.family(knobs)
    let rows = family.rows
    let head = ((1...rows.inputCount).map { "p\($0)" } + ["digit"]).joined(separator: ",")
    return family.tasks.enumerated().map { client, task in
      // Digit by digit, those that nobody trains on first: that is how a client's table is parted.
      let lines = (Array(rows.unseen[client]) + Array(rows.training[client])).map { row in
        let digit = (0..<rows.outputCount).first { rows.y[row * rows.outputCount + $0] == 1 } ?? 0
        return
          (rows.x[row * rows.inputCount..<(row + 1) * rows.inputCount].map { "\($0)" }
          + ["\(digit)"]).joined(separator: ",")
      }
      return (task.name, ([head] + lines).joined(separator: "\n") + "\n")
    }
  }

  package func late(of clients: Int, split: Int) -> Set<Int> {
    Set(clients - ClientDigits.lateCount(of: clients)..<clients)
  }

  package func attributes(
    label: String, outcomes: [String], counts: [Int]
  ) -> [TaskDescription.Attribute] {
    ClientDigits.attributes(labels: counts.indices.filter { counts[$0] > 0 })
  }

  package func measure(_ knobs: KnobValues) -> OutcomeMeasure { .accuracy }
  package func fittingExamples(of all: [Int], late: [Int]) -> Int { all.min() ?? 1 }
}

extension NonIIDDigits {
  /// Methods on the same clients. A step is a round for those that train at the clients.
  static let contest = Contest(
    name: "non-iid-digits",
    summary: "clients with two digits each, one of ten of them late with 24 images",
    knobs: dealing
      + MethodSetting.knobs(
        rate: 1e-2, metaRate: 3e-3, tasksPerStep: 5, examples: 32, shots: 24, testShots: 24,
        innerRate: 0.1, localSteps: 20, contexts: 16, hyperWidths: [64, 32], targetWidths: [3],
        targetActivation: .tanh),
    standardSteps: 1000, splitsBySeed: true,
    family: { (knobs) throws(KnobError) in try family(knobs) })
}
