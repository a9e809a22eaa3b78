import Autodiff

/// Patients whose rows never leave their hospital: a server writes a small network for every hospital that
/// says who dies within a year, and learns from what the hospitals return.
public struct Hospitals: Experiment {
  public let name = "hospitals"
  public let summary = "patients of many hospitals, whose rows stay there: who dies within a year"
  public let standardSteps = 100
  public let evaluationInterval = 10
  public let knobs: [Knob]

  /// Where the patients come from.
  static let source: [Knob] = [
    Knob(
      "data", title: "data",
      help: "a folder with a CSV file for each hospital; nothing is the lung cancer patients",
      .text("the path of a folder"), standard: .text(""), effect: .rebuild),
    Knob(
      "split", title: "split",
      help: "which of the ways to part patients, and hospitals that come late",
      .integer(0...Contest.mostSplits - 1), standard: .integer(0), effect: .rebuild),
    Knob(
      "measure", title: "measure",
      help: "what stands beside the loss: accuracy, or the area under the ROC curve",
      .choice(HospitalRows.Measure.allCases.map(\.rawValue)),
      standard: .choice(HospitalRows.Measure.accuracy.rawValue), effect: .rebuild),
  ]

  static func family(_ knobs: KnobValues) throws(KnobError) -> HospitalRows {
    try HospitalRows(
      PatientTable.named(knobs.text("data")), split: knobs.integer("split"),
      measure: HospitalRows.Measure(rawValue: knobs.choice("measure")) ?? .accuracy)
  }

  public init() {
    knobs =
      Self.source + FederatedKnobs.rounds(clients: 4, most: 500)
      + FederatedKnobs.local(steps: 5, rate: 1e-2, effect: .live)
      + CommonKnobs.training(rate: 3e-3, clip: 0, optimizer: .adam) + [
        CommonKnobs.examples(16),
        CommonKnobs.contextCount(4),
        CommonKnobs.hyperWidths([16, 4]),
        CommonKnobs.hyperActivation(.tanh),
        CommonKnobs.targetWidths([4]),
        CommonKnobs.targetActivation(.tanh),
        CommonKnobs.spread(0.3),
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
        examples: family.mostShots ?? 1, steps: 50, rate: 0.03, starts: 1))
  }
}

extension Hospitals {
  /// Methods on the same hospitals; every seed parts their patients anew.
  static let contest = Contest(
    name: "hospitals",
    summary: "patients of several hospitals, two of which come late with 6 patients each",
    knobs: source
      + MethodSetting.knobs(
        rate: 3e-3, metaRate: 3e-3, tasksPerStep: 4, examples: 16, shots: 6, testShots: 6,
        innerRate: 0.03, localSteps: 5, localRate: 1e-2, contexts: 4, hyperWidths: [16, 4],
        targetWidths: [4], targetActivation: .tanh),
    standardSteps: 100, splitsBySeed: true,
    family: { (knobs) throws(KnobError) in try family(knobs) })
}
