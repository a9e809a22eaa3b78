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
        CommonKnobs.spread(0.05),
        CommonKnobs.noise(0.5),
        CommonKnobs.grain(0.2),
        CommonKnobs.pull(0),
        CommonKnobs.conditioning,
        CommonKnobs.initialization(.hyperfanIn),
      ] + CommonKnobs.generation
  }

  public func model(_ knobs: KnobValues) throws(KnobError) -> any ExperimentModel {
    let activation = CommonKnobs.activation(knobs, "target-activation")
    let target = MLP(widths: [64] + knobs.widths("target-widths") + [10], activation: activation)
    let family = try RotatedDigits.shared.get()
    let contexts = CommonKnobs.contextCount(knobs, family: family)
    let conditioning = CommonKnobs.conditioning(knobs)
    return HypernetworkModel(
      family: family, target: target,
      strategy: try CommonKnobs.strategy(knobs, family: family, target: target.tensors),
      scheme: MultiTaskScheme(
        tasksPerStep: knobs.integer("tasks-per-step"), examples: knobs.integer("examples"),
        schedule: CommonKnobs.schedule(knobs), steps: standardSteps),
      conditioning: conditioning, contextCount: contexts, embeddingDeviation: knobs.real("spread"),
      optimizer: CommonKnobs.optimizer(knobs),
      fitting: ContextFitting(examples: 256, steps: 200, rate: 0.05, starts: 4))
  }
}
