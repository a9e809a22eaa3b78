import Autodiff
import Learning

/// Measures the networks of given contexts, wherever the data are.
protocol ContextAssessor: Assessor {
  var model: HypernetworkModel { get }
  var variables: Variables { get }
  /// Loss and accuracy of every task of the family with contexts [tasks, contextCount], flat.
  func evaluate(contexts: [Float]) -> [TaskMeasure]
  /// What the family says besides of a task, as it was evaluated last.
  func furtherMeasures(of task: Int) -> [(String, Float)]
  /// Where nobody says which task an example is of.
  func unknownTaskMetrics() -> [(String, Float)]
}

/// The measures a headless run ends with, in a fixed order.
extension ContextAssessor {
  /// Names end in `_mse` or `_loss`, and `_accuracy` where there are classes, `_rmse` where outputs have a
  /// unit:
  /// `training` with each task's own context, `shuffled` with another task's, `mean_context` with
  /// the average one; `held_out_fitted` by fitting z alone, `held_out_interpolated` between the
  /// neighbours' embeddings; a task's own name in continual experiments. `context_gain` and
  /// `context_variance_share` say over all training tasks how much z matters: see `Conditioning`.
  func finalMetrics(seed: UInt64) -> [(name: String, value: Float)] {
    let count = model.contextCount
    let trained = model.family.trainingTaskCount
    let heldOut = Array(model.family.heldOutTasks)
    let embedding = variables[HypernetworkModel.embedding]
    func context(_ task: Int) -> ArraySlice<Float> {
      embedding[task * count..<(task + 1) * count]
    }
    var metrics: [(String, Float)] = []
    func measure(_ contexts: [Float]) -> [TaskMeasure] {
      let missing = model.family.tasks.count * count - contexts.count
      return evaluate(contexts: contexts + Array(repeating: 0, count: missing))
    }
    @discardableResult
    func add(_ name: String, _ measures: ArraySlice<TaskMeasure>) -> Float {
      let total = Float(max(measures.count, 1))
      let loss = measures.reduce(0) { $0 + $1.loss } / total
      let accuracies = measures.compactMap(\.metric)
      metrics.append((name + (accuracies.isEmpty ? "_mse" : "_loss"), loss))
      // In the world's own unit.
      if accuracies.isEmpty, let scale = model.family.outputScale {
        metrics.append((name + "_rmse", scale * loss.squareRoot()))
      }
      if !accuracies.isEmpty {
        let word = model.family.metricName.lowercased()
        metrics.append((name + "_" + word, accuracies.reduce(0, +) / total))
      }
      return loss
    }

    let own = measure(embedding)
    let measures = (0..<trained).flatMap { furtherMeasures(of: $0) }
    let loss = add("training", own[..<trained])
    if model.scheme.isContinual {
      for task in 0..<trained { add(model.family.tasks[task].name, own[task...task]) }
      metrics += unknownTaskMetrics()
    }
    if trained > 1 {
      // Every task gets the context of the task half a family away: no task keeps its own.
      let shuffled = (0..<trained).flatMap { context(($0 + trained / 2) % trained) }
      let wrong = add("shuffled", measure(shuffled)[..<trained])
      let mean = meanContext(of: trained)
      add("mean_context", measure((0..<trained).flatMap { _ in mean })[..<trained])
      metrics.append(
        ("context_gain", Float(Conditioning.gain(own: Double(loss), Double(wrong)))))
      metrics.append(("context_variance_share", Float(varianceShare)))
    }
    var furtherOfNew: [(String, Float)] = []
    var bodies: [(name: String, value: Float)] = []
    if !heldOut.isEmpty {
      let fits = fit(tasks: heldOut, seed: seed)
      add("held_out_fitted", measure(embedding + fits.flatMap(\.context))[trained...])
      furtherOfNew = heldOut.flatMap { furtherMeasures(of: $0) }
      let between = heldOut.map { task in
        model.family.neighbours(of: task).reduce(into: [Float](repeating: 0, count: count)) {
          sum, neighbour in
          for (i, value) in context(neighbour.task).enumerated() {
            sum[i] += neighbour.weight * value
          }
        }
      }
      let inside = heldOut.filter { !model.family.neighbours(of: $0).isEmpty }
      if !inside.isEmpty {
        let all = measure(embedding + between.flatMap { $0 })
        add("held_out_interpolated", inside.map { all[$0] }[...])
      }
      bodies =
        bodyMetrics("held_out_fitted", tasks: heldOut, each: "_fitted") {
          fits[$0 - trained].context
        }
        + bodyMetrics("held_out_interpolated", tasks: inside, each: "_interpolated") {
          between[$0 - trained]
        }
    }
    bodies =
      bodyMetrics("training", tasks: Array(0..<trained), each: "") { Array(context($0)) } + bodies
    let traffic: [(String, Float)] =
      model.scheme.traffic(of: model, variables).map {
        [
          ("rounds", Float($0.rounds)), ("bytes_down", Float($0.bytesDown)),
          ("bytes_up", Float($0.bytesUp)),
        ]
      } ?? []
    return metrics + traffic + measures + furtherOfNew + bodies
  }

  /// `Conditioning.varianceShare` over all training tasks.
  private var varianceShare: Double {
    let tasks = model.family.trainingTaskCount
    let program = model.generationProgram(rows: tasks)
    let plan = Plan(program.graph, outputs: program.weights, variables: variables)
    _ = plan.input("contexts").update(from: variables.storage(HypernetworkModel.embedding))
    plan.run()
    return program.weights
      .map { WeightVariation(plan.value($0), rows: tasks, tasks: tasks) }
      .reduce(WeightVariation(), +).share
  }
}
