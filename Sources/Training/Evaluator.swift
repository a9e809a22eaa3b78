import Autodiff
import Learning

/// Measures a model on unseen data, and fits contexts to tasks it never saw. Uses the variables it is
/// given and never writes to them.
final class Evaluator: ContextAssessor {
  let model: HypernetworkModel
  let variables: Variables
  private let program: EvaluationProgram
  private let plan: Plan
  /// Where tasks come one after another and the weights of earlier ones are held.
  private let gauge: MemoryGauge?

  init(_ model: HypernetworkModel, variables: Variables) {
    gauge = nil
    self.model = model
    self.variables = variables
    program = model.evaluationProgram()
    plan = Plan(program.graph, outputs: [program.losses, program.outputs], variables: variables)
    fillEvaluation()
  }

  /// - Parameter draft: the plan of that program.
  fileprivate init(
    _ model: HypernetworkModel, _ program: EvaluationProgram, _ draft: PlanDraft,
    variables: Variables
  ) {
    self.model = model
    self.variables = variables
    self.program = program
    plan = Plan(draft, variables: variables)
    gauge = MemoryGauge(model, variables: variables)
    fillEvaluation()
  }

  private func fillEvaluation() {
    model.family.fillEvaluation(x: plan.input("x"), y: plan.input("y"))
  }

  func assess(contexts: [Float], currentTask: Int?) -> Assessment {
    var measures = evaluate(contexts: contexts)
    let memory = currentTask.flatMap { gauge?.measure(learning: $0) }
    for (task, drift) in (memory?.drift ?? []).enumerated() { measures[task].drift = drift }
    // Of tasks that come one after another, those that did come.
    let seen = (currentTask ?? model.family.trainingTaskCount - 1) + 1
    let losses = measures.prefix(seen).map(\.loss)
    return Assessment(
      tasks: measures, validation: losses.reduce(0, +) / Float(max(losses.count, 1)),
      others: model.scheme.isContinual
        ? losses.enumerated().map { (2 + $0.offset, $0.element) } : [],
      gradientCosine: memory?.cosine)
  }

  /// What the networks of contexts [tasks, contextCount] answer to every task's unseen examples:
  /// outputs and targets [tasks, examples, n], until the next is asked.
  func answers(
    contexts: [Float]
  ) -> (outputs: UnsafeBufferPointer<Float>, targets: UnsafeBufferPointer<Float>) {
    _ = plan.input("contexts").update(fromContentsOf: contexts)
    plan.run()
    return (plan.value(program.outputs), UnsafeBufferPointer(plan.input("y")))
  }

  func evaluate(contexts: [Float]) -> [TaskMeasure] {
    let (outputs, targets) = answers(contexts: contexts)
    let losses = plan.value(program.losses)
    let accuracies = model.family.accuracies(
      tasks: losses.count, outputs: outputs, targets: targets)
    return zip(losses, accuracies).map { TaskMeasure(loss: $0, metric: $1) }
  }

  func furtherMeasures(of task: Int) -> [(String, Float)] {
    let outputs = plan.value(program.outputs)
    let size = outputs.count / model.family.tasks.count
    return model.family.measures(
      of: task, outputs: UnsafeBufferPointer(rebasing: outputs[task * size..<(task + 1) * size])
    )
    .map { ("\(model.family.tasks[task].name)_\($0.name)", $0.value) }
  }

  /// Fits a context to each of the tasks, θ frozen: Adam from the training embeddings that suit the
  /// task's examples best, and from their mean; the best end is kept.
  func fit(tasks: [Int], seed: UInt64) -> [ContextFit] {
    switch model.conditioning {
    case .description:
      return fits(tasks: tasks, contexts: tasks.flatMap(model.family.description), seed: seed)
    case .supportSet: return encoded(tasks: tasks, seed: seed)
    case .embedding, .input: break
    }
    let trained = model.family.trainingTaskCount
    let starts = max(1, min(model.fitting.starts, trained + 1))
    let candidates = fittingCandidates()

    let scratch = fittingVariables(rows: trained + 1)
    let scoring = model.adaptationProgram(rows: trained + 1)
    let scores = Plan(
      scoring.graph, outputs: [scoring.losses], updates: false, variables: scratch)
    _ = scratch.storage(AdaptationProgram.contexts).update(fromContentsOf: candidates)
    var chosen: [Float] = []
    for task in tasks {
      fillSupport(Array(repeating: task, count: trained + 1), of: scores, seed: seed)
      scores.run()
      let losses = Array(scores.value(scoring.losses))
      chosen += best(starts, of: candidates, by: losses)
    }

    let rows = tasks.count * starts
    let fitted = fittingVariables(rows: rows)
    let program = model.adaptationProgram(rows: rows)
    let plan = Plan(
      program.graph, outputs: [program.losses], variables: fitted)
    let contexts = fitted.storage(AdaptationProgram.contexts)
    _ = contexts.update(fromContentsOf: chosen)
    fillSupport(
      tasks.flatMap { Array(repeating: $0, count: starts) }, of: plan, seed: seed)
    let rate = plan.input("rate")
    for step in 0..<model.fitting.steps {
      rate[0] = model.fitting.rate(at: step)
      plan.run()
    }
    rate[0] = 0
    plan.run()
    return bestFits(
      tasks: tasks.count, starts: starts, contexts: Array(contexts),
      losses: Array(plan.value(program.losses)))
  }

  /// Contexts read from examples.
  private func encoded(tasks: [Int], seed: UInt64) -> [ContextFit] {
    guard let program = model.encodingProgram(rows: tasks.count) else { return [] }
    let plan = Plan(
      program.graph, outputs: [program.contexts], updates: false, variables: variables, threads: 1)
    model.family.fillSupport(
      tasks: tasks, seed: seed, x: plan.input("x"), y: plan.input("y"), isReading: true)
    plan.run()
    return fits(tasks: tasks, contexts: Array(plan.value(program.contexts)), seed: seed)
  }

  /// Contexts that are what they are, [tasks, contextCount], with their losses on the tasks' examples.
  private func fits(tasks: [Int], contexts: [Float], seed: UInt64) -> [ContextFit] {
    let program = model.adaptationProgram(rows: tasks.count)
    let scratch = fittingVariables(rows: tasks.count)
    _ = scratch.storage(AdaptationProgram.contexts).update(fromContentsOf: contexts)
    let plan = Plan(
      program.graph, outputs: [program.losses], updates: false, variables: scratch, threads: 1)
    fillSupport(tasks, of: plan, seed: seed)
    plan.run()
    let losses = plan.value(program.losses)
    let count = model.contextCount
    return tasks.indices.map {
      ContextFit(context: Array(contexts[$0 * count..<($0 + 1) * count]), loss: losses[$0])
    }
  }

  private func fillSupport(_ tasks: [Int], of plan: Plan, seed: UInt64) {
    model.family.fillSupport(tasks: tasks, seed: seed, x: plan.input("x"), y: plan.input("y"))
  }

  private func fittingVariables(rows: Int) -> Variables {
    variables.taken(into: model.adaptationProgram(rows: rows).graph)
  }
}

/// What fitting begins and ends with, wherever the examples are.
extension ContextAssessor {
  /// Where a fit may begin: the training tasks' embeddings, then their mean; [tasks + 1, contextCount].
  func fittingCandidates() -> [Float] {
    let count = model.contextCount
    let embedding = variables[HypernetworkModel.embedding]
    let trained = Float(model.family.trainingTaskCount)
    var mean = [Float](repeating: 0, count: count)
    for i in embedding.indices { mean[i % count] += embedding[i] / trained }
    return embedding + mean
  }

  /// The candidates with the smallest losses.
  func best(_ starts: Int, of candidates: [Float], by losses: [Float]) -> [Float] {
    let count = model.contextCount
    return losses.indices.sorted { (losses[$0], $0) < (losses[$1], $1) }.prefix(starts)
      .flatMap { candidates[$0 * count..<($0 + 1) * count] }
  }

  /// Of every task's fits, one after another, the one that ended best.
  func bestFits(tasks: Int, starts: Int, contexts: [Float], losses: [Float]) -> [ContextFit] {
    let count = model.contextCount
    return (0..<tasks).map { index in
      let options = index * starts..<(index + 1) * starts
      let best = options.min { losses[$0] < losses[$1] } ?? options.lowerBound
      return ContextFit(
        context: Array(contexts[best * count..<(best + 1) * count]), loss: losses[best])
    }
  }
}

extension Variables {
  /// Variables of another graph: those of these names as they are, all others zero.
  func taken(into graph: Graph) -> Variables {
    let scratch = Variables(graph)
    for entry in scratch.entries {
      if contains(entry.name) {
        _ = scratch.storage(entry.name).update(from: storage(entry.name))
      } else {
        scratch.storage(entry.name).update(repeating: 0)
      }
    }
    return scratch
  }
}

extension HypernetworkModel: RunnableModel {
  func assessorDraft() -> AssessorDraft {
    let program = evaluationProgram()
    let draft = PlanDraft(program.graph, outputs: [program.losses, program.outputs])
    return AssessorDraft(bytes: draft.bytes()) {
      Evaluator(self, program, draft, variables: $0)
    }
  }

  func probe() -> any Probe {
    bodies.map { BodyProbe(self, $0) } ?? HypernetworkProbe(self)
  }
  func examiner() -> (any ModelExaminer)? { HypernetworkExaminer(self) }
  var isExamined: Bool { true }
}
