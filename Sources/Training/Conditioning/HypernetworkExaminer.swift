import Autodiff
import Learning

/// Whether the contexts of tasks matter, and whether the weights generated from them are of the right
/// size.
final class HypernetworkExaminer: ModelExaminer {
  private let model: HypernetworkModel
  private let variables: Variables
  private let evaluator: Evaluator
  private let generation: GenerationProgram
  private let generating: Plan
  private let sensitivity: SensitivityProgram
  private let differentiating: Plan
  private let signal: SignalProgram
  private let signalling: Plan

  init(_ model: HypernetworkModel) {
    self.model = model
    variables = Variables(model.parameters.map { ($0.name, $0.shape) })
    evaluator = Evaluator(model, variables: variables)
    generation = model.generationProgram(rows: model.family.trainingTaskCount)
    generating = Plan(generation.graph, outputs: generation.weights, variables: variables)
    sensitivity = model.sensitivityProgram()
    differentiating = Plan(
      sensitivity.graph, outputs: sensitivity.columns, variables: variables)
    signal = model.signalProgram()
    signalling = Plan(
      signal.graph, outputs: signal.weights + signal.layers.flatMap { [$0.sum, $0.output] },
      variables: variables)
    let tangents = differentiating.input("tangents")
    tangents.update(repeating: 0)
    for i in 0..<model.contextCount { tangents[i * model.contextCount + i] = 1 }
  }

  func examine(_ question: ContextQuestion) -> (conditioning: Conditioning, autopsy: Autopsy)? {
    let snapshot = question.snapshot
    guard question.context.count == model.contextCount, variables.load(snapshot.parameters) else {
      return nil
    }
    let autopsy = autopsy(question)
    var conditioning = conditioning(snapshot)
    conditioning.cause = conditioning.cause(
      Conditioning.Circumstances(
        knobs: snapshot.knobs, standardSteps: snapshot.description.standardSteps,
        trainingTasks: model.family.trainingTaskCount, hasSilentHead: hasSilentHead,
        ratio: autopsy.tensors.compactMap(\.ratio).reduce(0) { $1.isNaN ? $1 : max($0, $1) },
        deadUnits: autopsy.layers.compactMap(\.dead).max() ?? 0))
    return (conditioning, autopsy)
  }

  // MARK: Conditioning

  private func conditioning(_ snapshot: Snapshot) -> Conditioning {
    let all = model.family.trainingTaskCount
    // Of tasks that come one after another, those that did come.
    let tasks = min((snapshot.currentTask ?? all - 1) + 1, all)
    let contexts = Array(variables.storage(HypernetworkModel.embedding))
    let mean = evaluator.meanContext(of: tasks)
    let spread = contexts.prefix(tasks * model.contextCount).enumerated().map {
      $1 - mean[$0 % model.contextCount]
    }

    _ = generating.input("contexts").update(fromContentsOf: contexts)
    generating.run()
    let variations = generation.weights.map {
      WeightVariation(generating.value($0), rows: all, tasks: tasks)
    }
    let variation = variations.reduce(WeightVariation(), +)
    return Conditioning(
      step: snapshot.step, taskCount: tasks, losses: evaluator.conditionedLosses(of: tasks),
      varianceShare: variation.share, change: variation.change,
      singularValues: singularValues(at: mean),
      tensors: zip(model.target.tensors, variations).map {
        .init(name: $0.name, varianceShare: $1.share, change: $1.change)
      },
      contextSize: Autopsy.meanSquare(contexts.prefix(tasks * model.contextCount)).squareRoot(),
      contextSpread: Autopsy.meanSquare(spread).squareRoot())
  }

  /// Of the Jacobian J = ∂W/∂z: the roots of the eigenvalues of Jᵀ J.
  private func singularValues(at context: [Float]) -> [Double] {
    let count = context.count
    let rows = (0..<count).flatMap { _ in context }
    _ = differentiating.input("contexts").update(fromContentsOf: rows)
    differentiating.run()
    var gram = [Double](repeating: 0, count: count * count)
    for tensor in sensitivity.columns {
      let columns = differentiating.value(tensor)
      let length = columns.count / count
      for i in 0..<count {
        for j in 0...i {
          var sum = 0.0
          for k in 0..<length {
            sum += Double(columns[i * length + k]) * Double(columns[j * length + k])
          }
          gram[i * count + j] += sum
          if i != j { gram[j * count + i] += sum }
        }
      }
    }
    return Training.singularValues(gram: gram, count).sorted(by: >)
  }

  /// Whether the weights of some head are all 0.
  private var hasSilentHead: Bool {
    variables.entries.contains { entry in
      entry.name.hasPrefix("head.") && entry.name.hasSuffix("weight")
        && variables.storage(entry.name).allSatisfy { $0 == 0 }
    }
  }

  // MARK: Autopsy

  private func autopsy(_ question: ContextQuestion) -> Autopsy {
    let step = question.snapshot.step
    guard step == 0 else {
      return autopsy(step, question.context, reference: question.reference)
    }
    let count = model.contextCount
    let tasks = (0..<Autopsy.draws).map { $0 * model.family.trainingTaskCount / Autopsy.draws }
    let embedding = variables.storage(HypernetworkModel.embedding)
    let contexts =
      model.encoder == nil
      ? tasks.map { Array(embedding[$0 * count..<($0 + 1) * count]) }
      : evaluator.fit(tasks: tasks, seed: question.snapshot.seed).map(\.context)
    let deviation = question.snapshot.knobs.real("noise")
    var mean = Autopsy.mean(
      of: zip(tasks, contexts).enumerated().map { draw, task in
        let noise = RandomKey(seed: question.snapshot.seed, stream: .noise, step: draw)
          .normal(count, deviation: deviation)
        return autopsy(
          step, zip(task.1, noise).map { $0 + $1 }, reference: task.0, row: draw)
      })
    mean.context = question.context
    return mean
  }

  /// At one context.
  /// - Parameter row: of the picture's inputs, the one whose own weights are looked at where every input
  ///   has some; those of an input of zeros where it is nil.
  private func autopsy(
    _ step: Int, _ context: [Float], reference: Int?, row: Int? = nil
  ) -> Autopsy {
    let plan = signalling
    let reference = reference.flatMap { model.family.tasks.indices.contains($0) ? $0 : nil }
    let x = plan.input("x")
    model.family.fillPicture(reference: reference, x: x)
    _ = plan.input("context").update(fromContentsOf: context)
    if model.conditioning == .input {
      let own = plan.input("own")
      let rows = x.count / own.count
      // Far apart from each other, as rows in a row may be alike.
      let first = row.map { $0 * rows / Autopsy.draws * own.count }
      for i in own.indices { own[i] = first.map { x[$0 + i] } ?? 0 }
    }
    plan.run()
    return Autopsy(
      step: step, context: context, input: Autopsy.meanSquare(x),
      tensors: zip(model.target.tensors, signal.weights).map { specification, weight in
        Autopsy.Tensor(
          name: specification.name, variance: Autopsy.meanSquare(plan.value(weight)),
          wanted: specification.role == .weight
            ? Double(model.target.gain) / Double(specification.fanIn) : nil)
      },
      layers: signal.layers.map { layer in
        let isLinear = layer.sum.index == layer.output.index
        return Autopsy.Layer(
          name: layer.name, sum: Autopsy.meanSquare(plan.value(layer.sum)),
          output: Autopsy.meanSquare(plan.value(layer.output)),
          dead: isLinear
            ? nil : Autopsy.deadShare(plan.value(layer.output), units: layer.output.shape[2]))
      })
  }
}

extension ContextAssessor {
  /// The mean of the first tasks' embeddings.
  func meanContext(of tasks: Int) -> [Float] {
    let count = model.contextCount
    let embedding = variables.storage(HypernetworkModel.embedding)
    return (0..<count).map { i in
      (0..<tasks).reduce(Float(0)) { $0 + embedding[$1 * count + i] } / Float(max(tasks, 1))
    }
  }
}

extension Evaluator {
  /// Mean losses of the first tasks with their own, with shuffled and with the mean context.
  func conditionedLosses(of tasks: Int) -> Conditioning.Losses {
    let own = meanLoss(embeddings(of: tasks) { $0 }, of: tasks)
    guard tasks > 1 else { return .init(own: own, shuffled: nil, mean: nil) }
    // Every task gets the context of the task half of them away: no task keeps its own.
    let shuffled = embeddings(of: tasks) { ($0 + tasks / 2) % tasks }
    let mean = meanContext(of: tasks)
    return .init(
      own: own, shuffled: meanLoss(shuffled, of: tasks),
      mean: meanLoss((0..<tasks).flatMap { _ in mean }, of: tasks))
  }

  private func embeddings(of tasks: Int, _ choice: (Int) -> Int) -> [Float] {
    let count = model.contextCount
    let embedding = variables.storage(HypernetworkModel.embedding)
    return (0..<tasks).flatMap { embedding[choice($0) * count..<(choice($0) + 1) * count] }
  }

  private func meanLoss(_ contexts: [Float], of tasks: Int) -> Double {
    let missing = model.family.tasks.count * model.contextCount - contexts.count
    let measures = evaluate(contexts: contexts + Array(repeating: 0, count: missing))
    return measures.prefix(tasks).reduce(0.0) { $0 + Double($1.loss) } / Double(max(tasks, 1))
  }
}
