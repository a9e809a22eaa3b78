import Autodiff

/// The output regulariser of von Oswald et al. 2020, “Continual learning with hypernetworks”: what the
/// hypernetwork would generate for earlier tasks, after the step it is about to take, is pulled towards
/// what it generated when the last of them ended,
///
///     L = L_T + β / (T − 1) · Σ_{t<T} ‖h(e_t; θ + Δθ) − h(e_t; θ*)‖²,
///
/// Δθ being Adam's step for L_T alone, treated as a constant.
public struct OutputMemory: ContinualMemory {
  /// Whether Δθ is looked ahead, or taken as 0.
  public let looksAhead: Bool
  /// Whether a task's target is what was generated when that task ended; else all are generated anew
  /// whenever one ends.
  public let storesOnce: Bool
  /// How many earlier tasks a step looks at, drawn anew each time; 0 is all.
  public let sample: Int

  public init(looksAhead: Bool = true, storesOnce: Bool = false, sample: Int = 0) {
    self.looksAhead = looksAhead
    self.storesOnce = storesOnce
    self.sample = sample
  }

  public func strength(_ knobs: KnobValues) -> Float { knobs.real("beta") }

  static func stored(_ tensor: TensorSpecification) -> String { "stored.\(tensor.name)" }

  public func variables(of model: HypernetworkModel) -> [VariableSpecification] {
    model.target.tensors.map {
      VariableSpecification(
        Self.stored($0), Shape([model.family.trainingTaskCount] + $0.shape.dimensions), .zero)
    }
  }

  public func gradients(of step: ContinualStep) -> [Tensor] {
    let (graph, model) = (step.graph, step.model)
    let ahead = step.theta.enumerated().map { index, variable in
      looksAhead
        ? (variable + step.candidate(index, gradient: step.gradients[index])).stopGradient()
        : variable
    }
    let theta = Theta(
      graph,
      substitutes: Dictionary(
        uniqueKeysWithValues: zip(step.specifications.map(\.name), ahead)))
    let tasks = model.family.trainingTaskCount
    let rows = sample > 0 ? min(sample, tasks - 1) : tasks
    // β / (T − 1) for each earlier task, or of so many as are drawn; 0 elsewhere.
    let weight = graph.input("weight", [rows])
    let earlier = rows == tasks ? nil : graph.input("earlier", [rows])
    let contexts = earlier.map { step.embedding.gather(rows: $0) } ?? step.embedding
    let generated = model.strategy.generate(from: contexts.stopGradient(), theta: theta)
      .dense(tasks: rows, model.target.tensors)
    let drift = zip(model.target.tensors, generated).map { tensor, value in
      var goal = graph.variable(
        Self.stored(tensor), Shape([tasks] + tensor.shape.dimensions))
      if let earlier {
        goal = goal.reshaped(to: [tasks, tensor.shape.count]).gather(rows: earlier)
          .reshaped(to: value.shape)
      }
      let axes = Array(1..<value.shape.rank)
      return ((value - goal).square().sum(axes: axes, keepingDimensions: false) * weight).sum()
    }
    let pull = drift.dropFirst().reduce(drift[0], +).gradient(of: ahead)
    return zip(step.gradients, pull).map { $0 + $1 }
  }

  public func writer(of plan: Plan) -> MemoryWriter {
    let weight = plan.input("weight")
    let tasks = plan.input("current").count
    guard weight.count < tasks else {
      return { task, strength, _ in
        for index in 0..<weight.count {
          weight[index] = index < task ? strength / Float(task) : 0
        }
      }
    }
    let earlier = plan.input("earlier")
    return { task, strength, key in
      // Drawn one after the other, without taking any twice (Knuth's algorithm S).
      let wanted = min(weight.count, task)
      var row = 0
      for index in 0..<task where row < wanted {
        if key.integer(below: task - index, index: index) < wanted - row {
          earlier[row] = Float(index)
          weight[row] = strength / Float(wanted)
          row += 1
        }
      }
      for rest in row..<weight.count {
        earlier[rest] = 0
        weight[rest] = 0
      }
    }
  }

  public func ending(task: Int, of model: HypernetworkModel) -> [Transition] {
    let graph = Graph()
    let tasks = model.family.trainingTaskCount
    let embedding = graph.variable(HypernetworkModel.embedding, [tasks, model.contextCount])
    let isNew = graph.input("new", [tasks])
    for (tensor, value) in zip(
      model.target.tensors,
      model.strategy.generate(from: embedding, theta: Theta(graph))
        .dense(tasks: tasks, model.target.tensors))
    {
      let goal = graph.variable(Self.stored(tensor), value.shape)
      let ones = Array(repeating: 1, count: tensor.shape.rank)
      let new = isNew.reshaped(to: Shape([tasks] + ones))
      graph.update(Assign(goal, value * new + goal * (1 - new)))
    }
    let new: [Float] = (0..<tasks).map { storesOnce && $0 != task ? 0 : 1 }
    return [.run(graph, batches: [[("new", new)]])]
  }
}
