/// Knobs of few-shot episodes and of what is generated for them, and what they stand for.
enum EpisodeKnobs {
  static let episodes: [Knob] = [
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
      "classes", title: "classes",
      help: "an episode's characters: of one script, tested on others; of any such scripts; or of "
        + "any script, tested on other characters",
      .choice(Episodes.Classes.allCases.map(\.rawValue)),
      standard: .choice(Episodes.Classes.script.rawValue), effect: .rebuild),
    Knob(
      "turns", title: "turns", help: "whether a character turned by a quarter is another one",
      .choice(["on", "off"]), standard: .choice("off"), effect: .rebuild),
    Knob(
      "data", title: "data",
      help: "a folder or ZIP archive of alphabet/character/image.png; nothing is Noto's glyphs",
      .text("the path of a folder or archive"), standard: .text(""), effect: .rebuild),
  ]

  static let networks: [Knob] = [
    Knob(
      "target", title: "target", help: "what is generated: a convolutional network or an MLP",
      .choice(["cnn", "mlp"]), standard: .choice("cnn"), effect: .rebuild),
    Knob(
      "channels", title: "channels", help: "channels of the convolutional target network",
      .integer(1...64), standard: .integer(16), effect: .rebuild),
    Knob(
      "normalization", title: "normalization",
      help: "of an MLP's hidden layers: over an image's units, over the images seen together (a "
        + "query's answer then depends on the others), or none",
      .choice(MLP.Normalization.allCases.map(\.rawValue)), standard: .choice("none"),
      effect: .rebuild),
    Knob(
      "model", title: "token width", help: "numbers of a token of the HyperTransformer",
      .choice(["32", "64", "96", "128"]), standard: .choice("64"), effect: .rebuild),
    Knob(
      "blocks", title: "blocks", help: "encoder blocks for each layer of the target network",
      .integer(1...6), standard: .integer(1), effect: .rebuild),
    Knob(
      "feature-channels", title: "feature channels",
      help: "convolutions that see the images before anything is known of the episode",
      .widths(layers: 1...4, width: 1...128), standard: .widths([16, 32, 32]), effect: .rebuild),
  ]

  static func family(_ knobs: KnobValues) throws(KnobError) -> GlyphEpisodes {
    let path = knobs.text("data")
    return GlyphEpisodes(
      try Episodes(
        Glyphs.named(path), ways: knobs.integer("ways"), shots: knobs.integer("shots"),
        warp: knobs.real("warp"),
        classes: Episodes.Classes(rawValue: knobs.choice("classes")) ?? .script,
        areTurned: knobs.choice("turns") == "on", isOwnData: !path.isEmpty))
  }

  static func target(_ knobs: KnobValues, _ family: any TaskFamily) -> any TargetNetwork {
    guard knobs.choice("target") == "mlp" else {
      return ConvNet(
        side: Glyphs.side, channels: knobs.integer("channels"), depth: 4,
        classes: family.outputCount)
    }
    return MLP(
      widths: [family.inputCount] + knobs.widths("target-widths") + [family.outputCount],
      activation: CommonKnobs.activation(knobs, "target-activation"),
      normalization: MLP.Normalization(rawValue: knobs.choice("normalization")) ?? .none)
  }
}
