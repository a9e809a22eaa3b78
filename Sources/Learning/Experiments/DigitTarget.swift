/// The networks that see a digit, as knobs describe them: an experiment generates them, and methods
/// race with them.
enum DigitTarget {
  static let knob = Knob(
    "target", title: "target", help: "the target network: an MLP, or a transformer on patches",
    .choice(["mlp", "transformer"]), standard: .choice("mlp"), effect: .rebuild)

  /// Of a transformer tokens are as wide as the target's first layer, a multiple of its two heads.
  /// Throws where they are not.
  static func network(
    _ knobs: KnobValues, _ family: any TaskFamily
  ) throws(KnobError) -> any TargetNetwork {
    let widths = knobs.widths("target-widths")
    guard knobs.choice(knob.name) == "transformer" else {
      return MLP(
        widths: [family.inputCount] + widths + [family.outputCount],
        activation: CommonKnobs.activation(knobs, "target-activation"))
    }
    let heads = 2
    guard widths.count == 1, widths[0] % heads == 0 else {
      throw KnobError(
        "target=transformer takes one target width, that of its tokens, which its \(heads) heads "
          + "divide; not \(widths.map(String.init).joined(separator: "-"))")
    }
    return TransformerTarget(
      side: Digits.side, patch: 2, model: widths[0], heads: heads, blocks: 1,
      classes: family.outputCount)
  }
}
