import Autodiff

/// Elastic weight consolidation (Kirkpatrick et al. 2017): numbers that earlier tasks' predictions hang on
/// are held where they were,
///
///     L = L_T + λ/2 · Σ_{t<T} Σ_i F_t,i (w_i − w*_t,i)²,
///
/// F_t being the diagonal of the Fisher information at the end of task t: the mean over examples of the
/// squared derivatives of log p(c | x), the class c drawn from what the network itself says. The sum over
/// classes is taken whole, not by draws. As every pull is a parabola, ΣF and ΣF w* are all that is kept.
///
/// What tasks do not share needs no holding.
struct ElasticMemory: ContinualMemory {
  /// Examples that F is measured on.
  private static let examples = 200

  func strength(_ knobs: KnobValues) -> Float { knobs.real("ewc") }

  private func name(_ part: String, _ tensor: TensorSpecification) -> String {
    "ewc.\(part).\(tensor.name)"
  }

  func variables(of model: HypernetworkModel) -> [VariableSpecification] {
    model.sharedTensors.flatMap { tensor in
      ["fisher", "sum", "anchor"].map {
        VariableSpecification(name($0, tensor), tensor.shape, .zero)
      }
    }
  }

  func gradients(of step: ContinualStep) -> [Tensor] {
    let strength = step.graph.input("strength", [])
    let shared = Dictionary(
      uniqueKeysWithValues: step.model.sharedTensors.map { (SharedBase.name($0), $0) })
    return zip(step.specifications, zip(step.theta, step.gradients)).map { specification, pair in
      guard let tensor = shared[specification.name] else { return pair.1 }
      let (sum, anchor) = (
        step.graph.variable(name("sum", tensor), tensor.shape),
        step.graph.variable(name("anchor", tensor), tensor.shape)
      )
      return pair.1 + (pair.0 * sum - anchor) * strength
    }
  }

  func writer(of plan: Plan) -> MemoryWriter {
    let input = plan.input("strength")
    return { _, strength, _ in input[0] = strength }
  }

  func ending(task: Int, of model: HypernetworkModel) -> [Transition] {
    let classes = model.family.outputCount
    let identity = (0..<classes * classes).map { Float($0 % (classes + 1) == 0 ? 1 : 0) }
    // So many rows of weights at a time, one for each example and class.
    let examples = max(1, 40 / classes)
    let batches = (0..<(Self.examples + examples - 1) / examples).map { batch in
      let (x, _) = model.family.batch(
        of: task, examples: examples,
        key: RandomKey(seed: UInt64(batch), stream: .support, step: task))
      return [(name: "x", values: x), (name: "identity", values: identity)]
    }
    return [
      .run(
        fisher(of: model, task: task, examples: examples, total: batches.count * examples),
        batches: batches),
      .run(summing(model), batches: [[]]),
    ]
  }

  /// Adds the share of some examples to F.
  private func fisher(
    of model: HypernetworkModel, task: Int, examples: Int, total: Int
  ) -> Graph {
    let graph = Graph()
    let (family, classes) = (model.family, model.family.outputCount)
    let rows = examples * classes
    let embedding = graph.variable(
      HypernetworkModel.embedding, [family.trainingTaskCount, model.contextCount])
    let z = embedding.slice(axis: 0, from: task, count: 1)
    // A network for each example and class, so that each has a gradient of its own.
    let weights = model.strategy.generate(from: z, theta: Theta(graph))
      .dense(tasks: 1, model.target.tensors)
      .map { $0.broadcast(to: Shape([rows] + $0.shape.dimensions.dropFirst())) }
    let x = graph.input("x", [examples, 1, family.inputCount])
      .broadcast(to: [examples, classes, family.inputCount])
      .reshaped(to: [rows, 1, family.inputCount])
    let outputs = model.target(weights.map { Weight($0) }, x).logSoftmax()
      .reshaped(to: [examples, classes, classes])
    let identity = graph.input("identity", [classes, classes])
      .reshaped(to: [1, classes, classes])
    let log = (outputs * identity).sum(axes: [2], keepingDimensions: false).reshaped(to: [rows])
    let probability = log.exp().stopGradient() * (1 / Float(total))
    for (tensor, gradient) in zip(model.target.tensors, log.sum().gradient(of: weights)) {
      guard model.sharedTensors.contains(tensor) else { continue }
      let ones = Array(repeating: 1, count: tensor.shape.rank)
      let share = (gradient.square() * probability.reshaped(to: Shape([rows] + ones)))
        .sum(axes: [0], keepingDimensions: false)
      let fisher = graph.variable(name("fisher", tensor), tensor.shape)
      graph.update(Assign(fisher, fisher + share))
    }
    return graph
  }

  /// Adds F and F w to what is kept, and begins F anew.
  private func summing(_ model: HypernetworkModel) -> Graph {
    let graph = Graph()
    for tensor in model.sharedTensors {
      func variable(_ part: String) -> Tensor { graph.variable(name(part, tensor), tensor.shape) }
      let fisher = variable("fisher")
      let weight = graph.variable(SharedBase.name(tensor), tensor.shape)
      graph.update(Assign(variable("sum"), variable("sum") + fisher))
      graph.update(Assign(variable("anchor"), variable("anchor") + fisher * weight))
      graph.update(Assign(fisher, fisher * 0))
    }
    return graph
  }
}

extension HypernetworkModel {
  /// Tensors of the target network that all tasks share as they are.
  var sharedTensors: [TensorSpecification] { (strategy as? TaskParts)?.shared ?? [] }
}
