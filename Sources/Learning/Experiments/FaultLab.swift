/// A known pitfall of generated weights, switched on: an experiment with some knobs set wrong, to see
/// what it looks like and to mend it by hand.
public struct Fault: Experiment {
  public let name: String
  public let summary: String
  private let base: any Experiment
  public let knobs: [Knob]

  /// - Parameters:
  ///   - summary: what to look at.
  ///   - settings: knobs and the values that make the fault.
  init(_ name: String, in base: any Experiment, _ settings: [String: KnobValue], _ summary: String)
  {
    self.name = name
    self.summary = summary
    self.base = base
    knobs = base.knobs.map { knob in
      Knob(
        knob.name, title: knob.title, help: knob.help, knob.domain,
        standard: settings[knob.name] ?? knob.standard, effect: knob.effect)
    }
  }

  public var standardSteps: Int { base.standardSteps }
  public var evaluationInterval: Int { base.evaluationInterval }

  public func model(_ knobs: KnobValues) throws(KnobError) -> any ExperimentModel {
    try base.model(knobs)
  }
}

/// Every fault there is.
public enum FaultLab {
  public static let all: [any Experiment] = [
    Fault(
      "fault-scale", in: DigitViews(),
      ["initialization": .choice("kaiming"), "target-widths": .widths([64, 64, 64])],
      "heads drawn as ordinary layers: weights too large, more so behind each of three layers; cure: "
        + "initialization=hyperfan-in"),
    Fault(
      "fault-harmonic", in: DigitViews(), ["initialization": .choice("harmonic-inverted")],
      "the harmonic mean upside down: weights hundreds of times too large, accuracy near chance"),
    Fault(
      "fault-magnitude", in: SineFamily(),
      [
        "hyper-activation": .choice("relu"), "spread": .real(5),
      ],
      "‖W‖ grows with ‖z‖: large embeddings make large weights; cure: encoding=magnitude-invariant"),
    Fault(
      "fault-zero-head", in: SineFamily(),
      ["initialization": .choice("bias-hyperinit"), "spread": .real(0), "noise": .real(0)],
      "heads of 0: no gradient reaches z at first, all contexts are one; cure: a spread"),
    Fault(
      "fault-ignored-context", in: SineFamily(), ["noise": .real(10)],
      "noise drowns z: true, shuffled and mean context give nearly the same loss; cure: noise=0.1"),
    Fault(
      "fault-explosion", in: SineFamily(),
      ["rate": .real(0.5), "clip": .real(0), "schedule": .choice("constant")],
      "a large rate without clipping: the loss jumps and the run stops; cure: clip=1, rate=0.01"),
    Fault(
      "fault-film", in: SineFamily(),
      ["strategy": .choice("film"), "film-scale": .choice("bare")],
      "γ = Δ in the place of 1 + Δ: the network begins silent and learns late"),
    Fault(
      "fault-forgetting", in: ThreePolynomials(), ["beta": .real(0)],
      "nothing holds earlier tasks in place: their curves rise when the next begins; cure: β"),
  ]
}
