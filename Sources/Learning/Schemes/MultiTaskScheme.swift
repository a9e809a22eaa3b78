import Autodiff

/// All tasks at once: every step draws some tasks and a fresh batch of each, and minimises the mean
/// loss plus a pull of the embeddings towards zero,
///
///     L = mean over tasks of loss(f(x + grain; H(z + noise))) + pull · mean ‖z‖²,
///
/// noise and grain being normal numbers, fresh every step. With a ``ContextBlend`` the networks between two
/// contexts are held to what the two say.
public struct MultiTaskScheme: TrainingScheme {
  /// Tasks a step; at most as many as are trained.
  public let tasksPerStep: Int
  /// Examples of each task a step.
  public let examples: Int
  public let schedule: RateSchedule
  /// The length of the run the schedule is for.
  public let steps: Int
  public let blend: ContextBlend?

  public init(
    tasksPerStep: Int, examples: Int, schedule: RateSchedule, steps: Int,
    blend: ContextBlend? = nil
  ) {
    self.tasksPerStep = tasksPerStep
    self.examples = examples
    self.schedule = schedule
    self.steps = steps
    self.blend = blend
  }

  public func stateVariables(of model: HypernetworkModel) -> [VariableSpecification] {
    model.optimizer.variables(for: model.trained, prefix: "optimizer")
  }

  public func program(for model: HypernetworkModel) -> TrainingProgram {
    let graph = Graph()
    let family = model.family
    // Contexts read from examples are kept for all tasks, so all are read.
    let rows =
      model.encoder == nil
      ? min(tasksPerStep, family.trainingTaskCount) : family.trainingTaskCount
    let everyTask = rows == family.trainingTaskCount
    let embedding = graph.variable(
      HypernetworkModel.embedding, [family.trainingTaskCount, model.contextCount])
    let x = graph.input("x", [rows, examples, family.inputCount])
    let y = graph.input("y", [rows, examples, family.outputCount])
    let rate = graph.input("rate", [])
    let clip = graph.input("clip", [])
    let pull = graph.input("pull", [])
    let noise = graph.input("noise", [rows, model.contextCount])

    // Of the listed tasks, and of those that the step is made of.
    let (own, z) = graph.phase("embed") {
      guard let encoder = model.encoder else {
        let z = everyTask ? embedding : embedding.gather(rows: graph.input("tasks", [rows]))
        return (z, z)
      }
      func read(_ name: String) -> Tensor {
        let (x, y) = (
          graph.input("\(name).x", [rows, model.fitting.examples, family.inputCount]),
          graph.input("\(name).y", [rows, model.fitting.examples, family.outputCount])
        )
        return encoder(x, y, theta: Theta(graph))
      }
      let own = read("support")
      return (own, family.isDrawnAnew ? read("anew") : own)
    }
    let noisy = graph.phase("generate") { z + noise }
    let outputs = model.outputs(of: x, contexts: noisy, theta: Theta(graph)).outputs
    let (taskLoss, loss) = graph.phase("loss") {
      let taskLoss = family.objective.perTask(outputs, y).mean()
      return (taskLoss, taskLoss + pull * z.square().mean())
    }
    let between = graph.phase("blend") { blend?.loss(of: model, z: z, x: x, outputs: outputs) }
    let total = between.map { loss + $0 } ?? loss
    let parameters = model.trained.map { ($0.name, graph.variable($0.name, $0.shape)) }
    let gradients = total.gradient(of: parameters.map(\.1))
    graph.phase("update") {
      let scale = Clipping.scale(of: gradients, limit: clip)
      model.optimizer.update(
        zip(parameters, gradients).map { ($0.0, $0.1, $1) }, in: graph, prefix: "optimizer",
        rate: rate, gradientScale: scale)
      if model.encoder != nil { graph.update(Assign(embedding, own)) }
    }
    let isEncoded = model.encoder != nil
    let (schedule, steps, blending) = (schedule, steps, blend)
    return TrainingProgram(graph: graph, loss: taskLoss) { plan in
      MultiTaskFeed(
        family: family, rows: rows, examples: examples, everyTask: everyTask,
        isEncoded: isEncoded, plan: plan, blend: blending
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
  /// Examples that contexts are read from.
  private let support: (x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>)?
  /// The same of tasks of the step's own, where there are such.
  private let anew: (x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>)?
  /// Noise on its way into `x`.
  private let grain: UnsafeMutableBufferPointer<Float>
  private var seed: UInt64 = 0
  private var baseRate: Float = 0
  private var noiseDeviation: Float = 0
  private var grainDeviation: Float = 0
  /// The inputs live in the plan's memory.
  private let plan: Plan
  private let blending: ContextBlend.Feed?

  init(
    family: any TaskFamily, rows: Int, examples: Int, everyTask: Bool, isEncoded: Bool, plan: Plan,
    blend: ContextBlend?, rateFactor: @escaping (Int) -> Float
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
    support = isEncoded ? (plan.input("support.x"), plan.input("support.y")) : nil
    anew =
      isEncoded && family.isDrawnAnew ? (plan.input("anew.x"), plan.input("anew.y")) : nil
    order = .allocate(capacity: family.trainingTaskCount)
    for index in order.indices { order[index] = index }
    grain = .allocate(capacity: x.count)
    blending = blend.map { _ in ContextBlend.Feed(plan) }
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
      RandomKey(seed: seed, stream: .batch, step: step).choose(rows, from: order)
      for row in tasks.indices { tasks[row] = Float(order[row]) }
    }
    if noiseDeviation > 0 {
      RandomKey(seed: seed, stream: .noise, step: step).fillNormal(noise, deviation: noiseDeviation)
    }
    blending?.write(seed: seed, step: step)
    let tasks = UnsafeBufferPointer(rebasing: order[..<rows])
    let inputs = RandomKey(seed: seed, stream: .inputs, step: step)
    let shots = RandomKey(seed: seed, stream: .shots, step: step)
    if let support {
      family.fillReading(
        tasks: tasks, examples: support.x.count / (rows * family.inputCount), key: shots,
        x: support.x, y: support.y)
    }
    if let anew {
      family.fillAnew(
        tasks: tasks, examples: anew.x.count / (rows * family.inputCount), key: shots,
        isReading: true, x: anew.x, y: anew.y)
      family.fillAnew(
        tasks: tasks, examples: examples, key: inputs, isReading: false, x: x, y: y)
    } else {
      family.fillBatch(tasks: tasks, examples: examples, key: inputs, x: x, y: y)
    }
    if grainDeviation > 0 {
      RandomKey(seed: seed, stream: .grain, step: step).fillNormal(grain, deviation: grainDeviation)
      for index in x.indices { x[index] += grain[index] }
    }
  }
}
