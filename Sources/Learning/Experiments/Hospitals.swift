import Autodiff

/// Patients whose rows never leave their hospital: a server writes a small network for every hospital that
/// says who dies within a year, and learns from what the hospitals return.
public struct Hospitals: FederatedExperiment {
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
      .choice(OutcomeMeasure.allCases.map(\.rawValue)),
      standard: .choice(OutcomeMeasure.accuracy.rawValue), effect: .rebuild),
  ]

  static func family(_ knobs: KnobValues) throws(KnobError) -> HospitalRows {
    try HospitalRows(
      PatientTable.named(knobs.text("data")), split: knobs.integer("split"),
      measure: OutcomeMeasure(rawValue: knobs.choice("measure")) ?? .accuracy)
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
    return try model(knobs, family: family, fitting: family.mostShots ?? 1, exchange: nil)
  }

  package func model(
    _ knobs: KnobValues, family: any TaskFamily, fitting examples: Int,
    exchange: (any ClientExchange)?
  ) throws(KnobError) -> HypernetworkModel {
    try FederatedKnobs.model(
      knobs, family: family,
      target: target(knobs, inputs: family.inputCount, outputs: family.outputCount),
      rounds: standardSteps,
      fitting: ContextFitting(examples: examples, steps: 50, rate: 0.03, starts: 1),
      exchange: exchange)
  }
}

// MARK: Hospitals elsewhere

extension Hospitals {
  package var parting: RowParting { .drawn }
  package var fewestRows: Int { HospitalRows.fewest }
  package var fewestClients: Int { HospitalRows.fewestHospitals }
  package var isScaled: Bool { true }

  package func outcomes(_ found: Set<String>) throws(KnobError) -> [String] {
    guard found.count == 2 else {
      throw KnobError(
        found.isEmpty
          ? "the hospitals have no outcome that is known; two are told apart"
          : "all hospitals have the outcome \(found.sorted().joined(separator: ", ")) alone; two are told "
            + "apart", ofData: true)
    }
    return PatientTable.ordered(found)
  }

  package func accepts(_ outcomes: Set<String>) -> Bool { outcomes.count <= 2 }

  package func tables(
    _ knobs: KnobValues
  ) throws(KnobError) -> [(client: String, text: String)] {
    let table = try PatientTable.named(knobs.text("data"))
    let head = (table.columns + [table.label]).joined(separator: ",")
    return table.hospitals.map { hospital in
      let rows = hospital.patients.map { patient in
        (patient.x.map { $0.map { "\($0)" } ?? "NA" } + ["\(patient.outcome)"])
          .joined(separator: ",")
      }
      return (hospital.name, ([head] + rows).joined(separator: "\n") + "\n")
    }
  }

  package func late(of clients: Int, split: Int) -> Set<Int> {
    HospitalRows.late(of: clients, split: split)
  }

  package func attributes(
    label: String, outcomes: [String], counts: [Int]
  ) -> [TaskDescription.Attribute] {
    HospitalRows.attributes(label: label, patients: counts.reduce(0, +), happened: counts[1])
  }

  package func measure(_ knobs: KnobValues) -> OutcomeMeasure {
    OutcomeMeasure(rawValue: knobs.choice("measure")) ?? .accuracy
  }

  package func fittingExamples(of all: [Int], late: [Int]) -> Int { late.min() ?? 1 }
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
