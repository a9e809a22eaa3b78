import Autodiff
import Learning

/// A run: one experiment at one setting of its knobs, its variables, and the plan that trains it.
/// Not for sharing: whoever makes it uses it from one thread or queue at a time.
public final class Run {
  public let experiment: any Experiment
  public let threads: Int
  public private(set) var seed: UInt64
  public private(set) var knobs: KnobValues
  public private(set) var step = 0
  public private(set) var history: History
  public private(set) var trainingLoss: Float?
  public private(set) var validationLoss: Float?
  public private(set) var statuses: [Snapshot.TaskStatus]
  public private(set) var milestones: [Milestone] = []
  private(set) var gradientCosine: Float?
  /// The state at the end of each task, as far as there is room for it.
  private var taskEnds: [State] = []
  /// The file it was opened from or last saved to.
  public internal(set) var path: String?
  /// Grows with everything that a session keeps and that has changed.
  public private(set) var changes = 0
  /// Whether it is as it was read from a file.
  var isAsInItsFile: Bool { path != nil && changes == 0 }
  private var notice: String?
  private var nextPhase = 0

  private(set) var model: any RunnableModel
  /// What the model says of itself, asked once.
  private(set) var outline: ModelOutline
  private(set) var variables: Variables
  private var program: TrainingProgram
  private var plan: Plan
  private var feed: any Feed
  private var assessor: any Assessor

  /// Builds the networks and draws their first weights. Throws `KnobError` where the knobs do not go
  /// together.
  public init(
    _ experiment: any Experiment, knobs: KnobValues? = nil, seed: UInt64, threads: Int = 1
  ) throws(KnobError) {
    let knobs = knobs ?? KnobValues(experiment.knobs)
    let model = try Run.model(experiment, knobs)
    let built = try Run.build(model, seed: seed, threads: threads)
    self.experiment = experiment
    self.threads = threads
    self.seed = seed
    self.knobs = knobs
    self.model = model
    outline = model.outline
    (variables, program, plan, feed, assessor) = built
    statuses = Run.freshStatuses(outline)
    history = History(seriesCount: 2 + outline.series.count)
    feed.apply(knobs, seed: seed)
  }

  /// The networks of an experiment. Throws where the knobs do not go together, or make networks so
  /// large that no session holds them.
  private static func model(
    _ experiment: any Experiment, _ knobs: KnobValues
  ) throws(KnobError) -> any RunnableModel {
    let model = try experiment.runnableModel(knobs)
    let numbers = model.variables.reduce(0) { $0 + $1.shape.count }
    guard SessionFormat.holds(numbers: numbers) else {
      throw KnobError(
        "these networks have \(numbers) numbers to keep, more than a session holds; "
          + "choose smaller widths")
    }
    return model
  }

  /// Throws where the memory there is does not hold it: variables, beside the copies of them that are
  /// the last good state and the one being saved, and the plans that train and evaluate.
  private static func build(
    _ model: any RunnableModel, seed: UInt64, threads: Int
  ) throws(KnobError) -> (Variables, TrainingProgram, Plan, any Feed, any Assessor) {
    let shapes = model.variables.map { (name: $0.name, shape: $0.shape) }
    let program = model.trainingProgram()
    let draft = PlanDraft(
      program.graph,
      outputs: [program.loss] + program.others.map(\.loss) + (program.exchanged?.tensors ?? []))
    let assessor = model.assessorDraft()
    try KnobError.requireMemory(
      3 * Variables.bytes(shapes) + draft.bytes(threads: threads) + assessor.bytes,
      for: "training with these knobs")
    let variables = Variables(shapes)
    model.initialize(variables, seed: seed)
    let plan = Plan(draft, variables: variables, threads: threads)
    return (variables, program, plan, program.feed(plan), assessor.make(variables))
  }

  private static func freshStatuses(_ outline: ModelOutline) -> [Snapshot.TaskStatus] {
    outline.tasks.indices.map { task in
      Snapshot.TaskStatus(
        loss: nil, metric: nil, recent: [], context: outline.contexts.map { $0[task] })
    }
  }

  // MARK: Steps

  /// One training step; returns its loss. Allocates nothing, except at a task's change and when the
  /// history grows.
  @discardableResult
  public func advance() -> Float {
    prepare()
    guard program.exchanged != nil else {
      plan.run()
      return finish()
    }
    for phase in plan.phases.indices { run(phase: phase) }
    return finish()
  }

  private func run(phase: Int) {
    plan.run(phase: phase)
    if plan.phases[phase].name == program.exchanged?.phase { feed.exchange() }
  }

  /// The next phase of the current step; returns its name, and whether the step is now complete.
  public func advancePhase() -> (name: String, complete: Bool) {
    if nextPhase == 0 { prepare() }
    let name = plan.phases[nextPhase].name
    run(phase: nextPhase)
    nextPhase = (nextPhase + 1) % plan.phases.count
    if nextPhase == 0 { finish() }
    return (name, nextPhase == 0)
  }

  /// Whether some phases of the current step are done, and some not.
  public var isMidStep: Bool { nextPhase != 0 }

  private func prepare() {
    for transition in program.transitions(step) { perform(transition) }
    feed.write(step: step)
  }

  @discardableResult
  private func finish() -> Float {
    let loss = plan.value(program.loss)[0]
    trainingLoss = loss
    history.append(loss, to: 0, step: step)
    for (series, loss) in program.others {
      history.append(plan.value(loss)[0], to: series, step: step)
    }
    step += 1
    changes += 1
    if let task = model.taskEnding(at: step) { reach(endOf: task) }
    return loss
  }

  /// The most bytes that states of task ends may take.
  private static let taskEndBytes = 1 << 29

  /// Notes how all tasks stand when one has been learned.
  private func reach(endOf task: Int) {
    guard task < outline.trainingTaskCount, !milestones.contains(where: { $0.task == task }) else {
      return
    }
    let measured = assessor.assess(contexts: contexts(), currentTask: task).tasks
    milestones.append(
      Milestone(task: task, step: step, measures: measured.map { $0.metric ?? $0.loss }))
    let bytes = variables.block.count * MemoryLayout<Float>.stride
    if (taskEnds.count + 1) * bytes <= Self.taskEndBytes { taskEnds.append(state) }
  }

  /// The state in which a task had just been learned, where it is kept.
  package func stateAtEnd(of task: Int) -> State? {
    taskEnds.first { $0.milestones.last?.task == task }
  }

  private func perform(_ transition: Transition) {
    if case .notice(let text) = transition { notice = text }
    transition.perform(on: variables)
  }

  /// Which number of the last step was the first that is not finite, in words; nil if all were.
  public func firstNonFinite() -> String? { plan.firstNonFinite() }

  // MARK: Evaluation

  /// How many evaluations of a task are kept.
  static let recentCount = 16

  /// Whether the step just done is one after which the curves of unseen data get a point.
  public var isEvaluationDue: Bool { step % experiment.evaluationInterval == 0 }

  /// Measures every task on its unseen examples, and adds a point to the curves.
  public func evaluate() {
    let training = outline.trainingTaskCount
    let assessment = measure(
      statuses.indices.filter { $0 < training || statuses[$0].context != nil })
    let last = max(step - 1, 0)
    validationLoss = assessment.validation
    history.append(assessment.validation, to: 1, step: last)
    for (series, loss) in assessment.others { history.append(loss, to: series, step: last) }
    gradientCosine = assessment.gradientCosine
  }

  /// Measures every task and notes how some of them stand.
  @discardableResult
  private func measure(_ noted: [Int]) -> Assessment {
    changes += 1
    let assessment = assessor.assess(
      contexts: contexts(), currentTask: currentTask(at: max(step - 1, 0)))
    // Where contexts come out of measuring, a task has one from then on.
    for (task, measured) in assessment.tasks.enumerated()
    where noted.contains(task) || measured.context != nil {
      statuses[task].loss = measured.loss
      statuses[task].metric = measured.metric
      statuses[task].drift = measured.drift
      if let context = measured.context { statuses[task].context = context }
      statuses[task].recent.append(measured.loss)
      if statuses[task].recent.count > Run.recentCount { statuses[task].recent.removeFirst() }
    }
    return assessment
  }

  /// One context a task: the learned embedding, or what was fitted; zero where there is none.
  private func contexts() -> [Float] {
    statusesWithContexts().flatMap {
      $0.context ?? Array(repeating: 0, count: outline.contextCount)
    }
  }

  /// What clients and their server have sent each other; nil where there are none.
  var traffic: Traffic? {
    (model as? HypernetworkModel).flatMap { $0.scheme.traffic(of: $0, variables) }
  }

  // MARK: Going elsewhere

  /// Everything that changes while a run trains; enough to go back to this very step.
  public struct State: Sendable, Equatable {
    public var step: Int
    public var values: [Float]
    public var history: History
    public var statuses: [Snapshot.TaskStatus]
    public var trainingLoss: Float?
    public var validationLoss: Float?
    public var milestones: [Milestone]
    public var gradientCosine: Float?
  }

  /// The state now.
  public var state: State {
    get {
      State(
        step: step, values: Array(variables.block), history: history, statuses: statuses,
        trainingLoss: trainingLoss, validationLoss: validationLoss, milestones: milestones,
        gradientCosine: gradientCosine)
    }
    set {
      precondition(newValue.values.count == variables.block.count, "a state of another run")
      step = newValue.step
      _ = variables.block.update(fromContentsOf: newValue.values)
      history = newValue.history
      statuses = newValue.statuses
      trainingLoss = newValue.trainingLoss
      validationLoss = newValue.validationLoss
      milestones = newValue.milestones
      gradientCosine = newValue.gradientCosine
      // What came later was another way to go.
      taskEnds.removeAll { $0.step > newValue.step }
      nextPhase = 0
      changes += 1
    }
  }

  /// Takes over what a session file holds; everything fits this run's networks already.
  func restore(
    step: Int, variables: [(name: String, values: [Float])], history: History,
    statuses: [Snapshot.TaskStatus], trainingLoss: Float?, validationLoss: Float?,
    milestones: [Milestone], gradientCosine: Float?
  ) {
    self.step = step
    for (name, values) in variables { self.variables[name] = values }
    self.history = history
    self.statuses = statuses
    self.trainingLoss = trainingLoss
    self.validationLoss = validationLoss
    self.milestones = milestones
    self.gradientCosine = gradientCosine
    taskEnds = milestones.last?.step == step ? [state] : []
    nextPhase = 0
    changes = 0
  }

  /// Back to step 0 with the initial weights of a seed: of the present one, the same bits as at first.
  public func rewind(seed: UInt64? = nil) {
    self.seed = seed ?? self.seed
    model.initialize(variables, seed: self.seed)
    begin()
  }

  private func begin() {
    step = 0
    history = History(seriesCount: history.series.count)
    statuses = Run.freshStatuses(outline)
    trainingLoss = nil
    validationLoss = nil
    milestones = []
    gradientCosine = nil
    taskEnds = []
    nextPhase = 0
    changes += 1
    feed.apply(knobs, seed: seed)
  }

  /// Turns a knob. Returns whether the networks were built anew and training starts over. Throws
  /// where there is no such knob, or the value does not go with the others; nothing changes then.
  public func set(_ name: String, to value: KnobValue) throws(KnobError) -> Bool {
    guard let knob = experiment.knobs.first(where: { $0.name == name }) else {
      throw KnobError("there is no knob '\(name)'")
    }
    guard knob.contains(value) else {
      throw KnobError("knob '\(name)' takes \(knob.domainDescription), not '\(value)'")
    }
    guard knobs[name] != value else { return false }
    var turned = knobs
    turned[name] = value
    if knob.effect == .rebuild {
      let model = try Run.model(experiment, turned)
      let built = try Run.build(model, seed: seed, threads: threads)
      self.model = model
      outline = model.outline
      (variables, program, plan, feed, assessor) = built
      knobs = turned
      begin()
      return true
    }
    knobs = turned
    changes += 1
    feed.apply(knobs, seed: seed)
    return false
  }

  /// Replaces one number of a variable by hand. Returns false where there is no such number.
  public func write(_ value: Float, to variable: String, at index: Int) -> Bool {
    guard variables.contains(variable), value.isFinite else { return false }
    let values = variables.storage(variable)
    guard values.indices.contains(index) else { return false }
    values[index] = value
    changes += 1
    return true
  }

  /// Fits a context to a held-out task, θ frozen, and keeps it. Returns its loss on the examples.
  public func fit(task: Int) -> Float? {
    guard outline.heldOutTasks.contains(task),
      let fit = assessor.fit(tasks: [task], seed: seed).first
    else { return nil }
    statuses[task].context = fit.context
    measure([task])
    return fit.loss
  }

  /// What a headless run ends with.
  public func finalMetrics() -> [(name: String, value: Float)] {
    assessor.finalMetrics(seed: seed) + (forgotten.map { [("forgotten", $0)] } ?? [])
  }

  /// How much was lost of earlier tasks, where there are any.
  private var forgotten: Float? {
    guard let currentTask, !milestones.isEmpty else { return nil }
    let now = assessor.assess(
      contexts: contexts(), currentTask: self.currentTask(at: max(step - 1, 0))
    ).tasks.map { $0.metric ?? $0.loss }
    return milestones.forgotten(
      now: now, before: currentTask, isLoss: statuses.allSatisfy { $0.metric == nil })
  }

  /// Whether every parameter and every number of the optimiser is finite.
  public var isFinite: Bool {
    for value in variables.block where !value.isFinite { return false }
    return true
  }

  // MARK: What a snapshot shows

  /// What the last change of task wants to be known, once.
  public func takeNotice() -> String? {
    defer { notice = nil }
    return notice
  }

  /// θ and the embeddings as they are now.
  func parameters() -> Parameters {
    var entries: [Parameters.Entry] = []
    var values: [Float] = []
    values.reserveCapacity(model.parameterCount)
    for specification in model.parameters {
      entries.append(
        .init(name: specification.name, shape: specification.shape, offset: values.count))
      values += variables.storage(specification.name)
    }
    return Parameters(entries: entries, values: values)
  }

  /// The tasks as they stand, trained ones with their present embeddings.
  public func statusesWithContexts() -> [Snapshot.TaskStatus] {
    guard let name = outline.embedding else { return statuses }
    let embedding = variables.storage(name)
    let count = outline.contextCount
    return statuses.enumerated().map { task, status in
      guard task < outline.trainingTaskCount else { return status }
      var status = status
      status.context = Array(embedding[task * count..<(task + 1) * count])
      return status
    }
  }

  /// The task being learned, where there is one at a time.
  var currentTask: Int? { currentTask(at: step) }

  private func currentTask(at step: Int) -> Int? {
    // After its last step a run goes on with the last task.
    model.currentTask(at: step, knobs: knobs).map { min($0, outline.trainingTaskCount - 1) }
  }

  public var description: RunDescription {
    RunDescription(
      experiment: experiment.name, summary: experiment.summary, tasks: outline.tasks,
      contextCount: outline.contextCount, tensors: outline.tensors,
      series: ["train", "validation"] + outline.series, metricName: outline.metricName,
      phases: plan.phases.map(\.name), parameterCount: model.parameterCount,
      targetParameterCount: outline.targetParameterCount,
      standardSteps: experiment.steps(knobs), isDynamic: outline.isDynamic,
      isExamined: model.isExamined, isContinual: outline.isContinual)
  }
}
