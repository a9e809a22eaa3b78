import Autodiff

/// A curve for every chick: its weight from its first to its 21st day, written by one hypernetwork from an
/// embedding of eight numbers; a new chick is known by fitting those to the few days it was weighed on.
public struct Growth: Experiment {
  public let name = "growth"
  public let summary =
    "50 chicks grow: a network for each from a few numbers; new ones after some days"
  public let standardSteps = 2000
  public let evaluationInterval = 50
  public let knobs: [Knob]

  /// Where the rows come from.
  static let source: [Knob] = [
    Knob(
      "data", title: "data",
      help: "a CSV file: column user, inputs, the output last; nothing is the chicks",
      .text("the path of a file"), standard: .text(""), effect: .rebuild),
    Knob(
      "user", title: "user column",
      help: "the column that says whose a row is, if it is not 'user'",
      .text("the name of a column"), standard: .text(""), effect: .rebuild),
    Knob(
      "output", title: "output column", help: "the column to predict, if it is not the last",
      .text("the name of a column"), standard: .text(""), effect: .rebuild),
    Knob(
      "split", title: "split", help: "which of the ways to part rows and new users",
      .integer(0...Contest.mostSplits - 1), standard: .integer(0), effect: .rebuild),
  ]

  static func family(_ knobs: KnobValues) throws(KnobError) -> UserCurves {
    try UserCurves(
      UserTable.named(
        knobs.text("data"), user: knobs.text("user"), output: knobs.text("output")),
      split: knobs.integer("split"))
  }

  public init() {
    knobs =
      Self.source + [
        Knob(
          "rows", title: "rows of a new user", help: "how many a new user is fitted to",
          .integer(1...512), standard: .integer(5), effect: .rebuild)
      ] + CommonKnobs.training(rate: 1e-2, clip: 1, optimizer: .adam) + [
        CommonKnobs.tasksPerStep(40, most: 5000),
        CommonKnobs.examples(8),
        CommonKnobs.contextCount(4),
        CommonKnobs.hyperWidths([32, 8]),
        CommonKnobs.hyperActivation(.tanh),
        CommonKnobs.targetWidths([8]),
        CommonKnobs.targetActivation(.tanh),
        CommonKnobs.spread(0.5),
        CommonKnobs.noise(0.1),
        CommonKnobs.pull(0.01),
        CommonKnobs.initialization(.hyperfanIn),
      ] + CommonKnobs.generation
  }

  public func model(_ knobs: KnobValues) throws(KnobError) -> any ExperimentModel {
    let family = try Self.family(knobs)
    let shots = knobs.integer("rows")
    if let most = family.mostShots, shots > most {
      throw KnobError(
        "rows=\(shots) is more than the \(most) rows a new user has to give here; choose fewer")
    }
    let target = MLP(
      widths: [family.inputCount] + knobs.widths("target-widths") + [family.outputCount],
      activation: CommonKnobs.activation(knobs, "target-activation"))
    return HypernetworkModel(
      family: family, target: target,
      strategy: try CommonKnobs.strategy(knobs, family: family, target: target.tensors),
      scheme: MultiTaskScheme(
        tasksPerStep: knobs.integer("tasks-per-step"), examples: knobs.integer("examples"),
        schedule: CommonKnobs.schedule(knobs), steps: standardSteps),
      contextCount: knobs.integer("contexts"), embeddingDeviation: knobs.real("spread"),
      optimizer: CommonKnobs.optimizer(knobs),
      fitting: ContextFitting(examples: shots, steps: 200, rate: 0.05, starts: 1))
  }
}

extension Growth {
  /// Methods on the same users; `--vary test-shots=1,3,5` says what a few rows of a new one are worth.
  static let contest = Contest(
    name: "growth",
    summary: "chicks' weights: 40 to learn from, 10 new ones after 5 days of weighing",
    knobs: source
      + MethodSetting.knobs(
        rate: 1e-2, metaRate: 3e-3, tasksPerStep: 40, examples: 8, shots: 5, testShots: 5,
        innerRate: 0.03, contexts: 4, hyperWidths: [32, 8], targetWidths: [8],
        targetActivation: .tanh),
    standardSteps: 2000, splitsBySeed: true,
    family: { (knobs) throws(KnobError) in try family(knobs) })
}
