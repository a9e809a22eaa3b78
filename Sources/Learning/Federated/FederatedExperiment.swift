import Autodiff

/// An experiment whose clients may be elsewhere, each with a table of its own.
package protocol FederatedExperiment: Experiment {
  /// How a client's table is parted.
  var parting: RowParting { get }
  /// Clients with fewer rows take no part.
  var fewestRows: Int { get }
  var fewestClients: Int { get }
  /// Whether inputs are brought to a scale that all share.
  var isScaled: Bool { get }
  /// Whether a run can have these outcomes, and perhaps more.
  func accepts(_ outcomes: Set<String>) -> Bool
  /// Outcomes in order, of those that were found; throws where there are too many or too few.
  func outcomes(_ found: Set<String>) throws(KnobError) -> [String]
  /// Which of so many clients, in order, come late.
  func late(of clients: Int, split: Int) -> Set<Int>
  /// What is told of a client.
  /// - Parameter counts: rows by outcome.
  func attributes(
    label: String, outcomes: [String], counts: [Int]
  ) -> [TaskDescription.Attribute]
  func measure(_ knobs: KnobValues) -> OutcomeMeasure
  /// Every client's table as CSV, of the data that a run in one process has.
  func tables(_ knobs: KnobValues) throws(KnobError) -> [(client: String, text: String)]
  /// How many examples a late client is fitted on.
  /// - Parameters:
  ///   - trained: rows to train on of every client.
  ///   - late: those of the late ones.
  func fittingExamples(of all: [Int], late: [Int]) -> Int
  func target(_ knobs: KnobValues, inputs: Int, outputs: Int) throws(KnobError) -> any LayeredTarget
  func model(
    _ knobs: KnobValues, family: any TaskFamily, fitting examples: Int,
    exchange: (any ClientExchange)?
  ) throws(KnobError) -> HypernetworkModel
}

extension FederatedExperiment {
  /// What methods that have all rows in one place would train: the same clients and target network.
  package func rivals(_ knobs: KnobValues) throws(KnobError) -> MethodSetting? {
    guard let contest = Contests.named(name) else { return nil }
    var own = KnobValues(contest.knobs)
    for knob in self.knobs where knob.effect == .rebuild {
      if let value = knobs[knob.name] { own[knob.name] = value }
    }
    // New tasks are not looked at.
    own["test-shots"] = .integer(1)
    return try contest.setting(own)
  }

  package func target(
    _ knobs: KnobValues, inputs: Int, outputs: Int
  ) throws(KnobError) -> any LayeredTarget {
    MLP(
      widths: [inputs] + knobs.widths("target-widths") + [outputs],
      activation: CommonKnobs.activation(knobs, "target-activation"))
  }
}

/// What a client must know to take part: everything but the others' rows.
package struct ClientTerms: Codable, Hashable, Sendable {
  package var experiment: String
  /// By knob, as typed.
  package var knobs: [String: String]
  package var seed: UInt64
  package var layout: TableLayout
  package var outcomes: [String]
  package var encoding: RowEncoding
  package var split: Int
  /// The client's name, by which its rows are parted.
  package var client: String
  /// The client's place among all, those that come late being last.
  package var index: Int
  /// See `ClientRows.evaluationCount`.
  package var evaluationCount: Int

  package init(
    experiment: String, knobs: [String: String], seed: UInt64, layout: TableLayout,
    outcomes: [String], encoding: RowEncoding, split: Int, client: String, index: Int,
    evaluationCount: Int
  ) {
    self.experiment = experiment
    self.knobs = knobs
    self.seed = seed
    self.layout = layout
    self.outcomes = outcomes
    self.encoding = encoding
    self.split = split
    self.client = client
    self.index = index
    self.evaluationCount = evaluationCount
  }
}

/// Clients that are elsewhere: who they are, and of their rows how many.
package struct DistantClients: TaskFamily {
  package let tasks: [TaskDescription]
  package let inputCount, outputCount: Int
  package let evaluationCount: Int
  package let mostShots: Int?
  package let measure: OutcomeMeasure
  package let objective = Objective.crossEntropy
  package var metricName: String { measure.rawValue }
  package let pictureCount = 1

  package init(
    tasks: [TaskDescription], inputs: Int, outputs: Int, evaluationCount: Int, mostShots: Int?,
    measure: OutcomeMeasure
  ) {
    self.tasks = tasks
    inputCount = inputs
    outputCount = outputs
    self.evaluationCount = evaluationCount
    self.mostShots = mostShots
    self.measure = measure
  }

  // Their rows are nowhere here: zeros stand for them where a graph has a place for some.

  package func fillBatch(
    tasks: UnsafeBufferPointer<Int>, examples: Int, key: RandomKey,
    x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>
  ) {
    x.update(repeating: 0)
    y.update(repeating: 0)
  }

  package func fillEvaluation(
    x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>
  ) {
    x.update(repeating: 0)
    y.update(repeating: 0)
  }

  package func description(of task: Int) -> [Float] { [] }
  package func neighbours(of task: Int) -> [(task: Int, weight: Float)] { [] }
  package func fillPicture(reference: Int?, x: UnsafeMutableBufferPointer<Float>) {
    x.update(repeating: 0)
  }

  package func behaviour(reference: Int?, outputs: UnsafeBufferPointer<Float>) -> Behaviour {
    .curve(.init(x: [], prediction: [], truth: nil, points: [], error: nil))
  }
}
