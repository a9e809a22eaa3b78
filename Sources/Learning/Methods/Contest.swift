/// A task family and a target network on which methods are compared, with knobs.
public struct Contest: Sendable {
  public let name: String
  /// One line for a list.
  public let summary: String
  public let knobs: [Knob]
  /// Steps a method trains when nothing else is said.
  public let standardSteps: Int
  /// Whether data are parted anew for every seed, by the knob `split`.
  package var splitsBySeed = false
  let family: @Sendable (KnobValues) throws(KnobError) -> any TaskFamily
  var target: Target = perceptron

  /// The network that the tasks of a family have, as knobs describe it.
  typealias Target =
    @Sendable (KnobValues, any TaskFamily) throws(KnobError) -> any TargetNetwork

  /// Throws where values do not go together.
  public func setting(_ knobs: KnobValues) throws(KnobError) -> MethodSetting {
    let family = try family(knobs)
    let target = try target(knobs, family)
    let setting = MethodSetting(
      family: family, target: target, gain: target.gain, knobs: knobs)
    if let most = family.mostShots, setting.testShots > most {
      throw KnobError(
        "test-shots=\(setting.testShots) is more than the \(most) rows a new task has to give here; "
          + "choose fewer")
    }
    return setting
  }

  /// The knobs of one seed of a comparison.
  public func knobs(_ knobs: KnobValues, seed: UInt64) -> KnobValues {
    guard splitsBySeed else { return knobs }
    var own = knobs
    own["split"] = .integer(
      Int((UInt64(knobs.integer("split")) &+ seed) % UInt64(Self.mostSplits)))
    return own
  }

  static let mostSplits = 1000

  private static let perceptron: Target = { (knobs, family) throws(KnobError) in
    MLP(
      widths: [family.inputCount] + knobs.widths("target-widths") + [family.outputCount],
      activation: CommonKnobs.activation(knobs, "target-activation"))
  }
}

/// Every contest there is.
public enum Contests {
  public static let all: [Contest] = [
    Contest(
      name: "sine-family",
      summary: "36 sinusoids to train on, 8 between them to meet with 20 points each",
      knobs: MethodSetting.knobs(
        rate: 1e-2, metaRate: 3e-3, tasksPerStep: 36, examples: 16, shots: 20, testShots: 20,
        contexts: 8,
        hyperWidths: [64, 16], targetWidths: [40, 40], targetActivation: .tanh),
      standardSteps: 5000, family: { (_) throws(KnobError) in Sinusoids() }),
    Contest(
      name: "digit-views",
      summary:
        "digits turned by 18 angles to train on, 6 between them to meet with 100 images each",
      knobs: MethodSetting.knobs(
        rate: 1e-2, metaRate: 3e-3, tasksPerStep: 18, examples: 32, shots: 100, testShots: 100,
        innerRate: 0.3,
        contexts: 8,
        hyperWidths: [64, 12], targetWidths: [32], targetActivation: .relu)
        + [DigitTarget.knob, MethodSetting.prefixLength],
      standardSteps: 2000, family: { (_) throws(KnobError) in try RotatedDigits.shared.get() },
      target: DigitTarget.network),
    Contest(
      name: "sinusoids",
      summary:
        "recipe B (Finn 2017): a new sinusoid every time, 600 of them to meet with 5 points each",
      knobs: MethodSetting.knobs(
        rate: 1e-3, metaRate: 1e-3, tasksPerStep: 25, examples: 10, shots: 10, testShots: 5,
        weights: 0.01, schedule: .constant,
        contexts: 8,
        hyperWidths: [64, 64], targetWidths: [40, 40], targetActivation: .relu),
      standardSteps: 70_000, family: { (_) throws(KnobError) in OpenSinusoids() }),
    Contest(
      name: "lowrank-wide",
      summary: "8 classifiers of 64 inputs, 512 units wide: what a low rank saves",
      knobs: MethodSetting.knobs(
        rate: 1e-3, metaRate: 1e-3, tasksPerStep: 8, examples: 64, shots: 64, testShots: 64,
        contexts: 16,
        hyperWidths: [64, 64], targetWidths: [512, 512], targetActivation: .relu),
      standardSteps: 300, family: { (_) throws(KnobError) in RandomClassifiers() }),
    GlyphContest.contest,
    NonIIDDigits.contest,
    Growth.contest,
    Hospitals.contest,
  ]

  public static func named(_ name: String) -> Contest? { all.first { $0.name == name } }
}
