/// Knobs that most experiments share, so that one word means one thing everywhere.
enum CommonKnobs {
  static func training(rate: Double, clip: Double, optimizer: OptimizerChoice) -> [Knob] {
    [
      self.rate(rate),
      schedule(.cosine),
      Knob(
        "optimizer", title: "optimizer", help: "the rule by which gradients change parameters",
        .choice(OptimizerChoice.allCases.map(\.rawValue)), standard: .choice(optimizer.rawValue),
        effect: .rebuild),
      self.clip(clip),
    ]
  }

  static func rate(_ rate: Double) -> Knob {
    Knob(
      "rate", title: "learning rate", help: "the size of a step",
      .real(0...1, logarithmic: true), standard: .real(rate), effect: .live)
  }

  static func clip(_ norm: Double, effect: Knob.Effect = .live) -> Knob {
    Knob(
      "clip", title: "gradient clip", help: "largest norm of all gradients together; 0 is off",
      .real(0...1000, logarithmic: true), standard: .real(norm), effect: effect)
  }

  static func schedule(_ standard: RateSchedule) -> Knob {
    Knob(
      "schedule", title: "rate schedule",
      help: "how the rate falls over the standard run, or over each task where they take turns",
      .choice(RateSchedule.allCases.map(\.rawValue)), standard: .choice(standard.rawValue),
      effect: .rebuild)
  }

  static func tasksPerStep(_ count: Int, most: Int) -> Knob {
    Knob(
      "tasks-per-step", title: "tasks a step", help: "how many tasks each step draws",
      .integer(1...most), standard: .integer(count), effect: .rebuild)
  }

  static func examples(_ count: Int) -> Knob {
    Knob(
      "examples", title: "examples a task", help: "how many examples of each task a step draws",
      .integer(1...512), standard: .integer(count), effect: .rebuild)
  }

  static func contextCount(_ count: Int) -> Knob {
    Knob(
      "contexts", title: "context length", help: "how many numbers a context z has",
      .integer(1...32), standard: .integer(count), effect: .rebuild)
  }

  static func hyperWidths(_ widths: [Int]) -> Knob {
    Knob(
      "hyper-widths", title: "hypernet widths", help: "hidden layers of the hypernetwork's trunk",
      .widths(layers: 1...4, width: 1...512), standard: .widths(widths), effect: .rebuild)
  }

  static func hyperActivation(_ activation: Activation) -> Knob {
    Knob(
      "hyper-activation", title: "hypernet units", help: "activation of the hypernetwork's trunk",
      .choice(Activation.allCases.map(\.rawValue)), standard: .choice(activation.rawValue),
      effect: .rebuild)
  }

  static func targetWidths(_ widths: [Int], most: Int = 256) -> Knob {
    Knob(
      "target-widths", title: "target widths", help: "hidden layers of the target network",
      .widths(layers: 1...4, width: 1...most), standard: .widths(widths), effect: .rebuild)
  }

  static func targetActivation(_ activation: Activation) -> Knob {
    Knob(
      "target-activation", title: "target units", help: "activation of the target network",
      .choice(Activation.allCases.map(\.rawValue)), standard: .choice(activation.rawValue),
      effect: .rebuild)
  }

  static func spread(_ deviation: Double) -> Knob {
    Knob(
      "spread", title: "embedding spread", help: "standard deviation of the embeddings at step 0",
      .real(0...10, logarithmic: true), standard: .real(deviation), effect: .rebuild)
  }

  static func noise(_ deviation: Double) -> Knob {
    Knob(
      "noise", title: "context noise", help: "standard deviation of noise added to z in training",
      .real(0...10, logarithmic: true), standard: .real(deviation), effect: .live)
  }

  static func grain(_ deviation: Double) -> Knob {
    Knob(
      "grain", title: "input noise", help: "standard deviation of noise added to x in training",
      .real(0...10, logarithmic: true), standard: .real(deviation), effect: .live)
  }

  static func pull(_ weight: Double) -> Knob {
    Knob(
      "pull", title: "pull to zero", help: "weight of the mean square of z in the loss",
      .real(0...10, logarithmic: true), standard: .real(weight), effect: .live)
  }

  /// How weights are generated, and from what.
  static let generation = generation(.full)

  static func generation(_ standard: StrategyChoice) -> [Knob] {
    [
      Knob(
        "strategy", title: "strategy", help: "how the hypernetwork emits the target's weights",
        .choice(StrategyChoice.allCases.map(\.rawValue)), standard: .choice(standard.rawValue),
        effect: .rebuild),
      Knob(
        "chunk", title: "chunk size", help: "weights a chunk, where the strategy is chunked",
        .integer(1...100_000), standard: .integer(256), effect: .rebuild),
      Knob(
        "chunk-embedding", title: "chunk embedding",
        help: "length of a chunk's embedding, where the strategy is chunked",
        .integer(1...64), standard: .integer(8), effect: .rebuild),
      Knob(
        "rank", title: "rank",
        help: "rank of what is generated, where the strategy is low-rank or lora",
        .integer(1...256), standard: .integer(4), effect: .rebuild),
      Knob(
        "base", title: "LoRA base",
        help: "whether the base that lora adapts is trained along, or stays as it was drawn",
        .choice(["trained", "frozen"]), standard: .choice("trained"), effect: .rebuild),
      Knob(
        "film-scale", title: "FiLM scale",
        help: "what film multiplies by: 1 + Δ, or a bare Δ (a fault)",
        .choice(["one-plus", "bare"]), standard: .choice("one-plus"), effect: .rebuild),
      Knob(
        "encoding", title: "z encoding", help: "what the trunk sees of a context",
        .choice(ContextEncoding.allCases.map(\.rawValue)), standard: .choice("plain"),
        effect: .rebuild),
    ]
  }

  static let conditioning = Knob(
    "conditioning", title: "conditioning",
    help:
      "what a context is: learned, the task's description, read from examples, or beside the input",
    .choice(ContextSource.allCases.map(\.rawValue)), standard: .choice("embedding"),
    effect: .rebuild)

  static func conditioning(_ knobs: KnobValues) -> ContextSource {
    ContextSource(rawValue: knobs.choice("conditioning")) ?? .embedding
  }

  /// Length of a context: as many numbers as a description has, or what the knob says.
  static func contextCount(_ knobs: KnobValues, family: any TaskFamily) -> Int {
    conditioning(knobs) == .description
      ? family.description(of: 0).count : knobs.integer("contexts")
  }

  static func initialization(_ standard: HeadInitialization) -> Knob {
    Knob(
      "initialization", title: "initialization",
      help: "how the hypernetwork's numbers are drawn at step 0",
      .choice(HeadInitialization.allCases.map(\.rawValue)), standard: .choice(standard.rawValue),
      effect: .rebuild)
  }

  /// The strategy these knobs describe, for the target network of an experiment.
  static func strategy(
    _ knobs: KnobValues, family: any TaskFamily, target: [TensorSpecification]
  ) throws(KnobError) -> any Strategy {
    let count = contextCount(knobs, family: family)
    let noise = knobs.real("noise")
    let (inputs, inputSquare) =
      conditioning(knobs) == .input ? (family.inputCount, family.inputSquare) : (0, 0)
    let start: Float =
      switch conditioning(knobs) {
      case .embedding, .input: knobs.real("spread") * knobs.real("spread")
      // A description is of the size of 1, and so is, more or less, what examples are read as.
      case .description, .supportSet: 1
      }
    let square =
      (Float(count) * (start + noise * noise) + Float(inputs) * inputSquare) / Float(count + inputs)
    return try strategy(
      knobs, contextCount: count + inputs, contextSquare: square, target: target,
      gain: activation(knobs, "target-activation").gain, tasks: family.tasks.count)
  }

  /// The strategy these knobs describe, for a target network. Throws where it would be too large.
  /// - Parameters:
  ///   - contextSquare: the mean square of contexts' numbers as training draws them.
  ///   - gain: the c of the target's activation.
  static func strategy(
    _ knobs: KnobValues, contextCount: Int, contextSquare: Float, target: [TensorSpecification],
    gain: Float, tasks: Int
  ) throws(KnobError) -> any Strategy {
    let trunk = Trunk(
      contextCount: contextCount, contextSquare: contextSquare,
      widths: knobs.widths("hyper-widths"),
      activation: activation(knobs, "hyper-activation"),
      encoding: ContextEncoding(rawValue: knobs.choice("encoding")) ?? .plain,
      initialization: HeadInitialization(rawValue: knobs.choice("initialization")) ?? .hyperfanIn)
    return try (StrategyChoice(rawValue: knobs.choice("strategy")) ?? .full).strategy(
      trunk: trunk, target: target, gain: gain,
      sizes: StrategyChoice.Sizes(
        chunk: knobs.integer("chunk"), chunkEmbedding: knobs.integer("chunk-embedding"),
        rank: knobs.integer("rank"), isBaseFrozen: knobs.choice("base") == "frozen",
        isFiLMAroundOne: knobs.choice("film-scale") != "bare"),
      tasks: tasks)
  }

  static func activation(_ knobs: KnobValues, _ name: String) -> Activation {
    Activation(rawValue: knobs.choice(name)) ?? .tanh
  }

  static func optimizer(_ knobs: KnobValues) -> OptimizerChoice {
    OptimizerChoice(rawValue: knobs.choice("optimizer")) ?? .adam
  }

  static func schedule(_ knobs: KnobValues) -> RateSchedule {
    RateSchedule(rawValue: knobs.choice("schedule")) ?? .constant
  }
}
