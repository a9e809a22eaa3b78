import Autodiff

/// One task after another: every task has so many steps, and a memory keeps what earlier ones learned.
///
/// The parameters and the embedding of the current task have an Adam each, both new with every task;
/// earlier embeddings stay as they are.
public struct ContinualScheme: TrainingScheme {
  public let stepsPerTask: Int
  /// Examples a step.
  public let examples: Int
  /// How the rate changes from a task's first step to its last.
  public let schedule: RateSchedule
  public let memory: any ContinualMemory
  /// Whether there is a knob that limits the norm of gradients.
  public let clips: Bool

  public init(
    stepsPerTask: Int, examples: Int, schedule: RateSchedule,
    memory: any ContinualMemory = OutputMemory(), clips: Bool = false
  ) {
    self.stepsPerTask = stepsPerTask
    self.examples = examples
    self.schedule = schedule
    self.memory = memory
    self.clips = clips
  }

  public var isContinual: Bool { true }

  public func currentTask(at step: Int, knobs: KnobValues) -> Int? { step / stepsPerTask }

  public func taskEnding(at step: Int) -> Int? {
    step > 0 && step % stepsPerTask == 0 ? step / stepsPerTask - 1 : nil
  }

  public func stateVariables(of model: HypernetworkModel) -> [VariableSpecification] {
    OptimizerChoice.adam.variables(for: model.trained, prefix: "optimizer")
      + memory.variables(of: model)
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
    let clip = clips ? graph.input("clip", []) : nil
    // 1 for the current task, 0 elsewhere.
    let current = graph.input("current", [tasks, 1])

    let z = graph.phase("embed") { embedding.gather(rows: task) }
    let weights = graph.phase("generate") { model.strategy.generate(from: z, theta: Theta(graph)) }
    let outputs = graph.phase("forward") { model.target(weights, x) }
    let taskLoss = graph.phase("loss") { family.objective.perTask(outputs, y).mean() }

    // θ, the embedding apart: it is the current task's alone.
    let isLearned = model.trained.contains { $0.name == HypernetworkModel.embedding }
    let specifications = model.trained.filter { $0.name != HypernetworkModel.embedding }
    let theta = specifications.map { graph.variable($0.name, $0.shape) }
    let gradients = taskLoss.gradient(of: theta + (isLearned ? [embedding] : []))
    let step = ContinualStep(
      model: model, graph: graph, specifications: specifications, theta: theta,
      gradients: Array(gradients.prefix(theta.count)), embedding: embedding, rate: rate)
    let total = graph.phase("gradient") { self.memory.gradients(of: step) }
    let named = graph.phase("update") {
      var updates = zip(specifications, zip(theta, total)).map { ($0.name, $1.0, $1.1) }
      if isLearned, let own = gradients.last {
        updates.append((HypernetworkModel.embedding, embedding, own * current))
      }
      let scale = clip.map { Clipping.scale(of: updates.map(\.2), limit: $0) }
      self.memory.note(step, total: total, scale: scale)
      OptimizerChoice.adam.update(
        updates, in: graph, prefix: "optimizer", rate: rate, gradientScale: scale)
      return updates.map { (name: $0.0, tensor: $0.2) }
    }

    let (stepsPerTask, schedule, memory) = (stepsPerTask, schedule, memory)
    let optimizerState = OptimizerChoice.adam
      .variables(for: model.trained, prefix: "optimizer").map(\.name)
    return TrainingProgram(graph: graph, loss: taskLoss, gradients: named) {
      [examples, clips] plan in
      ContinualFeed(
        family: family, stepsPerTask: stepsPerTask, examples: examples, schedule: schedule,
        memory: memory, clips: clips, plan: plan)
    } transitions: { step in
      let task = step / stepsPerTask
      guard step % stepsPerTask == 0, task < tasks else { return [] }
      guard step > 0 else { return memory.beginning(of: model) }
      return memory.ending(task: task - 1, of: model) + [
        .zero(optimizerState),
        .notice("now learning task \(task + 1): \(family.tasks[task].name)"),
      ]
    }
  }
}

private final class ContinualFeed: Feed {
  private let family: any TaskFamily
  private let stepsPerTask: Int
  private let examples: Int
  private let schedule: RateSchedule
  private let memory: any ContinualMemory
  private let writeMemory: MemoryWriter
  private let x, y, task, rate, current: UnsafeMutableBufferPointer<Float>
  private let clip: UnsafeMutableBufferPointer<Float>?
  private let chosen = UnsafeMutableBufferPointer<Int>.allocate(capacity: 1)
  private var seed: UInt64 = 0
  private var strength: Float = 0
  private var baseRate: Float = 0
  /// The inputs live in the plan's memory.
  private let plan: Plan

  init(
    family: any TaskFamily, stepsPerTask: Int, examples: Int, schedule: RateSchedule,
    memory: any ContinualMemory, clips: Bool, plan: Plan
  ) {
    self.family = family
    self.stepsPerTask = stepsPerTask
    self.examples = examples
    self.schedule = schedule
    self.memory = memory
    self.plan = plan
    x = plan.input("x")
    y = plan.input("y")
    task = plan.input("task")
    rate = plan.input("rate")
    clip = clips ? plan.input("clip") : nil
    current = plan.input("current")
    writeMemory = memory.writer(of: plan)
  }

  deinit { chosen.deallocate() }

  func apply(_ knobs: KnobValues, seed: UInt64) {
    self.seed = seed
    strength = memory.strength(knobs)
    baseRate = knobs.real("rate")
    clip?[0] = knobs.real("clip")
  }

  func write(step: Int) {
    let now = min(step / stepsPerTask, current.count - 1)
    task[0] = Float(now)
    rate[0] = baseRate * schedule.factor(at: step - now * stepsPerTask, of: stepsPerTask)
    for index in 0..<current.count { current[index] = index == now ? 1 : 0 }
    writeMemory(now, strength, RandomKey(seed: seed, stream: .batch, step: step))
    chosen[0] = now
    family.fillBatch(
      tasks: UnsafeBufferPointer(chosen), examples: examples,
      key: RandomKey(seed: seed, stream: .inputs, step: step), x: x, y: y)
  }
}
