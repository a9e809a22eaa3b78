import Autodiff

/// Methods by which tasks are clients whose rows never leave them: see ``Objective/returned(steps:sent:)``.
extension Method {
  /// H(z) for every client, θ and z learning from what comes back (Shamsian et al. 2021); a client that
  /// comes late fits z, θ frozen.
  static func pFedHN(_ setting: MethodSetting) throws(KnobError) -> Method {
    let strategy = try setting.strategy()
    let target = setting.target.tensors
    return generated(
      .pfedhn, setting, strategy: strategy,
      objective: .returned(steps: setting.knobs.integer("local-steps")) { own, theta, rows in
        strategy.generate(from: context(of: own), theta: theta).dense(tasks: rows, target)
      })
  }

  /// Weights that all clients share move to the mean of where the clients' steps lead (McMahan et al.
  /// 2017, "Communication-efficient learning of deep networks from decentralized data"). A client that
  /// comes late is sent them, and may train on from there.
  static func fedAvg(_ setting: MethodSetting) -> Method {
    let base = setting.base
    let target = setting.target
    return Method(
      choice: .fedavg, setting, shared: base.variables, own: [],
      adapted: base.ownVariables(start: { .shared(SharedBase.name($0)) }),
      stages: [
        .init(
          .returned(steps: setting.knobs.integer("local-steps")) { _, theta, rows in
            base.target.map {
              base($0, theta: theta).broadcast(to: Shape([rows] + $0.shape.dimensions))
            }
          }, trained: base.names, optimizer: .sgd)
      ], rate: 1,
      forward: { _, theta, x in
        target(base.target.map { Weight(base: base($0, theta: theta)) }, x)
      }, adaptedForward: forward(target))
  }
}
