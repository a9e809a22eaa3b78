/// Architecture search: a hypernetwork that writes the weights of any small network it is shown as a
/// graph, so that architectures are ranked without training one of them (Brock et al. 2018; Zhang et al.
/// 2019).
public struct Architectures: Experiment {
  static let title = "architectures"
  static let steps = 6000
  public let name = Architectures.title
  public let summary =
    "a graph of a network goes in, its weights come out: architectures are ranked unseen"
  public let standardSteps = Architectures.steps
  public let evaluationInterval = 250
  public let knobs: [Knob]

  public init() {
    knobs = [
      Knob(
        "space", title: "space",
        help: "what networks are made of: convolutions, or layers of units",
        .choice(Architecture.Kind.allCases.map(\.rawValue)), standard: .choice("cnn"),
        effect: .rebuild),
      GeneratorChoice.knob,
      Knob(
        "rounds", title: "rounds", help: "how often messages go through the graph and back",
        .integer(1...4), standard: .integer(1), effect: .rebuild),
      Knob(
        "state", title: "node state", help: "numbers of a node's state",
        .integer(4...128), standard: .integer(32), effect: .rebuild),
      Knob(
        "hidden", title: "decoder units",
        help: "units of a decoder, or of the network that reads the code",
        .integer(4...256), standard: .integer(64), effect: .rebuild),
      Knob(
        "images", title: "images",
        help: "scikit-learn's 8 × 8 digits, or 5,000 of MNIST's at 14 × 14",
        .choice(EmbeddedImages.allCases.map(\.rawValue)), standard: .choice("digits"),
        effect: .rebuild),
      Knob(
        "data", title: "data", help: "a folder with MNIST's four files, plain or .gz",
        .text("the path of a folder"), standard: .text(""), effect: .rebuild),
      CommonKnobs.rate(3e-3),
      CommonKnobs.schedule(.cosine),
      CommonKnobs.clip(1),
      CommonKnobs.tasksPerStep(8, most: 64),
      CommonKnobs.examples(32),
    ]
  }

  private func images(_ knobs: KnobValues) throws(KnobError) -> ArchitectureImages {
    let path = knobs.text("data")
    let embedded = EmbeddedImages(rawValue: knobs.choice("images")) ?? .digits
    return try ArchitectureImages(
      ImageSet.named(path, otherwise: embedded), name: path.isEmpty ? embedded.rawValue : path,
      isOwnData: !path.isEmpty)
  }

  private func space(_ knobs: KnobValues) -> SearchSpace {
    SearchSpace(Architecture.Kind(rawValue: knobs.choice("space")) ?? .cnn)
  }

  /// The table of trained architectures for a setting of the knobs, with no row yet, and what they are
  /// trained on.
  package func table(
    _ knobs: KnobValues
  ) throws(KnobError) -> (TrainedTable, ArchitectureImages) {
    let images = try images(knobs)
    return (
      TrainedTable(space(knobs), images: images.name, ArchitectureTraining()), images
    )
  }

  public func model(_ knobs: KnobValues) throws(KnobError) -> any ExperimentModel {
    let space = space(knobs)
    let hidden = knobs.integer("hidden")
    let (state, rounds) = (knobs.integer("state"), knobs.integer("rounds"))
    let choice = GeneratorChoice(rawValue: knobs.choice("generator")) ?? .graph
    return ArchitectureModel(
      space, try images(knobs), rows: knobs.integer("tasks-per-step"),
      examples: knobs.integer("examples"), schedule: CommonKnobs.schedule(knobs),
      steps: standardSteps
    ) { frame in
      switch choice {
      case .graph:
        GraphHypernetwork(space: space, frame: frame, state: state, hidden: hidden, rounds: rounds)
      case .smash: CodeHypernetwork(space: space, frame: frame, hidden: hidden)
      case .shared: SharedWeights(space: space, frame: frame)
      }
    }
  }
}
