import Autodiff

extension Method {
  /// Learning rates for descent on a network's own weights.
  static let weightRates: [Float] = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3]

  /// One network for each task: nothing is shared, and a new task begins at a network drawn anew.
  static func standard(_ setting: MethodSetting) -> Method {
    let own = setting.base.ownVariables(start: { _ in .drawn })
    return Method(
      choice: .standard, setting, shared: [], own: own, adapted: own,
      stages: [.init(.joint, trained: [], trainsOwn: true)], rate: setting.knobs.real("rate"),
      forward: forward(setting.target))
  }

  /// One network for all training tasks; a new task trains it on.
  static func pooled(_ setting: MethodSetting) -> Method {
    let base = setting.base
    let target = setting.target
    return Method(
      choice: .pooled, setting, shared: base.variables, own: [],
      adapted: base.ownVariables(start: { .shared(SharedBase.name($0)) }),
      stages: [.init(.joint, trained: base.names)], rate: setting.knobs.real("rate"),
      forward: { _, theta, x in
        target(base.target.map { Weight(base: base($0, theta: theta)) }, x)
      }, adaptedForward: forward(target))
  }

  /// All layers but the last are shared; each task has a last layer of its own, and a new task's begins
  /// at their mean.
  static func heads(_ setting: MethodSetting) -> Method {
    let base = setting.base
    let target = setting.target
    let last = Set(base.target.suffix(2).map(\.name))
    let trunk = SharedBase(
      target: base.target.dropLast(2), gain: base.gain, deviation: base.deviation)
    let own = SharedBase(
      target: base.target.suffix(2), gain: base.gain, deviation: base.deviation
    )
    .ownVariables(start: { _ in .mean })
    return Method(
      choice: .heads, setting, shared: trunk.variables, own: own, adapted: own,
      stages: [.init(.joint, trained: trunk.names, trainsOwn: true)],
      rate: setting.knobs.real("rate"),
      forward: { own, theta, x in
        target(
          base.target.map { tensor in
            Weight(
              base: last.contains(tensor.name)
                ? own[tensor.name] : base(tensor, theta: theta))
          }, x)
      })
  }

  /// A base trained on all tasks first and then left alone; each task adds a low-rank change, B A with
  /// B at 0 first (Hu et al. 2022, "LoRA"): r (in + out) numbers a matrix.
  static func lora(_ setting: MethodSetting) -> Method {
    let base = setting.base
    let target = setting.target
    let rank = setting.knobs.integer("rank")
    let own = base.target.flatMap { tensor -> [Own] in
      guard let shapes = tensor.factorShapes(rank: rank) else { return [] }
      return [
        Own(
          specification: .init(
            tensor.name + ".left", shapes.left, .normal(deviation: tensor.adapterDeviation)),
          start: .drawn),
        Own(specification: .init(tensor.name + ".right", shapes.right, .zero), start: .drawn),
      ]
    }
    return Method(
      choice: .lora, setting, shared: base.variables, own: own, adapted: own,
      stages: [
        .init(.joint, trained: base.names, share: 0.5),
        .init(.joint, trained: [], trainsOwn: true, share: 0.5),
      ], rate: setting.knobs.real("rate"),
      forward: { own, theta, x in
        target(
          base.target.map { tensor in
            var weight = Weight(base: base(tensor, theta: theta))
            if let left = own[tensor.name + ".left"], let right = own[tensor.name + ".right"] {
              weight.factors = (left, right)
            }
            return weight
          }, x)
      })
  }

  /// The target network with every tensor a task's own.
  static func forward(_ target: any TargetNetwork) -> Forward {
    { own, _, x in target(target.tensors.compactMap { own[$0.name].map { Weight($0) } }, x) }
  }
}

extension SharedBase {
  var names: Set<String> { Set(target.map(Self.name)) }

  /// The same tensors as numbers of each task.
  func ownVariables(start: (TensorSpecification) -> Method.Own.Start) -> [Method.Own] {
    target.map {
      Method.Own(
        specification: .init($0.name, $0.shape, self.start(of: $0)), start: start($0))
    }
  }
}

extension Method.Stage {
  init(
    _ objective: Method.Objective, trained: Set<String>, trainsOwn: Bool = false,
    share: Double = 1, hasOwn: Bool = true, optimizer: OptimizerChoice = .adam
  ) {
    self.objective = objective
    self.trained = trained
    self.trainsOwn = trainsOwn
    self.share = share
    self.hasOwn = hasOwn
    self.optimizer = optimizer
  }
}

extension Method {
  init(
    choice: MethodChoice, _ setting: MethodSetting, shared: [VariableSpecification], own: [Own],
    adapted: [Own], stages: [Stage], rate: Float, adaptationRates: [Float] = weightRates,
    forward: @escaping Forward, adaptedForward: Forward? = nil,
    emitting strategy: (any Strategy)? = nil
  ) {
    self.choice = choice
    self.setting = setting
    family = setting.family
    self.shared = shared
    self.own = own
    self.adapted = adapted
    self.stages = stages
    self.rate = rate
    self.adaptationRates = adaptationRates
    self.forward = forward
    emittedCount = strategy?.emittedCount
    self.adaptedForward = adaptedForward ?? forward
    targetCount = setting.target.parameterCount
  }
}
