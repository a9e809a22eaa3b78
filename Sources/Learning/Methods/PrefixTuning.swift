import Autodiff

extension Method {
  /// Learning rates for descent on a prefix: it takes a share of attention alone, and its gradients are
  /// small.
  private static let prefixRates: [Float] = [0.1, 0.3, 1, 3, 10, 30, 100]
  /// How far keys are from 0 at step 0.
  private static let keyDeviation: Float = 1

  /// A base trained on all tasks first, without prefixes, and then left alone; each task puts keys and
  /// values of its own in front of those of a transformer's tokens (Li & Liang 2021, "Prefix-tuning"):
  /// blocks · 2 · P · model numbers.
  ///
  /// Values begin at 0: what a prefix does then is to take a share of attention, and the gradient of
  /// the values is that share. Keys begin as large as those that normalised tokens have, so that the
  /// share is no less than a token's; equal keys would stay equal, as their values would. They are the
  /// same for all tasks, so that a place in one task's prefix means what it means in another's, and a
  /// new task can begin at their mean; drawn apart, they leave a mean from which descent is slower.
  static func prefix(_ setting: MethodSetting) throws(KnobError) -> Method {
    guard let target = setting.target as? TransformerTarget else {
      throw KnobError("prefix tuning needs a transformer")
    }
    let base = setting.base
    let length = setting.knobs.integer("prefix-length")
    let shape: Shape = [length, target.model]
    let names = (0..<target.blocks).map {
      (keys: "prefix\($0 + 1).keys", values: "prefix\($0 + 1).values")
    }
    let own = names.flatMap { name in
      [
        Own(
          specification: .init(name.keys, shape, .normalAlike(deviation: keyDeviation)),
          start: .mean),
        Own(specification: .init(name.values, shape, .zero), start: .mean),
      ]
    }
    return Method(
      choice: .prefix, setting, shared: base.variables, own: own, adapted: own,
      stages: [
        .init(.joint, trained: base.names, share: 0.5, hasOwn: false),
        .init(.joint, trained: [], trainsOwn: true, share: 0.5),
      ], rate: setting.knobs.real("rate"), adaptationRates: prefixRates,
      forward: { own, theta, x in
        target(
          base.target.map { Weight(base: base($0, theta: theta)) }, x,
          prefixes: names.compactMap { name in
            guard let keys = own[name.keys], let values = own[name.values] else { return nil }
            return TransformerTarget.Prefix(keys: keys, values: values)
          })
      })
  }
}
