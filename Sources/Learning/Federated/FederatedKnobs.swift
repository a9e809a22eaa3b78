import Autodiff

/// Knobs of training in rounds with clients that keep their rows.
package enum FederatedKnobs {
  /// What a client does in a round.
  static func local(
    steps: Int, rate: Double, momentum: Double = 0.9, effect: Knob.Effect
  ) -> [Knob] {
    [
      Knob(
        "local-steps", title: "local steps", help: "steps a client trains before it returns",
        .integer(1...200), standard: .integer(steps), effect: .rebuild),
      Knob(
        "local-rate", title: "local rate", help: "the size of a client's step",
        .real(0...1, logarithmic: true), standard: .real(rate), effect: effect),
      Knob(
        "local-momentum", title: "local momentum",
        help: "how much of its last step a client adds to the next",
        .real(0...0.99, logarithmic: false), standard: .real(momentum), effect: effect),
    ]
  }

  /// Who takes part.
  static func rounds(clients: Int, most: Int) -> [Knob] {
    [
      Knob(
        "clients-per-round", title: "clients a round", help: "how many clients a round asks",
        .integer(1...most), standard: .integer(clients), effect: .rebuild),
      Knob(
        "lost", title: "lost returns", help: "the chance that a client of a round never comes back",
        .real(0...1, logarithmic: false), standard: .real(0), effect: .live),
      Knob(
        "stragglers", title: "stragglers",
        help: "the chance that a client stops before its last local step",
        .real(0...1, logarithmic: false), standard: .real(0), effect: .live),
      Knob(
        "last-layer", title: "last layer",
        help: "whether the target's last layer is generated too, or each client keeps its own",
        .choice(["generated", "personal"]), standard: .choice("generated"), effect: .rebuild),
    ]
  }

  /// Throws where clients cannot be elsewhere.
  package static func checkElsewhere(_ knobs: KnobValues) throws(KnobError) {
    guard knobs.choice("last-layer") != "personal" else {
      throw KnobError(
        "last-layer=personal is trained in one process only; clients elsewhere are sent all layers")
    }
  }

  /// The model that all federated experiments have.
  static func model(
    _ knobs: KnobValues, family: any TaskFamily, target: any LayeredTarget, rounds: Int,
    fitting: ContextFitting, exchange: (any ClientExchange)? = nil
  ) throws(KnobError) -> HypernetworkModel {
    let isPersonal = knobs.choice("last-layer") == "personal"
    guard !isPersonal || target.layerCount > 1 else {
      throw KnobError("last-layer=personal leaves no layer to generate; choose a hidden layer")
    }
    if exchange != nil { try checkElsewhere(knobs) }
    let generated = isPersonal ? Array(target.tensors.dropLast(2)) : target.tensors
    return HypernetworkModel(
      family: family, target: target,
      strategy: try CommonKnobs.strategy(knobs, family: family, target: generated),
      scheme: FederatedScheme(
        clientsPerRound: knobs.integer("clients-per-round"),
        localSteps: knobs.integer("local-steps"), examples: knobs.integer("examples"),
        schedule: CommonKnobs.schedule(knobs), rounds: rounds, exchange: exchange),
      contextCount: knobs.integer("contexts"), embeddingDeviation: knobs.real("spread"),
      optimizer: CommonKnobs.optimizer(knobs), fitting: fitting,
      personal: isPersonal
        ? PersonalLayers(Array(target.tensors.suffix(2)), gain: target.gain) : nil)
  }
}
