import Autodiff

/// One task after another, as in von Oswald et al. 2020, "Continual learning with hypernetworks":
/// the loss of the current task plus a pull of what the hypernetwork would generate for earlier
/// tasks, after the step it is about to take, towards what it generated when they ended,
///
///     L = L_T + β / (T − 1) · Σ_{t<T} ‖h(e_t; θ + Δθ) − h(e_t; θ*)‖²,
///
/// Δθ being Adam's step for L_T alone, treated as a constant. θ and the embedding of the current
/// task have an Adam each, both new with every task; earlier embeddings stay as they are.
public struct ContinualScheme: TrainingScheme {
  public let stepsPerTask: Int
  /// Examples a step.
  public let examples: Int
  /// How the rate changes from a task's first step to its last.
  public let schedule: RateSchedule

  public init(stepsPerTask: Int, examples: Int, schedule: RateSchedule) {
    self.stepsPerTask = stepsPerTask
    self.examples = examples
    self.schedule = schedule
  }

  public var isContinual: Bool { true }

  public func currentTask(at step: Int, knobs: KnobValues) -> Int? { step / stepsPerTask }

  private func stored(_ tensor: TensorSpecification) -> String { "stored.\(tensor.name)" }

  public func stateVariables(of model: HypernetworkModel) -> [VariableSpecification] {
    let tasks = model.family.trainingTaskCount
    return OptimizerChoice.adam.variables(for: model.trained, prefix: "optimizer")
      + model.target.tensors.map {
        VariableSpecification(stored($0), Shape([tasks] + $0.shape.dimensions), .zero)
      }
  }

  public func program(for model: HypernetworkModel) -> TrainingProgram {
    let graph = Graph()
    let family = model.family
    let tasks = family.trainingTaskCount
    let embedding = graph.variable(HypernetworkModel.embedding, [tasks, model.contextCount])
    let x = graph.input("x", [1, examples, family.inputCount])
    let y = graph.input("y", [1, examples, family.outputCount])
    let task = graph.input("task", [1])
    let rate = graph.input("rate", [])
    // 1 for the current task, and β / (T − 1) for each earlier one; 0 elsewhere.
    let current = graph.input("current", [tasks, 1])
    let weight = graph.input("weight", [tasks])

    let z = graph.phase("embed") { embedding.gather(rows: task) }
    let weights = graph.phase("generate") { model.strategy.generate(from: z, theta: Theta(graph)) }
    let outputs = graph.phase("forward") { model.target(weights, x) }
    let taskLoss = graph.phase("loss") { family.objective.perTask(outputs, y).mean() }

    let specifications = model.trained.filter { $0.name != HypernetworkModel.embedding }
    let theta = specifications.map { graph.variable($0.name, $0.shape) }
    let gradients = taskLoss.gradient(of: theta + [embedding])
    let steps = graph.variable("optimizer.steps", [])

    let regulariserGradients = graph.phase("gradient") {
      let ahead = zip(specifications, zip(theta, gradients)).map { specification, pair in
        let (variable, gradient) = pair
        return
          (variable
          + Adam(
            parameter: variable, gradient: gradient,
            firstMoment: slot("first-moment", specification, in: graph),
            secondMoment: slot("second-moment", specification, in: graph), stepCount: steps,
            rate: rate
          ).candidateStep).stopGradient()
      }
      let names = specifications.map(\.name)
      let lookahead = Theta(
        graph, substitutes: Dictionary(uniqueKeysWithValues: zip(names, ahead)))
      let generated = model.strategy
        .generate(from: embedding.stopGradient(), theta: lookahead)
        .dense(tasks: tasks, model.target.tensors)
      let drift = zip(model.target.tensors, generated).map { tensor, value in
        let goal = graph.variable(stored(tensor), value.shape)
        let axes = Array(1..<value.shape.rank)
        return ((value - goal).square().sum(axes: axes, keepingDimensions: false) * weight).sum()
      }
      let regulariser = drift.dropFirst().reduce(drift[0], +)
      return regulariser.gradient(of: ahead)
    }
    graph.phase("update") {
      var updates = zip(specifications, zip(theta, zip(gradients, regulariserGradients))).map {
        specification, rest in
        (specification.name, rest.0, rest.1.0 + rest.1.1)
      }
      updates.append((HypernetworkModel.embedding, embedding, gradients[theta.count] * current))
      OptimizerChoice.adam.update(
        updates, in: graph, prefix: "optimizer", rate: rate, gradientScale: nil)
    }

    let (stepsPerTask, schedule) = (stepsPerTask, schedule)
    let optimizerState = OptimizerChoice.adam
      .variables(for: model.trained, prefix: "optimizer").map(\.name)
    return TrainingProgram(graph: graph, loss: taskLoss) { plan in
      ContinualFeed(
        family: family, stepsPerTask: stepsPerTask, examples: examples, schedule: schedule,
        plan: plan)
    } transitions: { step in
      let task = step / stepsPerTask
      guard step > 0, step % stepsPerTask == 0, task < tasks else { return [] }
      return [
        .run(storing(model, task: task - 1), inputs: []),
        .zero(optimizerState),
        .notice("now learning task \(task + 1): \(family.tasks[task].name)"),
      ]
    }
  }

  private func slot(
    _ slot: String, _ parameter: VariableSpecification, in graph: Graph
  ) -> Tensor {
    graph.variable("optimizer.\(slot)/\(parameter.name)", parameter.shape)
  }

  /// A graph that stores, for every task up to `task`, the weights generated for it now.
  private func storing(_ model: HypernetworkModel, task: Int) -> Graph {
    let graph = Graph()
    let tasks = model.family.trainingTaskCount
    let embedding = graph.variable(HypernetworkModel.embedding, [tasks, model.contextCount])
    for (tensor, value) in zip(
      model.target.tensors,
      model.strategy.generate(from: embedding, theta: Theta(graph))
        .dense(tasks: tasks, model.target.tensors))
    {
      graph.update(Assign(graph.variable(stored(tensor), value.shape), value))
    }
    return graph
  }
}

private final class ContinualFeed: Feed {
  private let family: any TaskFamily
  private let stepsPerTask: Int
  private let examples: Int
  private let schedule: RateSchedule
  private let x, y, task, rate, current, weight: UnsafeMutableBufferPointer<Float>
  private let chosen = UnsafeMutableBufferPointer<Int>.allocate(capacity: 1)
  private var seed: UInt64 = 0
  private var beta: Float = 0
  private var baseRate: Float = 0
  /// The inputs live in the plan's memory.
  private let plan: Plan

  init(
    family: any TaskFamily, stepsPerTask: Int, examples: Int, schedule: RateSchedule, plan: Plan
  ) {
    self.family = family
    self.stepsPerTask = stepsPerTask
    self.examples = examples
    self.schedule = schedule
    self.plan = plan
    x = plan.input("x")
    y = plan.input("y")
    task = plan.input("task")
    rate = plan.input("rate")
    current = plan.input("current")
    weight = plan.input("weight")
  }

  deinit { chosen.deallocate() }

  func apply(_ knobs: KnobValues, seed: UInt64) {
    self.seed = seed
    beta = knobs.real("beta")
    baseRate = knobs.real("rate")
  }

  func write(step: Int) {
    let now = min(step / stepsPerTask, current.count - 1)
    task[0] = Float(now)
    rate[0] = baseRate * schedule.factor(at: step - now * stepsPerTask, of: stepsPerTask)
    for index in 0..<current.count {
      current[index] = index == now ? 1 : 0
      weight[index] = index < now ? beta / Float(now) : 0
    }
    chosen[0] = now
    family.fillBatch(
      tasks: UnsafeBufferPointer(chosen), examples: examples,
      key: RandomKey(seed: seed, stream: .inputs, step: step), x: x, y: y)
  }
}
