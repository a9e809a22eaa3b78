import Autodiff
import Learning

/// The measuring of a model on unseen data, planned but without memory.
struct EvaluationDraft {
  let model: HypernetworkModel
  let program: EvaluationProgram
  let plan: PlanDraft

  init(_ model: HypernetworkModel) {
    self.model = model
    program = model.evaluationProgram()
    plan = PlanDraft(program.graph, outputs: [program.losses, program.outputs])
  }
}

/// Measures a model on unseen data, and fits contexts to tasks it never saw. Uses the variables it is
/// given and never writes to them.
final class Evaluator {
  struct Measure {
    var loss: Float
    /// Share of examples classified rightly; nil for regressions.
    var accuracy: Float?
  }

  /// A context fitted to a task: the numbers, and the loss on the examples it was fitted to.
  struct Fit {
    var context: [Float]
    var loss: Float
  }

  let model: HypernetworkModel
  let variables: Variables
  private let program: EvaluationProgram
  private let plan: Plan

  convenience init(_ model: HypernetworkModel, variables: Variables) {
    self.init(EvaluationDraft(model), variables: variables)
  }

  init(_ draft: EvaluationDraft, variables: Variables) {
    model = draft.model
    self.variables = variables
    program = draft.program
    plan = Plan(draft.plan, variables: variables)
    model.family.fillEvaluation(x: plan.input("x"), y: plan.input("y"))
  }

  /// Loss and accuracy of every task of the family with contexts [tasks, contextCount], flat.
  func evaluate(contexts: [Float]) -> [Measure] {
    _ = plan.input("contexts").update(fromContentsOf: contexts)
    plan.run()
    let losses = plan.value(program.losses)
    let outputs = plan.value(program.outputs)
    let targets = UnsafeBufferPointer(plan.input("y"))
    let size = outputs.count / losses.count
    return losses.indices.map { task in
      let range = task * size..<(task + 1) * size
      return Measure(
        loss: losses[task],
        accuracy: model.family.objective.accuracy(
          outputs: UnsafeBufferPointer(rebasing: outputs[range]),
          targets: UnsafeBufferPointer(rebasing: targets[range]),
          classes: model.family.outputCount))
    }
  }

  /// Fits a context to each of the tasks, θ frozen: Adam from the training embeddings that suit the
  /// task's examples best, and from their mean; the best end is kept.
  func fit(tasks: [Int], seed: UInt64) -> [Fit] {
    switch model.conditioning {
    case .description:
      return tasks.map { Fit(context: model.family.description(of: $0), loss: .nan) }
    case .supportSet: return encoded(tasks: tasks, seed: seed)
    case .embedding, .input: break
    }
    let count = model.contextCount
    let embedding = variables[HypernetworkModel.embedding]
    let trained = model.family.trainingTaskCount
    let starts = max(1, min(model.fitting.starts, trained + 1))
    var mean = [Float](repeating: 0, count: count)
    for i in embedding.indices { mean[i % count] += embedding[i] / Float(trained) }
    let candidates = embedding + mean

    let scratch = fittingVariables(rows: trained + 1)
    let scoring = model.adaptationProgram(rows: trained + 1)
    let scores = Plan(
      scoring.graph, outputs: [scoring.losses], updates: false, variables: scratch)
    _ = scratch.storage(AdaptationProgram.contexts).update(fromContentsOf: candidates)
    var chosen: [Float] = []
    for task in tasks {
      fillSupport(tasks: Array(repeating: task, count: trained + 1), plan: scores, seed: seed)
      scores.run()
      let losses = Array(scores.value(scoring.losses))
      let best = losses.indices.sorted { (losses[$0], $0) < (losses[$1], $1) }.prefix(starts)
      for row in best { chosen += candidates[row * count..<(row + 1) * count] }
    }

    let rows = tasks.count * starts
    let fitted = fittingVariables(rows: rows)
    let program = model.adaptationProgram(rows: rows)
    let plan = Plan(
      program.graph, outputs: [program.losses], variables: fitted)
    let contexts = fitted.storage(AdaptationProgram.contexts)
    _ = contexts.update(fromContentsOf: chosen)
    fillSupport(
      tasks: tasks.flatMap { Array(repeating: $0, count: starts) }, plan: plan, seed: seed)
    let rate = plan.input("rate")
    for step in 0..<model.fitting.steps {
      rate[0] = model.fitting.rate(at: step)
      plan.run()
    }
    rate[0] = 0
    plan.run()
    let losses = plan.value(program.losses)
    return tasks.indices.map { index in
      let options = index * starts..<(index + 1) * starts
      let best = options.min { losses[$0] < losses[$1] } ?? options.lowerBound
      return Fit(
        context: Array(contexts[best * count..<(best + 1) * count]), loss: losses[best])
    }
  }

  /// Contexts read from examples.
  private func encoded(tasks: [Int], seed: UInt64) -> [Fit] {
    guard let program = model.encodingProgram(rows: tasks.count) else { return [] }
    let plan = Plan(
      program.graph, outputs: [program.contexts], updates: false, variables: variables, threads: 1)
    fillSupport(tasks: tasks, plan: plan, seed: seed)
    plan.run()
    let contexts = plan.value(program.contexts)
    let count = model.contextCount
    return tasks.indices.map {
      Fit(context: Array(contexts[$0 * count..<($0 + 1) * count]), loss: .nan)
    }
  }

  /// θ as it is, and contexts with an optimiser of their own.
  private func fittingVariables(rows: Int) -> Variables {
    let graph = model.adaptationProgram(rows: rows).graph
    let scratch = Variables(graph)
    for entry in scratch.entries {
      if variables.contains(entry.name) {
        _ = scratch.storage(entry.name).update(from: variables.storage(entry.name))
      } else {
        scratch.storage(entry.name).update(repeating: 0)
      }
    }
    return scratch
  }

  /// The same examples for every row of a task.
  private func fillSupport(tasks: [Int], plan: Plan, seed: UInt64) {
    let x = plan.input("x")
    let y = plan.input("y")
    let width = x.count / tasks.count
    let height = y.count / tasks.count
    for (row, task) in tasks.enumerated() {
      withUnsafePointer(to: task) { one in
        model.family.fillBatch(
          tasks: UnsafeBufferPointer(start: one, count: 1), examples: model.fitting.examples,
          key: RandomKey(seed: seed, stream: .support, step: task),
          x: UnsafeMutableBufferPointer(rebasing: x[row * width..<(row + 1) * width]),
          y: UnsafeMutableBufferPointer(rebasing: y[row * height..<(row + 1) * height]))
      }
    }
  }
}
