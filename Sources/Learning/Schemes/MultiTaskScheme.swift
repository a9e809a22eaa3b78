import Autodiff

/// All tasks at once: every step draws some tasks and a fresh batch of each, and minimises the mean
/// loss plus a pull of the embeddings towards zero,
///
///     L = mean over tasks of loss(f(x + grain; H(z + noise))) + pull · mean ‖z‖²,
///
/// noise and grain being normal numbers, fresh every step.
public struct MultiTaskScheme: TrainingScheme {
  /// Tasks a step; at most as many as are trained.
  public let tasksPerStep: Int
  /// Examples of each task a step.
  public let examples: Int
  public let schedule: RateSchedule
  /// The length of the run the schedule is for.
  public let steps: Int

  public init(tasksPerStep: Int, examples: Int, schedule: RateSchedule, steps: Int) {
    self.tasksPerStep = tasksPerStep
    self.examples = examples
    self.schedule = schedule
    self.steps = steps
  }

  public func stateVariables(of model: HypernetworkModel) -> [VariableSpecification] {
    model.optimizer.variables(for: model.trained, prefix: "optimizer")
  }

  public func program(for model: HypernetworkModel) -> TrainingProgram {
    let graph = Graph()
    let family = model.family
    let rows = min(tasksPerStep, family.trainingTaskCount)
    let everyTask = rows == family.trainingTaskCount
    let embedding = graph.variable(
      HypernetworkModel.embedding, [family.trainingTaskCount, model.contextCount])
    let x = graph.input("x", [rows, examples, family.inputCount])
    let y = graph.input("y", [rows, examples, family.outputCount])
    let rate = graph.input("rate", [])
    let clip = graph.input("clip", [])
    let pull = graph.input("pull", [])
    let noise = graph.input("noise", [rows, model.contextCount])

    let z = graph.phase("embed") {
      everyTask ? embedding : embedding.gather(rows: graph.input("tasks", [rows]))
    }
    let weights = graph.phase("generate") {
      model.strategy.generate(from: z + noise, theta: Theta(graph))
    }
    let outputs = graph.phase("forward") { model.target(weights, x) }
    let (taskLoss, loss) = graph.phase("loss") {
      let taskLoss = family.objective.perTask(outputs, y).mean()
      return (taskLoss, taskLoss + pull * z.square().mean())
    }
    let parameters = model.trained.map { ($0.name, graph.variable($0.name, $0.shape)) }
    let gradients = loss.gradient(of: parameters.map(\.1))
    graph.phase("update") {
      let scale = Clipping.clipScale(norm: Clipping.globalNorm(gradients), limit: clip)
      model.optimizer.update(
        zip(parameters, gradients).map { ($0.0, $0.1, $1) }, in: graph, prefix: "optimizer",
        rate: rate, gradientScale: scale)
    }
    let (schedule, steps) = (schedule, steps)
    return TrainingProgram(graph: graph, loss: taskLoss) { plan in
      MultiTaskFeed(
        family: family, rows: rows, examples: examples, everyTask: everyTask, plan: plan
      ) { schedule.factor(at: $0, of: steps) }
    }
  }
}

private final class MultiTaskFeed: Feed {
  private let family: any TaskFamily
  private let examples: Int
  /// What the rate is multiplied by at a step.
  private let rateFactor: (Int) -> Float
  private let everyTask: Bool
  private let order: UnsafeMutableBufferPointer<Int>
  private let rows: Int
  private let x, y, rate, clip, pull, noise: UnsafeMutableBufferPointer<Float>
  private let tasks: UnsafeMutableBufferPointer<Float>?
  /// Noise on its way into `x`.
  private let grain: UnsafeMutableBufferPointer<Float>
  private var seed: UInt64 = 0
  private var baseRate: Float = 0
  private var noiseDeviation: Float = 0
  private var grainDeviation: Float = 0
  /// The inputs live in the plan's memory.
  private let plan: Plan

  init(
    family: any TaskFamily, rows: Int, examples: Int, everyTask: Bool, plan: Plan,
    rateFactor: @escaping (Int) -> Float
  ) {
    self.family = family
    self.rows = rows
    self.examples = examples
    self.rateFactor = rateFactor
    self.everyTask = everyTask
    self.plan = plan
    x = plan.input("x")
    y = plan.input("y")
    rate = plan.input("rate")
    clip = plan.input("clip")
    pull = plan.input("pull")
    noise = plan.input("noise")
    tasks = everyTask ? nil : plan.input("tasks")
    order = .allocate(capacity: family.trainingTaskCount)
    for index in order.indices { order[index] = index }
    grain = .allocate(capacity: x.count)
  }

  deinit {
    order.deallocate()
    grain.deallocate()
  }

  func apply(_ knobs: KnobValues, seed: UInt64) {
    self.seed = seed
    baseRate = knobs.real("rate")
    clip[0] = knobs.real("clip")
    pull[0] = knobs.real("pull")
    noiseDeviation = knobs.real("noise")
    // Not every experiment has this one.
    grainDeviation = knobs.real("grain")
    noise.update(repeating: 0)
  }

  func write(step: Int) {
    rate[0] = baseRate * rateFactor(step)
    if let tasks {
      // The first `rows` of a Fisher–Yates shuffle that starts from the same order every step.
      for index in order.indices { order[index] = index }
      let key = RandomKey(seed: seed, stream: .batch, step: step)
      for index in 0..<rows {
        order.swapAt(index, index + key.integer(below: order.count - index, index: index))
        tasks[index] = Float(order[index])
      }
    }
    if noiseDeviation > 0 {
      RandomKey(seed: seed, stream: .noise, step: step).fillNormal(noise, deviation: noiseDeviation)
    }
    family.fillBatch(
      tasks: UnsafeBufferPointer(rebasing: order[..<rows]), examples: examples,
      key: RandomKey(seed: seed, stream: .inputs, step: step), x: x, y: y)
    if grainDeviation > 0 {
      RandomKey(seed: seed, stream: .grain, step: step).fillNormal(grain, deviation: grainDeviation)
      for index in x.indices { x[index] += grain[index] }
    }
  }
}
