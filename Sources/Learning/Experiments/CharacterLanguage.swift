/// Next-character prediction on a text: a HyperLSTM, whose weights change with every character it
/// reads, and LSTMs with as many parameters beside it.
///
/// The text is the first megabyte of the World English Bible, or a file (knob `data`).
public struct CharacterLanguage: Experiment {
  public let name = "char-lm"
  public let summary = "a HyperLSTM reads a text, its weights changing with every character"
  public let standardSteps = 3000
  public let evaluationInterval = 50
  public let knobs: [Knob]

  public init() {
    knobs = [
      Knob(
        "data", title: "text", help: "a file of text in UTF-8; nothing is the embedded one",
        .text("the path of a file"), standard: .text(""), effect: .rebuild),
      Knob(
        "models", title: "networks", help: "what is trained beside the HyperLSTM, as large as it",
        .choice(["all", "lstm", "alone"]), standard: .choice("all"), effect: .rebuild),
      CommonKnobs.rate(5e-3),
      CommonKnobs.schedule(.cosine),
      CommonKnobs.clip(1),
      Knob(
        "dropout", title: "recurrent dropout", help: "share of the candidates that are dropped",
        .real(0...0.9, logarithmic: false), standard: .real(0.1), effect: .live),
      Knob(
        "sequences", title: "sequences", help: "how many places of the text are read side by side",
        .integer(1...512), standard: .integer(64), effect: .rebuild),
      Knob(
        "length", title: "length", help: "characters a step reads, and gradients go back",
        .integer(1...256), standard: .integer(100), effect: .rebuild),
      Knob(
        "embedding", title: "character numbers", help: "numbers a character is read as",
        .integer(1...512), standard: .integer(64), effect: .rebuild),
      Knob(
        "hidden", title: "main units", help: "units of the HyperLSTM's main LSTM",
        .integer(1...1024), standard: .integer(128), effect: .rebuild),
      Knob(
        "hyper", title: "hyper units", help: "units of the small LSTM that generates",
        .integer(1...512), standard: .integer(32), effect: .rebuild),
      Knob(
        "scales", title: "context per gate",
        help: "numbers a gate's scales are generated from (N_z)",
        .integer(1...16), standard: .integer(4), effect: .rebuild),
      Knob(
        "layer-norm", title: "layer norm", help: "whether the HyperLSTM normalises its gates",
        .choice(["on", "off"]), standard: .choice("on"), effect: .rebuild),
      Knob(
        "prompt", title: "prompt", help: "the text that the network goes on from",
        .text("a line of text"), standard: .text("In the beginning"), effect: .live),
      Knob(
        "temperature", title: "temperature",
        help: "how boldly characters are drawn; 0 takes the most probable",
        .real(0...2, logarithmic: false), standard: .real(0.7), effect: .live),
    ]
  }

  public func model(_ knobs: KnobValues) throws(KnobError) -> any ExperimentModel {
    let corpus = try Corpus.named(knobs.text("data"))
    let (sequences, length) = (knobs.integer("sequences"), knobs.integer("length"))
    let characters = corpus.range(of: .training).count
    guard characters / sequences > length else {
      throw KnobError(
        "the text has \(characters) characters to train on, too few for \(sequences) sequences of "
          + "\(length); choose fewer or shorter ones, or a longer text", ofData: true)
    }
    let all = [("ln-lstm", true), ("lstm", false)]
    let rivals: [(name: String, isNormalized: Bool)] =
      switch knobs.choice("models") {
      case "alone": []
      case "lstm": Array(all.suffix(1))
      default: all
      }
    return CharacterModel(
      corpus: corpus,
      hyperCell: HyperLSTMCell(
        prefix: CharacterModel.hyperName + ".", inputs: knobs.integer("embedding"),
        hidden: knobs.integer("hidden"), hyper: knobs.integer("hyper"),
        scaleCount: knobs.integer("scales"), isNormalized: knobs.choice("layer-norm") == "on"),
      rivals: rivals, sequences: sequences, length: length,
      schedule: CommonKnobs.schedule(knobs), steps: standardSteps)
  }
}
