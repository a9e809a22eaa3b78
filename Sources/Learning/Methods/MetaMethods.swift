import Autodiff

extension Method {
  /// Model-agnostic meta-learning (Finn, Abbeel & Levine 2017): shared weights from which a few steps
  /// of gradient descent lead to a task's.
  static func maml(_ setting: MethodSetting, isSecondOrder: Bool) -> Method {
    meta(
      isSecondOrder ? .maml : .fomaml, setting,
      stage: .init(
        .adapted(steps: setting.knobs.integer("inner-steps"), isSecondOrder: isSecondOrder),
        trained: setting.base.names), rate: setting.knobs.real("meta-rate"))
  }

  static func reptile(_ setting: MethodSetting) -> Method {
    meta(
      .reptile, setting,
      stage: .init(
        .reptile(steps: setting.knobs.integer("reptile-steps")), trained: setting.base.names,
        optimizer: .sgd), rate: setting.knobs.real("reptile-rate"))
  }

  private static func meta(
    _ choice: MethodChoice, _ setting: MethodSetting, stage: Stage, rate: Float
  ) -> Method {
    let base = setting.base
    return Method(
      choice: choice, setting, shared: base.variables, own: [],
      adapted: base.ownVariables(start: { .shared(SharedBase.name($0)) }), stages: [stage],
      rate: rate, adaptationRates: [setting.knobs.real("inner-rate")],
      forward: forward(setting.target))
  }
}
