import Autodiff

extension Method {
  private static let context = "z"
  /// Learning rates for descent on a context.
  private static let contextRates: [Float] = [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3]

  private static func contextVariable(
    _ setting: MethodSetting, start: Own.Start, deviation: Float? = nil
  ) -> Own {
    Own(
      specification: .init(
        context, [setting.contextCount],
        .normal(deviation: deviation ?? setting.knobs.real("spread"))), start: start)
  }

  private static func forward(
    _ setting: MethodSetting, _ strategy: any Strategy
  ) -> Forward {
    let target = setting.target
    return { own, theta, x in
      target(strategy.generate(from: context(of: own), theta: theta), x)
    }
  }

  /// The contexts among the own numbers of tasks.
  static func context(of own: [String: Tensor]) -> Tensor {
    guard let z = own[context] else { preconditionFailure("a hypernetwork without a context") }
    return z
  }

  /// H(z) with an embedding for each task; a new task fits z from the mean embedding, θ frozen.
  static func hypernetwork(_ setting: MethodSetting) throws(KnobError) -> Method {
    generated(.hypernetwork, setting, strategy: try setting.strategy(), objective: .joint)
  }

  /// The same, whatever θ and the embeddings are trained by.
  static func generated(
    _ choice: MethodChoice, _ setting: MethodSetting, strategy: any Strategy, objective: Objective
  ) -> Method {
    let own = [contextVariable(setting, start: .mean)]
    return Method(
      choice: choice, setting, shared: strategy.variables, own: own, adapted: own,
      stages: [.init(objective, trained: strategy.trainedNames, trainsOwn: true)],
      rate: setting.knobs.real("rate"), adaptationRates: contextRates,
      forward: forward(setting, strategy), emitting: strategy)
  }

  /// Trained as the hypernetwork is; a new task takes the weights generated for the mean embedding as
  /// the start of ordinary training.
  static func learnedInit(_ setting: MethodSetting) throws(KnobError) -> Method {
    let strategy = try setting.strategy()
    let target = setting.target
    let contexts = setting.contextCount
    let trained = setting.family.trainingTaskCount
    let adapted = target.tensors.enumerated().map { index, tensor in
      Own(
        specification: .init(tensor.name, tensor.shape, .zero),
        start: .computed { tasks, graph in
          let own = graph.variable(ownName(context), [trained, contexts])
          let weights = strategy.generate(
            from: own.mean(axes: [0], keepingDimensions: true), theta: Theta(graph))
          return weights[index].dense(tasks: 1, shape: tensor.shape)
            .broadcast(to: Shape([tasks] + tensor.shape.dimensions))
        })
    }
    return Method(
      choice: .learnedInit, setting, shared: strategy.variables,
      own: [contextVariable(setting, start: .mean)], adapted: adapted,
      stages: [.init(.joint, trained: strategy.trainedNames, trainsOwn: true)],
      rate: setting.knobs.real("rate"), forward: forward(setting, strategy),
      adaptedForward: forward(target), emitting: strategy)
  }

  /// A context that descends from 0 for a few steps, θ being trained through that descent (Zintgraf et
  /// al. 2019, "Fast context adaptation via meta-learning", with a hypernetwork behind the context).
  static func embedding(_ setting: MethodSetting) throws(KnobError) -> Method {
    let strategy = try setting.strategy()
    return Method(
      choice: .embedding, setting, shared: strategy.variables, own: [],
      adapted: [contextVariable(setting, start: .drawn, deviation: 0)],
      stages: [
        .init(
          .adapted(steps: setting.knobs.integer("inner-steps"), isSecondOrder: true),
          trained: strategy.trainedNames)
      ],
      rate: setting.knobs.real("meta-rate"), adaptationRates: contextRates,
      forward: forward(setting, strategy), emitting: strategy)
  }

  /// A context computed from examples: two layers see each example (x, y), and their mean, which does
  /// not depend on the order, is what the context is read from (Zaheer et al. 2017, "Deep sets").
  static func setEncoder(_ setting: MethodSetting) throws(KnobError) -> Method {
    let strategy = try setting.strategy()
    let encoder = SetEncoder(
      inputs: setting.family.inputCount, outputs: setting.family.outputCount, width: 64,
      contexts: setting.contextCount)
    let start: Own.Start = .encoded { x, y, theta in encoder(x, y, theta: theta) }
    return Method(
      choice: .setEncoder, setting, shared: encoder.variables + strategy.variables, own: [],
      adapted: [contextVariable(setting, start: start)],
      stages: [
        .init(
          .adapted(steps: 0, isSecondOrder: true),
          trained: strategy.trainedNames.union(encoder.variables.map(\.name)))
      ],
      rate: setting.knobs.real("meta-rate"), adaptationRates: contextRates,
      forward: forward(setting, strategy), emitting: strategy)
  }

  /// A base trained on all tasks first and then frozen; low-rank changes of it are generated.
  static func hyperLoRA(_ setting: MethodSetting) throws(KnobError) -> Method {
    var knobs = setting.knobs
    knobs["strategy"] = .choice(StrategyChoice.lora.rawValue)
    knobs["base"] = .choice("frozen")
    let setting = MethodSetting(
      family: setting.family, target: setting.target, gain: setting.gain, knobs: knobs)
    let strategy = try setting.strategy()
    let own = [contextVariable(setting, start: .mean)]
    return Method(
      choice: .hyperLoRA, setting, shared: strategy.variables, own: own, adapted: own,
      stages: [
        .init(.joint, trained: strategy.frozen, share: 0.3),
        .init(.joint, trained: strategy.trainedNames, trainsOwn: true, share: 0.7),
      ], rate: setting.knobs.real("rate"), adaptationRates: contextRates,
      forward: forward(setting, strategy), emitting: strategy)
  }
}

extension Strategy {
  /// Names of the variables that training changes.
  var trainedNames: Set<String> { Set(variables.map(\.name)).subtracting(frozen) }
}

/// A context from a set of examples: z = mean over k of φ(x_k, y_k), read by a linear layer.
public struct SetEncoder: Sendable {
  let inputs: Int
  let outputs: Int
  let width: Int
  let contexts: Int

  var variables: [VariableSpecification] {
    let both = inputs + outputs
    func start(_ fanIn: Int) -> VariableSpecification.Start {
      .normal(deviation: (2 / Float(fanIn)).squareRoot())
    }
    return [
      .init("encoder.1.weight", [both, width], start(both)),
      .init("encoder.1.bias", [width], .zero),
      .init("encoder.2.weight", [width, width], start(width)),
      .init("encoder.2.bias", [width], .zero),
      .init(
        "encoder.3.weight", [width, contexts],
        .normal(deviation: 1 / Float(width).squareRoot())),
      .init("encoder.3.bias", [contexts], .zero),
    ]
  }

  /// z [T, contexts] for x [T, K, inputs] and y [T, K, outputs].
  func callAsFunction(_ x: Tensor, _ y: Tensor, theta: Theta) -> Tensor {
    let both = Tensor.concatenate([x, y], axis: 2)
    let first =
      (both.matmul(theta("encoder.1.weight", [inputs + outputs, width]))
      + theta("encoder.1.bias", [width])).relu()
    let second =
      (first.matmul(theta("encoder.2.weight", [width, width]))
      + theta("encoder.2.bias", [width])).relu()
    return second.mean(axes: [1], keepingDimensions: false)
      .matmul(theta("encoder.3.weight", [width, contexts])) + theta("encoder.3.bias", [contexts])
  }
}
