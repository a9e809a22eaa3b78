import Autodiff

/// Digits dealt out to clients that see two classes each and keep them: a hypernetwork on the server learns
/// to write a network for every client from what they return (Shamsian et al. 2021).
public struct NonIIDDigits: Experiment {
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
    return try FederatedKnobs.model(
      knobs, family: family,
      target: MLP(
        widths: [family.inputCount] + knobs.widths("target-widths") + [family.outputCount],
        activation: CommonKnobs.activation(knobs, "target-activation")),
      rounds: standardSteps,
      fitting: ContextFitting(
        examples: family.rows.fewestToTrain, steps: 300, rate: 0.05, starts: 6))
  }
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
