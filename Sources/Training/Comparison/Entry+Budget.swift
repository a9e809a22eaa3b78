import Learning

extension Comparison.Entry {
  /// How much wider or narrower a hypernetwork may become to meet a budget.
  private static let factors = stride(from: 4.0, through: 0.02, by: -0.02)

  /// The same with the widest hypernetwork that leaves it no more trained numbers than a budget; itself
  /// where it has none and is small enough. Throws where it is not.
  public func within(
    parameters most: Int, on contest: Contest, _ knobs: KnobValues
  ) throws(KnobError) -> Self {
    var own = values(knobs)
    let plain = try choice.method(contest.setting(own)).trainableCount
    guard choice.hasStrategy || choice == .hyperLoRA else {
      guard plain <= most else {
        throw KnobError(
          "'\(label)' trains \(plain) numbers here, more than the budget of \(most), and has no "
            + "hypernetwork to make narrower; leave it out, or choose smaller target-widths")
      }
      return self
    }
    let widths = own.widths("hyper-widths")
    for factor in Self.factors {
      let narrower = widths.map { max(1, Int(Double($0) * factor)) }
      let value = KnobValue.widths(narrower)
      own["hyper-widths"] = value
      guard own["hyper-widths"] == value else { continue }
      if try choice.method(contest.setting(own)).trainableCount <= most {
        return with("hyper-widths", value)
      }
    }
    throw KnobError(
      "no hypernetwork of '\(label)' is narrow enough for \(most) trained numbers; "
        + "choose a larger budget")
  }
}
