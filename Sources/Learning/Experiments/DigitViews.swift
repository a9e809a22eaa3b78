import Autodiff

/// Handwritten digits seen at many angles: a task is the digits turned by one of 24 angles, and the
/// angles' embeddings find their circle.
///
/// Noise on z makes what lies between two embeddings matter, so that a held-out angle is met half-way
/// between its neighbours; a narrow last layer and noise on the images keep 1,438 images from being
/// learned by heart.
public struct DigitViews: Experiment {
  public let name = "digit-views"
  public let summary = "real digits turned by 24 angles: the embeddings bend into a circle"
  public let standardSteps = 5000
  public let evaluationInterval = 100
  public let knobs: [Knob]

  public init() {
    knobs =
      CommonKnobs.training(rate: 1e-2, clip: 1, optimizer: .adam) + [
        CommonKnobs.tasksPerStep(18, most: 18),
        CommonKnobs.examples(32),
        CommonKnobs.contextCount(8),
        CommonKnobs.hyperWidths([64, 12]),
        CommonKnobs.hyperActivation(.tanh),
        CommonKnobs.targetWidths([32]),
        CommonKnobs.targetActivation(.relu),
        DigitTarget.knob,
        Knob(
          "generated", title: "generated",
          help: "all of the target, or of a transformer the attention's weights alone",
          .choice(["all", "attention"]), standard: .choice("all"), effect: .rebuild),
        CommonKnobs.spread(0.05),
        CommonKnobs.noise(0.5),
        CommonKnobs.grain(0.2),
        CommonKnobs.pull(0),
        CommonKnobs.conditioning,
        CommonKnobs.initialization(.hyperfanIn),
      ] + CommonKnobs.generation
  }

  public func model(_ knobs: KnobValues) throws(KnobError) -> any ExperimentModel {
    let family = try RotatedDigits.shared.get()
    let contexts = CommonKnobs.contextCount(knobs, family: family)
    let conditioning = CommonKnobs.conditioning(knobs)
    let target = try DigitTarget.network(knobs, family)
    guard knobs.choice("generated") == "all" || target is TransformerTarget else {
      throw KnobError(
        "an MLP has no attention to generate; set target=transformer beside generated=attention")
    }
    let isGenerated = target.tensors.map {
      knobs.choice("generated") == "all" || TransformerTarget.isAttention($0)
    }
    let strategy = try CommonKnobs.strategy(
      knobs, family: family, target: zip(target.tensors, isGenerated).filter(\.1).map(\.0))
    return HypernetworkModel(
      family: family, target: target,
      strategy: isGenerated.contains(false)
        ? PartialGeneration(
          target: target.tensors, gain: target.gain, isGenerated: isGenerated, by: strategy)
        : strategy,
      scheme: MultiTaskScheme(
        tasksPerStep: knobs.integer("tasks-per-step"), examples: knobs.integer("examples"),
        schedule: CommonKnobs.schedule(knobs), steps: standardSteps),
      conditioning: conditioning, contextCount: contexts, embeddingDeviation: knobs.real("spread"),
      optimizer: CommonKnobs.optimizer(knobs),
      fitting: ContextFitting(examples: 256, steps: 200, rate: 0.05, starts: 4))
  }
}
