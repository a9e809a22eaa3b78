/// N-way K-shot classification of characters whose scripts were never trained on.
enum GlyphContest {
  static let contest = Contest(
    name: FewShotGlyphs.title,
    summary: "episodes of 5 characters with an image each, of scripts never trained on",
    knobs: knobs, standardSteps: FewShotGlyphs.steps,
    family: { (knobs) throws(KnobError) in try EpisodeKnobs.family(knobs) },
    target: { (knobs, family) throws(KnobError) in EpisodeKnobs.target(knobs, family) })

  private static var knobs: [Knob] {
    let common = MethodSetting.knobs(
      rate: 1e-3, metaRate: 1e-3, tasksPerStep: 16, examples: 5, shots: 1, testShots: 1,
      innerRate: 0.1, contexts: 16, hyperWidths: [64, 64], targetWidths: [128, 64],
      targetActivation: .relu)
    // Here a shot is an image of every character, and the test has as many as training.
    return EpisodeKnobs.episodes + EpisodeKnobs.networks
      + common.filter { $0.name != "shots" && $0.name != "test-shots" }
  }
}
