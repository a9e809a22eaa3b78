/// Few-shot classification of characters of scripts never trained on: a HyperTransformer (Zhmoginov et
/// al. 2022) reads an episode's labelled images and emits the weights of the network that classifies
/// the others.
public struct FewShotGlyphs: Experiment {
  static let title = "few-shot-glyphs"
  static let steps = 10_000
  public let name = FewShotGlyphs.title
  public let summary = "a transformer reads a few labelled characters and emits a network for them"
  public let standardSteps = FewShotGlyphs.steps
  public let evaluationInterval = 250
  public let knobs: [Knob]

  public init() {
    knobs =
      EpisodeKnobs.episodes + EpisodeKnobs.networks + [
        CommonKnobs.targetWidths([128, 64]),
        CommonKnobs.targetActivation(.relu),
        CommonKnobs.rate(1e-3),
        CommonKnobs.schedule(.cosine),
        CommonKnobs.clip(1),
        CommonKnobs.tasksPerStep(16, most: 256),
        CommonKnobs.examples(5),
      ]
  }

  public func model(_ knobs: KnobValues) throws(KnobError) -> any ExperimentModel {
    let family = try EpisodeKnobs.family(knobs)
    let target = EpisodeKnobs.target(knobs, family)
    let setting = MethodSetting(family: family, target: target, gain: target.gain, knobs: knobs)
    return EpisodeModel(
      family: family, target: target, method: try Method.hyperTransformer(setting),
      steps: standardSteps)
  }
}
