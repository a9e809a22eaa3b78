/// Digits learned in turn: a few classes after the others, or all of them with the pixels in ever new
/// orders. The hypernetwork goes on generating earlier tasks' networks while it learns the next (von
/// Oswald et al. 2020, recipes “Split MNIST” and “Permuted MNIST”); one network that all tasks share
/// does so as EWC, SI, FiLM or nobody keeps it.
public struct ContinualDigits: Experiment {
  private enum Kind { case split, permuted }

  public let name: String
  public let summary: String
  public let evaluationInterval = 100
  public let knobs: [Knob]
  private let kind: Kind

  static let all = [ContinualDigits(.split), ContinualDigits(.permuted)]

  private init(_ kind: Kind) {
    self.kind = kind
    switch kind {
    case .split:
      name = "split-digits"
      summary = "continual learning: two digits after the others, and none of them forgotten"
      knobs =
        [
          Knob(
            "classes", title: "classes a task", help: "how many digits a task tells apart",
            .integer(2...50), standard: .integer(2), effect: .rebuild)
        ] + Self.knobs(steps: 1000, beta: 1, ewc: 3e3, si: 1)
    case .permuted:
      name = "permuted-digits"
      summary = "continual learning: the same digits with their pixels in one order after another"
      knobs =
        [
          Knob(
            "tasks", title: "tasks", help: "how many orders of the pixels are learned",
            .integer(2...100), standard: .integer(5), effect: .rebuild)
        ] + Self.knobs(steps: 1000, beta: 1, ewc: 3e3, si: 1)
    }
  }

  private static func knobs(steps: Int, beta: Double, ewc: Double, si: Double) -> [Knob] {
    ContinualMethod.knobs + ContinualMethod.strengths(beta: beta, ewc: ewc, si: si) + [
      Knob(
        "images", title: "images", help: "scikit-learn's 8 × 8 digits, or 5,000 of MNIST's",
        .choice(EmbeddedImages.allCases.map(\.rawValue)), standard: .choice("digits"),
        effect: .rebuild),
      Knob(
        "data", title: "data", help: "a folder with MNIST's four files, plain or .gz",
        .text("the path of a folder"), standard: .text(""), effect: .rebuild),
      Knob(
        "test-images", title: "test images",
        help: "unseen images that a task is measured on, where there are as many",
        .integer(10...100_000), standard: .integer(1000), effect: .rebuild),
      Knob(
        "steps-per-task", title: "steps a task", help: "how long each task is learned",
        .integer(1...1_000_000), standard: .integer(steps), effect: .rebuild),
      CommonKnobs.rate(6e-3),
      CommonKnobs.schedule(.settle),
      CommonKnobs.clip(1),
      CommonKnobs.examples(32),
      CommonKnobs.contextCount(8),
      CommonKnobs.hyperWidths([32, 32]),
      CommonKnobs.hyperActivation(.relu),
      CommonKnobs.targetWidths([32, 32]),
      CommonKnobs.targetActivation(.relu),
      CommonKnobs.spread(0.1),
      CommonKnobs.initialization(.hyperfanIn),
    ] + CommonKnobs.generation
  }

  public var standardSteps: Int { steps(KnobValues(knobs)) }

  public func steps(_ knobs: KnobValues) -> Int {
    // Of data that cannot be read no run is made.
    let tasks = (try? family(knobs))?.tasks.count ?? 5
    return knobs.integer("steps-per-task") * tasks
  }

  private func family(_ knobs: KnobValues) throws(KnobError) -> ImageTasks {
    let images = try ImageSet.named(
      knobs.text("data"), otherwise: EmbeddedImages(rawValue: knobs.choice("images")) ?? .digits)
    let most = knobs.integer("test-images")
    return switch kind {
    case .split:
      try ImageTasks(splitting: images, classes: knobs.integer("classes"), most: most)
    case .permuted: ImageTasks(permuting: images, tasks: knobs.integer("tasks"), most: most)
    }
  }

  public func model(_ knobs: KnobValues) throws(KnobError) -> any ExperimentModel {
    let family = try family(knobs)
    let method = ContinualMethod(rawValue: knobs.choice("method")) ?? .hypernetwork
    let target = MLP(
      widths: [family.inputCount] + knobs.widths("target-widths") + [family.outputCount],
      activation: CommonKnobs.activation(knobs, "target-activation"))
    let isGenerated = method == .hypernetwork
    let contexts = isGenerated ? knobs.integer("contexts") : family.trainingTaskCount
    let strategy: any Strategy =
      isGenerated
      ? try CommonKnobs.strategy(knobs, family: family, target: target.tensors)
      : TaskParts(
        target: target.tensors, gain: target.gain, contextCount: contexts,
        isModulated: method == .film)
    let scheme: any TrainingScheme =
      method == .joint
      ? MultiTaskScheme(
        tasksPerStep: family.trainingTaskCount, examples: knobs.integer("examples"),
        schedule: CommonKnobs.schedule(knobs), steps: steps(knobs))
      : ContinualScheme(
        stepsPerTask: knobs.integer("steps-per-task"), examples: knobs.integer("examples"),
        schedule: CommonKnobs.schedule(knobs), memory: method.memory(knobs), clips: true)
    return HypernetworkModel(
      family: family, target: target, strategy: strategy, scheme: scheme,
      conditioning: isGenerated ? .embedding : .description, contextCount: contexts,
      embeddingDeviation: knobs.real("spread"), optimizer: .adam,
      fitting: ContextFitting(examples: 100, steps: 200, rate: 0.05, starts: 4))
  }
}
