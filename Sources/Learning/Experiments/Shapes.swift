/// Bodies as networks: from a latent code for each the hypernetwork writes a network that says of every
/// place how far the surface is (Park et al. 2019, "DeepSDF", with its auto-decoder), or on which side of it
/// the place lies (Mescheder et al. 2019, "Occupancy networks").
///
/// Distances, all of them and not only those near the surface, make what lies between two codes a body
/// between theirs, and so does a network that all bodies share with a change for each: a distance that
/// grows by the same everywhere is a larger body.
public struct Shapes: Experiment {
  public let name = "shapes"
  public let summary =
    "bodies in space: from a latent code each, a network that tells how far its surface is"
  public let standardSteps = 10_000
  public let evaluationInterval = 200
  public let knobs: [Knob]

  public init() {
    knobs =
      [
        Knob(
          "shapes", title: "shapes", help: "eight analytic solids, eight meshes, or all of them",
          .choice(ShapeChoice.allCases.map(\.rawValue)), standard: .choice("all"),
          effect: .rebuild),
        Knob(
          "poses", title: "poses",
          help: "how many turned and scaled copies of each solid are trained; 0 is one as it is",
          .integer(0...16), standard: .integer(0), effect: .rebuild),
        Knob(
          "data", title: "data",
          help: "meshes of your own: an OFF or OBJ file, or a folder of them",
          .text("the path of a file or folder"), standard: .text(""), effect: .rebuild),
        Knob(
          "field", title: "field",
          help: "what a network says of a place: a logit of being outside, or the distance",
          .choice(["occupancy", "distance"]), standard: .choice("distance"), effect: .rebuild),
        Knob(
          "limit", title: "distance limit",
          help: "from where on distances are all alike, where the field is the distance",
          .real(0.01...4, logarithmic: true), standard: .real(2), effect: .rebuild),
      ] + CommonKnobs.training(rate: 2e-3, clip: 1, optimizer: .adam) + [
        CommonKnobs.tasksPerStep(16, most: 128),
        Knob(
          "examples", title: "examples a task", help: "how many examples of each task a step draws",
          .integer(1...4096), standard: .integer(512), effect: .rebuild),
        CommonKnobs.contextCount(16),
        CommonKnobs.hyperWidths([64, 32]),
        CommonKnobs.hyperActivation(.tanh),
        CommonKnobs.targetWidths([64, 64, 64]),
        CommonKnobs.targetActivation(.relu),
        Knob(
          "octaves", title: "Fourier octaves",
          help: "sines and cosines of the coordinates that a network reads; 0 is none",
          .integer(0...8), standard: .integer(4), effect: .rebuild),
        Knob(
          "frequency", title: "sine frequency",
          help: "how fast units oscillate that are sines (SIREN's omega)",
          .real(1...100, logarithmic: true), standard: .real(30), effect: .rebuild),
        CommonKnobs.spread(0.1),
        CommonKnobs.noise(0),
        CommonKnobs.pull(0.01),
        Knob(
          "blend", title: "blend",
          help: "how strongly distances between two codes are held to their mean; 0 is not at all",
          .real(0...100, logarithmic: false), standard: .real(1), effect: .rebuild),
        Knob(
          "conditioning", title: "conditioning",
          help: "what a latent code is: learned, or read from points of the surface",
          .choice([ContextSource.embedding.rawValue, ContextSource.supportSet.rawValue]),
          standard: .choice(ContextSource.embedding.rawValue), effect: .rebuild),
        Knob(
          "points", title: "surface points",
          help: "how many points of a surface a latent code is read from",
          .integer(10...2000), standard: .integer(300), effect: .rebuild),
        CommonKnobs.initialization(.hyperfanIn),
      ] + CommonKnobs.generation(.residual)
  }

  public func model(_ knobs: KnobValues) throws(KnobError) -> any ExperimentModel {
    let family = try ShapeTasks.named(
      knobs.text("data"), otherwise: ShapeChoice(rawValue: knobs.choice("shapes")) ?? .all,
      poses: knobs.integer("poses"),
      objective: knobs.choice("field") == "distance"
        ? .signedDistance(limit: knobs.real("limit")) : .occupancy)
    let conditioning = CommonKnobs.conditioning(knobs)
    // Logits of being outside have no mean that says where a surface is.
    let blend = knobs.choice("field") == "distance" ? knobs.real("blend") : 0
    let examples = knobs.integer("examples")
    let target = ImplicitNetwork(
      widths: knobs.widths("target-widths"),
      activation: CommonKnobs.activation(knobs, "target-activation"),
      octaves: knobs.integer("octaves"), frequency: knobs.real("frequency"))
    return HypernetworkModel(
      family: family, target: target,
      strategy: try CommonKnobs.strategy(knobs, family: family, target: target.tensors),
      scheme: MultiTaskScheme(
        tasksPerStep: knobs.integer("tasks-per-step"), examples: examples,
        schedule: CommonKnobs.schedule(knobs), steps: standardSteps,
        blend: blend > 0 ? ContextBlend(weight: blend, examples: max(examples / 4, 1)) : nil),
      conditioning: conditioning, contextCount: knobs.integer("contexts"),
      embeddingDeviation: knobs.real("spread"),
      optimizer: CommonKnobs.optimizer(knobs),
      fitting: ContextFitting(
        examples: conditioning == .supportSet ? knobs.integer("points") : 1024, steps: 150,
        rate: 0.05, starts: 2), encoderWidth: 128)
  }
}
