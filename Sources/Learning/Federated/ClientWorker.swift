import Autodiff

/// A client at work: its rows, and the graphs that train, fit and measure weights it is sent.
package final class ClientWorker {
  private let rows: ClientRows
  private let target: any TargetNetwork
  private let measure: OutcomeMeasure
  private let seed: UInt64
  private let index: Int
  private var local: (steps: Int, examples: Int, plan: Plan, program: LocalProgram)?
  private var measuring: (plan: Plan, losses: Tensor, outputs: Tensor)?

  /// How many rows it trains on.
  package var trainingCount: Int { rows.training[0].count }

  /// - Parameter rows: of one client.
  package init(
    rows: ClientRows, target: any TargetNetwork, measure: OutcomeMeasure, seed: UInt64, index: Int
  ) {
    self.rows = rows
    self.target = target
    self.measure = measure
    self.seed = seed
    self.index = index
  }

  /// Numbers of a set of weights.
  package var weightCount: Int { target.parameterCount }

  /// Does what it is asked, with `weightCount` weights. Steps and examples are taken as far as they
  /// make sense: a server that asks for more is asked again.
  package func answer(
    _ work: ClientWork, rate: Float, momentum: Float, weights: [Float]
  ) -> ClientReply? {
    guard weights.count == weightCount, weights.allSatisfy(\.isFinite), rate.isFinite,
      momentum.isFinite
    else { return nil }
    switch work {
    case .train(let round, let position, let steps, let planned, let examples):
      guard Self.isSensible(steps: planned, examples: examples), 0...planned ~= steps,
        0..<1_000_000_000 ~= round, 0..<10_000 ~= position
      else { return nil }
      let (plan, program) = program(steps: planned, examples: examples)
      let (x, y) = (plan.input("x"), plan.input("y"))
      let (width, height) = (x.count / planned, y.count / planned)
      for step in 0..<planned {
        rows.fillOwnBatch(
          position: position, examples: examples,
          key: RandomKey(seed: seed, stream: .inputs, step: round * planned + step),
          x: UnsafeMutableBufferPointer(rebasing: x[step * width..<(step + 1) * width]),
          y: UnsafeMutableBufferPointer(rebasing: y[step * height..<(step + 1) * height]))
      }
      return run(plan, program, steps: steps, rate, momentum, weights)
    case .fit(let examples):
      guard Self.isSensible(steps: 1, examples: examples) else { return nil }
      let (plan, program) = program(steps: 1, examples: examples)
      withUnsafePointer(to: 0) {
        rows.fillBatch(
          tasks: UnsafeBufferPointer(start: $0, count: 1), examples: examples,
          key: RandomKey(seed: seed, stream: .support, step: index), x: plan.input("x"),
          y: plan.input("y"))
      }
      // One whole step is the gradient.
      return run(plan, program, steps: 1, 1, 0, weights)
    case .measure: return measured(weights)
    }
  }

  private static func isSensible(steps: Int, examples: Int) -> Bool {
    1...1000 ~= steps && 1...10_000 ~= examples && steps * examples <= 1_000_000
  }

  private func program(steps: Int, examples: Int) -> (Plan, LocalProgram) {
    if let local, local.steps == steps, local.examples == examples {
      return (local.plan, local.program)
    }
    let program = LocalProgram(
      target, steps: steps, examples: examples, inputs: rows.inputCount,
      outputs: rows.outputCount)
    let plan = Plan(
      program.graph, outputs: program.change + [program.losses], updates: false,
      variables: Variables(program.graph))
    local = (steps, examples, plan, program)
    return (plan, program)
  }

  private func run(
    _ plan: Plan, _ program: LocalProgram, steps: Int, _ rate: Float, _ momentum: Float,
    _ weights: [Float]
  ) -> ClientReply {
    write(weights, to: plan)
    let takes = plan.input("takes")
    for step in takes.indices { takes[step] = step < steps ? 1 : 0 }
    plan.input("local-rate")[0] = rate
    plan.input("local-momentum")[0] = momentum
    plan.run()
    return ClientReply(
      change: program.change.flatMap { plan.value($0) }, loss: plan.value(program.losses)[0])
  }

  private func measured(_ weights: [Float]) -> ClientReply {
    let (plan, losses, outputs) = measuring ?? measuringPlan()
    write(weights, to: plan)
    plan.run()
    let answers = plan.value(outputs)
    let targets = UnsafeBufferPointer(plan.input("y"))
    let isBinary = rows.outputCount == 2
    return ClientReply(
      loss: plan.value(losses)[0],
      metric: isBinary
        ? measure.metric(outputs: answers, targets: targets)
        : Objective.crossEntropy.accuracy(
          outputs: answers, targets: targets, classes: rows.outputCount),
      measures: isBinary
        ? OutcomeMeasure.all(outputs: answers, targets: targets)
          .map { ClientReply.Measure(name: $0.name, value: $0.value) } : [])
  }

  private func measuringPlan() -> (Plan, Tensor, Tensor) {
    let graph = Graph()
    let weights = LocalProgram.sent(target, in: graph)
    let x = graph.input("x", [1, rows.evaluationCount, rows.inputCount])
    let y = graph.input("y", [1, rows.evaluationCount, rows.outputCount])
    let outputs = target(weights.map { Weight($0) }, x)
    let losses = Objective.crossEntropy.perTask(outputs, y)
    let plan = Plan(
      graph, outputs: [losses, outputs], updates: false, variables: Variables(graph))
    rows.fillEvaluation(x: plan.input("x"), y: plan.input("y"))
    measuring = (plan, losses, outputs)
    return (plan, losses, outputs)
  }

  private func write(_ weights: [Float], to plan: Plan) {
    var next = 0
    for tensor in target.tensors {
      let input = plan.input(LocalProgram.name(tensor))
      for i in input.indices { input[i] = weights[next + i] }
      next += input.count
    }
  }
}

/// One client's local training as a graph of its own, from weights that are inputs.
private struct LocalProgram {
  let graph: Graph
  let change: [Tensor]
  let losses: Tensor

  static func name(_ tensor: TensorSpecification) -> String { "sent/\(tensor.name)" }

  static func sent(_ target: any TargetNetwork, in graph: Graph) -> [Tensor] {
    target.tensors.map {
      graph.input(name($0), Shape([1] + $0.shape.dimensions))
    }
  }

  init(_ target: any TargetNetwork, steps: Int, examples: Int, inputs: Int, outputs: Int) {
    graph = Graph()
    let sent = Self.sent(target, in: graph)
    let work = LocalTraining.Work(
      inputs: inputs, outputs: outputs, examples: examples,
      takes: graph.input("takes", [steps, 1]), rate: graph.input("local-rate", []),
      momentum: graph.input("local-momentum", []))
    (change, losses) = LocalTraining(target, .crossEntropy)(work, from: sent)
  }
}
