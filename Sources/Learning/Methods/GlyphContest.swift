/// N-way K-shot classification of characters whose scripts were never trained on.
enum GlyphContest {
  static let contest = Contest(
    name: "few-shot-glyphs",
    summary: "episodes of 5 characters with an image each, of scripts never trained on",
    knobs: knobs, standardSteps: 10_000,
    family: { (knobs) throws(KnobError) in
      GlyphEpisodes(
        try Episodes(
          Glyphs.embedded.get(), ways: knobs.integer("ways"), shots: knobs.integer("shots"),
          warp: knobs.real("warp")))
    },
    target: { knobs, family in
      guard knobs.choice("target") == "mlp" else {
        return ConvNet(
          side: Glyphs.side, channels: knobs.integer("channels"), depth: 4,
          classes: family.outputCount)
      }
      return MLP(
        widths: [family.inputCount] + knobs.widths("target-widths") + [family.outputCount],
        activation: CommonKnobs.activation(knobs, "target-activation"))
    })

  /// Knobs of the episodes and networks, then those of every comparison.
  private static var knobs: [Knob] {
    [
      Knob(
        "ways", title: "ways", help: "characters of an episode", .integer(2...40),
        standard: .integer(5), effect: .rebuild),
      Knob(
        "shots", title: "shots", help: "labelled images of each character", .integer(1...10),
        standard: .integer(1), effect: .rebuild),
      Knob(
        "warp", title: "warp", help: "how strongly every image is distorted; 0 is not at all",
        .real(0...2, logarithmic: false), standard: .real(1), effect: .rebuild),
      Knob(
        "target", title: "target", help: "what is generated: a convolutional network or an MLP",
        .choice(["cnn", "mlp"]), standard: .choice("cnn"), effect: .rebuild),
      Knob(
        "channels", title: "channels", help: "channels of the convolutional target network",
        .integer(1...64), standard: .integer(8), effect: .rebuild),
      Knob(
        "model", title: "token width", help: "numbers of a token of the HyperTransformer",
        .choice(["32", "64", "96", "128"]), standard: .choice("64"), effect: .rebuild),
      Knob(
        "blocks", title: "blocks", help: "encoder blocks for each layer of the target network",
        .integer(1...6), standard: .integer(2), effect: .rebuild),
      Knob(
        "feature-channels", title: "feature channels",
        help: "convolutions that see the images before anything is known of the episode",
        .widths(layers: 1...4, width: 1...128), standard: .widths([16, 32, 32]), effect: .rebuild),
    ]
      + MethodSetting.knobs(
        rate: 1e-3, metaRate: 1e-3, tasksPerStep: 16, examples: 25, shots: 1, testShots: 1,
        innerRate: 0.1, contexts: 16, hyperWidths: [64, 64], targetWidths: [128, 64],
        targetActivation: .relu
      ).filter { $0.name != "shots" && $0.name != "test-shots" }
  }
}
