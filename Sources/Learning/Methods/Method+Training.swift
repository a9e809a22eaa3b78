import Autodiff

extension Method {
  /// The program of a stage.
  /// - Parameter steps: the run's steps that belong to it, for the rate's schedule.
  public func trainingProgram(stage index: Int, steps: Range<Int>) -> TrainingProgram {
    let stage = stages[index]
    let graph = Graph()
    let rows = setting.tasksPerStep
    let rate = graph.input("rate", [])
    let clip = graph.input("clip", [])
    let trained = trainable(in: stage).map { ($0.name, graph.variable($0.name, $0.shape)) }

    func lossOf(_ forward: Forward, _ own: [String: Tensor]) -> Tensor {
      let (x, y) = examples(setting.examples, rows: rows, in: graph)
      let outputs = graph.phase("forward") { forward(own, Theta(graph), x) }
      return graph.phase("loss") { family.objective.perTask(outputs, y).mean() }
    }
    func adaptedLoss(
      steps: Int, isSecondOrder: Bool
    ) -> (loss: Tensor, moved: [String: Tensor]) {
      let (own, moved) = graph.phase("adapt") {
        descended(rows: rows, steps: steps, isSecondOrder: isSecondOrder, in: graph)
      }
      return (lossOf(adaptedForward, own), moved)
    }

    let loss: Tensor
    let gradients: [Tensor]
    switch stage.objective {
    case .joint:
      loss = lossOf(forward, stage.hasOwn ? ownOfTasks(rows: rows, in: graph) : [:])
      gradients = loss.gradient(of: trained.map(\.1))
    case .adapted(let steps, let isSecondOrder):
      loss = adaptedLoss(steps: steps, isSecondOrder: isSecondOrder).loss
      gradients = loss.gradient(of: trained.map(\.1))
    case .reptile(let steps):
      let moved: [String: Tensor]
      (loss, moved) = adaptedLoss(steps: steps, isSecondOrder: false)
      // Descent on this pseudo-gradient moves towards the mean of where the steps lead.
      gradients = trained.map { name, variable in
        let ways = self.adapted.compactMap { own -> Tensor? in
          guard case .shared(name) = own.start else { return nil }
          return moved[own.specification.name]
        }
        return ways[0].mean(axes: [0]).reshaped(to: variable.shape)
      }
    case .returned(let steps, let sent):
      (loss, gradients) = returned(
        steps: steps, sent: sent, rows: rows, by: trained.map(\.1), in: graph)
    }
    graph.phase("update") {
      let scale = Clipping.scale(of: gradients, limit: clip)
      let all = zip(trained, gradients).map { (name: $0.0, variable: $0.1, gradient: $1) }
      guard case .returned = stage.objective else {
        return stage.optimizer.update(
          all, in: graph, prefix: Self.optimizer(of: index), rate: rate, gradientScale: scale)
      }
      let update = ServerUpdate(
        choice: stage.optimizer, prefix: Self.optimizer(of: index), rate: rate,
        gradientScale: scale)
      update(all.filter { stage.trained.contains($0.name) }, gate: graph.constant(1))
      update(
        all.filter { !stage.trained.contains($0.name) }, rows: rowsOfTasks(rows: rows, in: graph))
    }
    let isJoint = if case .joint = stage.objective { true } else { false }
    let localSteps: Int? =
      if case .returned(let steps, _) = stage.objective { steps } else { nil }
    let keepsTasks = isJoint || localSteps != nil
    let drawsTasks =
      keepsTasks && stage.hasOwn && !own.isEmpty && rows != family.trainingTaskCount
    let schedule = CommonKnobs.schedule(setting.knobs)
    let (rateAtMost, limit) = (self.rate, setting.knobs.real("clip"))
    let named = zip(trained, gradients).map { (name: $0.0, tensor: $1) }
    return TrainingProgram(graph: graph, loss: loss, gradients: named) { [family] plan in
      MethodFeed(
        family: family, rows: rows, plan: plan, hasSupport: !keepsTasks, drawsTasks: drawsTasks,
        localSteps: localSteps ?? 1,
        clip: limit, rateAtMost: rateAtMost,
        rateFactor: { schedule.factor(at: $0 - steps.lowerBound, of: steps.count) })
    }
  }

  func examples(
    _ count: Int, rows: Int, prefix: String = "", in graph: Graph
  ) -> (x: Tensor, y: Tensor) {
    (
      graph.input(prefix + "x", [rows, count, family.inputCount]),
      graph.input(prefix + "y", [rows, count, family.outputCount])
    )
  }

  /// What the tasks of a step have of their own; of all of them where `rows` is their number.
  func ownOfTasks(rows: Int, in graph: Graph) -> [String: Tensor] {
    let count = family.trainingTaskCount
    guard !own.isEmpty else { return [:] }
    let tasks = rows == count ? nil : graph.input("tasks", [rows])
    return Dictionary(
      uniqueKeysWithValues: own.map { own in
        let shape = own.specification.shape
        let all = graph.variable(
          Self.ownName(own.specification.name), Shape([count] + shape.dimensions))
        guard let tasks else { return (own.specification.name, all) }
        let chosen = all.reshaped(to: [count, shape.count]).gather(rows: tasks)
        return (
          own.specification.name, chosen.reshaped(to: Shape([rows] + shape.dimensions))
        )
      })
  }

  /// 1 for the tasks of a step, [tasks, 1].
  private func rowsOfTasks(rows: Int, in graph: Graph) -> Tensor {
    let count = family.trainingTaskCount
    guard !own.isEmpty, rows != count else { return graph.constant(1, [count, 1]) }
    return graph.constant(1, [rows, 1]).scatterAdd(rows: graph.input("tasks", [rows]), of: count)
  }

  /// The loss of what clients are sent, and the gradients of what they return.
  private func returned(
    steps: Int, sent: Sent, rows: Int, by parameters: [Tensor], in graph: Graph
  ) -> (loss: Tensor, gradients: [Tensor]) {
    let own = ownOfTasks(rows: rows, in: graph)
    let weights = graph.phase("generate") { sent(own, Theta(graph), rows) }
    let work = LocalTraining.Work(
      inputs: family.inputCount, outputs: family.outputCount, examples: setting.examples,
      takes: graph.constant(1, [steps, rows]),
      rate: graph.constant(setting.knobs.real("local-rate")),
      momentum: graph.constant(setting.knobs.real("local-momentum")))
    let local = graph.phase("local") {
      LocalTraining(setting.target, family.objective)(work, from: weights)
    }
    return (
      graph.phase("loss") { local.losses.mean() },
      Returns(arrived: graph.constant(1, [rows]))
        .gradients(ofSent: weights, changes: local.change, by: parameters)
    )
  }

  /// Where new tasks begin, [rows] + shape by name, given their examples. Numbers that are drawn are
  /// taken as 0.
  func starts(rows: Int, x: Tensor, y: Tensor, in graph: Graph) -> [String: Tensor] {
    Dictionary(
      uniqueKeysWithValues: adapted.map { own in
        let shape = own.specification.shape
        let whole = Shape([rows] + shape.dimensions)
        let start: Tensor
        switch own.start {
        case .drawn: start = graph.constant(0).broadcast(to: whole)
        case .shared(let name): start = graph.variable(name, shape).broadcast(to: whole)
        case .mean:
          start = graph.variable(
            Self.ownName(own.specification.name),
            Shape([family.trainingTaskCount] + shape.dimensions)
          ).mean(axes: [0], keepingDimensions: true).broadcast(to: whole)
        case .encoded(let encode): start = encode(x, y, Theta(graph))
        case .computed(let compute): start = compute(rows, graph)
        }
        return (own.specification.name, start)
      })
  }

  /// Where `steps` steps of gradient descent on support examples lead, and how far down that is.
  private func descended(
    rows: Int, steps: Int, isSecondOrder: Bool, in graph: Graph
  ) -> (own: [String: Tensor], moved: [String: Tensor]) {
    let (x, y) = examples(setting.shots, rows: rows, prefix: "support.", in: graph)
    let names = adapted.map(\.specification.name)
    var own = starts(rows: rows, x: x, y: y, in: graph)
    var moved: [String: Tensor] = [:]
    let rate = setting.knobs.real("inner-rate")
    for _ in 0..<steps {
      let now = names.compactMap { own[$0] }
      let losses = family.objective.perTask(adaptedForward(own, Theta(graph), x), y)
      for (name, (tensor, gradient)) in zip(
        names, zip(now, losses.sum().gradient(of: now)))
      {
        let way = rate * (isSecondOrder ? gradient : gradient.stopGradient())
        own[name] = tensor - way
        moved[name] = moved[name].map { $0 + way } ?? way
      }
    }
    return (own, moved)
  }
}

/// Writes the examples of a step's tasks.
private final class MethodFeed: Feed {
  private let family: any TaskFamily
  private var rateAtMost: Float
  private let rateFactor: (Int) -> Float
  private var clip: Float
  private let rows: Int
  /// How many batches a step wants.
  private let localSteps: Int
  private let order: UnsafeMutableBufferPointer<Int>
  private let x, y, rateInput, clipInput: UnsafeMutableBufferPointer<Float>
  private let support: (x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>)?
  private let tasks: UnsafeMutableBufferPointer<Float>?
  private var seed: UInt64 = 0
  /// The inputs live in the plan's memory.
  private let plan: Plan

  init(
    family: any TaskFamily, rows: Int, plan: Plan, hasSupport: Bool, drawsTasks: Bool,
    localSteps: Int, clip: Float, rateAtMost: Float, rateFactor: @escaping (Int) -> Float
  ) {
    self.family = family
    self.rows = rows
    self.localSteps = localSteps
    self.rateAtMost = rateAtMost
    self.rateFactor = rateFactor
    self.clip = clip
    self.plan = plan
    x = plan.input("x")
    y = plan.input("y")
    rateInput = plan.input("rate")
    clipInput = plan.input("clip")
    support = hasSupport ? (plan.input("support.x"), plan.input("support.y")) : nil
    tasks = drawsTasks ? plan.input("tasks") : nil
    order = .allocate(capacity: max(family.trainingTaskCount, rows))
  }

  deinit { order.deallocate() }

  func apply(_ knobs: KnobValues, seed: UInt64) {
    self.seed = seed
    // In a race nothing is turned; in an experiment the rate is that of the only stage.
    if knobs.isLive("rate") { rateAtMost = knobs.real("rate") }
    if knobs.isLive("clip") { clip = knobs.real("clip") }
  }

  func write(step: Int) {
    rateInput[0] = rateAtMost * rateFactor(step)
    clipInput[0] = clip
    drawTasks(step)
    let chosen = UnsafeBufferPointer(rebasing: order[..<rows])
    family.fillSteps(localSteps, tasks: chosen, seed: seed, round: step, x: x, y: y)
    if let support {
      family.fillBatch(
        tasks: chosen, examples: support.x.count / (rows * family.inputCount),
        key: RandomKey(seed: seed, stream: .shots, step: step), x: support.x, y: support.y)
    }
  }

  private func drawTasks(_ step: Int) {
    let key = RandomKey(seed: seed, stream: .batch, step: step)
    if family.isOpen {
      for row in 0..<rows {
        order[row] = family.tasks.count + key.integer(below: 1 << 30, index: row)
      }
      return
    }
    let count = family.trainingTaskCount
    key.choose(rows < count ? rows : 0, from: UnsafeMutableBufferPointer(rebasing: order[..<count]))
    if let tasks { for row in tasks.indices { tasks[row] = Float(order[row]) } }
  }
}
