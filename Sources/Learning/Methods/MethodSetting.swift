import Autodiff

/// What all methods of a comparison have in common: the tasks, the target network, and knobs.
public struct MethodSetting: Sendable {
  public let family: any TaskFamily
  public let target: any TargetNetwork
  /// The c of the target's activation.
  public let gain: Float
  public let knobs: KnobValues

  public init(
    family: any TaskFamily, target: any TargetNetwork, gain: Float, knobs: KnobValues
  ) {
    self.family = family
    self.target = target
    self.gain = gain
    self.knobs = knobs
  }

  var tasksPerStep: Int {
    let most = family.isOpen ? Int.max : family.trainingTaskCount
    return min(knobs.integer("tasks-per-step"), most)
  }

  /// Examples of a task in a step of joint training; query examples of the others. Like shots they are
  /// counted for each class where a task compares classes.
  var examples: Int { knobs.integer("examples") * family.shotSize }
  /// Labelled examples of a task in meta-training, and of a new task in the test.
  var shots: Int { knobs.integer("shots") * family.shotSize }
  /// Where there is no knob for the test it is as training was.
  var testShots: Int {
    knobs["test-shots"] == nil ? shots : knobs.integer("test-shots") * family.shotSize
  }
  /// Whether there is a knob that makes the target network a transformer.
  var canHaveTransformer: Bool {
    knobs.knobs.contains { knob in
      guard knob.name == "target", case .choice(let networks) = knob.domain else { return false }
      return networks.contains("transformer")
    }
  }
  var contextCount: Int { knobs.integer("contexts") }
  var base: SharedBase {
    let deviation = knobs.real("weights")
    return SharedBase(
      target: target.tensors, gain: gain, deviation: deviation > 0 ? deviation : nil)
  }

  /// The size of a transformer that generates networks, and of a network that sees features.
  var hyperTransformer: HyperTransformer.Sizes {
    guard knobs["model"] != nil else { return HyperTransformer.Sizes() }
    return HyperTransformer.Sizes(
      model: Int(knobs.choice("model")) ?? 64, blocks: knobs.integer("blocks"),
      channels: knobs.widths("feature-channels"))
  }

  /// The strategy the knobs describe, its heads drawn for contexts of the size of 1, to which training
  /// takes them: embeddings begin smaller, as no noise is added here, and heads that made whole weights
  /// of so small differences would leave what lies between tasks as random as it began.
  func strategy() throws(KnobError) -> any Strategy {
    try CommonKnobs.strategy(
      knobs, contextCount: contextCount, contextSquare: 1, target: target.tensors, gain: gain,
      tasks: family.tasks.count)
  }
}

extension MethodSetting {
  /// Of a comparison whose target network can be a transformer.
  static let prefixLength = Knob(
    "prefix-length", title: "prefix length",
    help: "keys and values that prefix tuning puts in front of a block's own",
    .integer(1...32), standard: .integer(4), effect: .rebuild)

  /// Knobs of every comparison.
  static func knobs(
    rate: Double, metaRate: Double, tasksPerStep: Int, examples: Int, shots: Int, testShots: Int,
    weights: Double = 0,
    innerRate: Double = 0.01, localSteps: Int = 10, localRate: Double = 5e-3,
    schedule: RateSchedule = .cosine, contexts: Int,
    hyperWidths: [Int], targetWidths: [Int], targetActivation: Activation
  ) -> [Knob] {
    [
      Knob(
        "rate", title: "learning rate", help: "the size of a step where tasks are trained jointly",
        .real(0...1, logarithmic: true), standard: .real(rate), effect: .rebuild),
      Knob(
        "meta-rate", title: "meta rate",
        help: "the size of a step where it is adaptation that is trained",
        .real(0...1, logarithmic: true), standard: .real(metaRate), effect: .rebuild),
      CommonKnobs.schedule(schedule),
      CommonKnobs.clip(0, effect: .rebuild),
      CommonKnobs.tasksPerStep(tasksPerStep, most: 256),
      CommonKnobs.examples(examples),
      Knob(
        "shots", title: "training shots",
        help: "labelled examples of a task where it is adaptation that is trained",
        .integer(1...512), standard: .integer(shots), effect: .rebuild),
      Knob(
        "test-shots", title: "test shots", help: "labelled examples of a new task in the test",
        .integer(1...512), standard: .integer(testShots), effect: .rebuild),
      Knob(
        "inner-rate", title: "inner rate", help: "the size of an adaptation step in meta-training",
        .real(0...1, logarithmic: true), standard: .real(innerRate), effect: .rebuild),
      Knob(
        "inner-steps", title: "inner steps", help: "adaptation steps in meta-training",
        .integer(1...10), standard: .integer(1), effect: .rebuild),
      Knob(
        "reptile-steps", title: "Reptile steps", help: "adaptation steps of Reptile's training",
        .integer(2...32), standard: .integer(8), effect: .rebuild),
      Knob(
        "reptile-rate", title: "Reptile rate",
        help: "how far Reptile moves towards where the steps lead",
        .real(0...1, logarithmic: true), standard: .real(0.2), effect: .rebuild),
    ] + FederatedKnobs.local(steps: localSteps, rate: localRate, effect: .rebuild) + [
      Knob(
        "weights", title: "initial weights",
        help:
          "deviation of networks' weights at step 0 where nobody generates them; 0 is by fan-in",
        .real(0...10, logarithmic: true), standard: .real(weights), effect: .rebuild),
      CommonKnobs.contextCount(contexts),
      CommonKnobs.hyperWidths(hyperWidths),
      CommonKnobs.hyperActivation(.tanh),
      CommonKnobs.targetWidths(targetWidths, most: 512),
      CommonKnobs.targetActivation(targetActivation),
      CommonKnobs.spread(0.1),
      CommonKnobs.initialization(.hyperfanIn),
    ] + CommonKnobs.generation
  }
}
