import Autodiff
import Dispatch
import Learning

/// Answers "does z matter, and are the generated weights of the right size?" from a snapshot's
/// parameters, on a queue of its own.
public typealias Examiner = Desk<ExaminationBench>

/// What an examiner found at one step.
public struct Examination: Sendable {
  public var conditioning: Conditioning
  /// At the context that was asked about.
  public var autopsy: Autopsy
  /// How long it took: whoever asks again and again keeps that a small share of the time.
  public var seconds: Double

  public init(conditioning: Conditioning, autopsy: Autopsy, seconds: Double) {
    self.conditioning = conditioning
    self.autopsy = autopsy
    self.seconds = seconds
  }
}

/// The plans an examiner replays.
public final class ExaminationBench: Bench {
  public static let queue = (name: "weft.examination", qos: DispatchQoS.utility)

  private struct Setup {
    let identity: Snapshot.Identity
    let variables: Variables
    let evaluator: Evaluator
    let generation: GenerationProgram
    let generating: Plan
    let sensitivity: SensitivityProgram
    let differentiating: Plan
    let signal: SignalProgram
    let signalling: Plan

    init(_ model: HypernetworkModel, identity: Snapshot.Identity) {
      self.identity = identity
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

    var model: HypernetworkModel { evaluator.model }
  }

  private var setup: Setup?
  /// Of a model that has an examiner of its own.
  private var other: (identity: Snapshot.Identity, examiner: any ModelExaminer)?

  public init() {}

  public func answer(_ question: ContextQuestion) -> Examination? {
    let begin = DispatchTime.now()
    let snapshot = question.snapshot
    guard let setup = prepared(for: snapshot) else {
      return examiner(for: snapshot)?.examine(question).map {
        Examination(conditioning: $0, autopsy: $1, seconds: Self.seconds(since: begin))
      }
    }
    guard question.context.count == setup.model.contextCount,
      setup.variables.load(snapshot.parameters)
    else { return nil }
    let autopsy = Self.autopsy(question, setup)
    var conditioning = Self.conditioning(snapshot, setup)
    conditioning.cause = conditioning.cause(
      Conditioning.Circumstances(
        knobs: snapshot.knobs, standardSteps: snapshot.description.standardSteps,
        trainingTasks: setup.model.family.trainingTaskCount,
        hasSilentHead: Self.hasSilentHead(setup),
        ratio: autopsy.tensors.compactMap(\.ratio).reduce(0) { $1.isNaN ? $1 : max($0, $1) },
        deadUnits: autopsy.layers.compactMap(\.dead).max() ?? 0))
    return Examination(
      conditioning: conditioning, autopsy: autopsy, seconds: Self.seconds(since: begin))
  }

  private static func seconds(since begin: DispatchTime) -> Double {
    Double(DispatchTime.now().uptimeNanoseconds - begin.uptimeNanoseconds) / 1e9
  }

  /// The model's own examiner, kept until the networks are built anew.
  private func examiner(for snapshot: Snapshot) -> (any ModelExaminer)? {
    if let other, other.identity == snapshot.identity { return other.examiner }
    guard let experiment = Experiments.named(snapshot.description.experiment),
      let made = try? experiment.runnableModel(snapshot.knobs).examiner()
    else { return nil }
    other = (snapshot.identity, made)
    return made
  }

  /// The plans for the networks of a snapshot, kept until they are built anew.
  private func prepared(for snapshot: Snapshot) -> Setup? {
    if let setup, setup.identity == snapshot.identity { return setup }
    guard let experiment = Experiments.named(snapshot.description.experiment),
      let model = try? experiment.model(snapshot.knobs) as? HypernetworkModel
    else { return nil }
    let made = Setup(model, identity: snapshot.identity)
    setup = made
    return made
  }

  // MARK: Conditioning

  private static func conditioning(_ snapshot: Snapshot, _ setup: Setup) -> Conditioning {
    let model = setup.model
    let all = model.family.trainingTaskCount
    // Of tasks that come one after another, those that did come.
    let tasks = min((snapshot.currentTask ?? all - 1) + 1, all)
    let contexts = Array(setup.variables.storage(HypernetworkModel.embedding))
    let mean = setup.evaluator.meanContext(of: tasks)
    let spread = contexts.prefix(tasks * model.contextCount).enumerated().map {
      $1 - mean[$0 % model.contextCount]
    }

    _ = setup.generating.input("contexts").update(fromContentsOf: contexts)
    setup.generating.run()
    let variations = setup.generation.weights.map {
      WeightVariation(setup.generating.value($0), rows: all, tasks: tasks)
    }
    let variation = variations.reduce(WeightVariation(), +)
    return Conditioning(
      step: snapshot.step, taskCount: tasks, losses: setup.evaluator.conditionedLosses(of: tasks),
      varianceShare: variation.share, change: variation.change,
      singularValues: singularValues(at: mean, setup),
      tensors: zip(model.target.tensors, variations).map {
        .init(name: $0.name, varianceShare: $1.share, change: $1.change)
      },
      contextSize: Autopsy.meanSquare(contexts.prefix(tasks * model.contextCount)).squareRoot(),
      contextSpread: Autopsy.meanSquare(spread).squareRoot())
  }

  /// Of the Jacobian J = ∂W/∂z: the roots of the eigenvalues of Jᵀ J.
  private static func singularValues(at context: [Float], _ setup: Setup) -> [Double] {
    let count = context.count
    let rows = (0..<count).flatMap { _ in context }
    _ = setup.differentiating.input("contexts").update(fromContentsOf: rows)
    setup.differentiating.run()
    var gram = [Double](repeating: 0, count: count * count)
    for tensor in setup.sensitivity.columns {
      let columns = setup.differentiating.value(tensor)
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
    guard gram.allSatisfy(\.isFinite) else { return Array(repeating: .nan, count: count) }
    return symmetricEigen(gram, count).values.map { max($0, 0).squareRoot() }.sorted(by: >)
  }

  /// Whether the weights of some head are all 0.
  private static func hasSilentHead(_ setup: Setup) -> Bool {
    setup.variables.entries.contains { entry in
      entry.name.hasPrefix("head.") && entry.name.hasSuffix("weight")
        && setup.variables.storage(entry.name).allSatisfy { $0 == 0 }
    }
  }

  // MARK: Autopsy

  private static func autopsy(_ question: ContextQuestion, _ setup: Setup) -> Autopsy {
    let step = question.snapshot.step
    guard step == 0 else {
      return autopsy(step, question.context, reference: question.reference, setup)
    }
    let model = setup.model
    let count = model.contextCount
    let tasks = (0..<Autopsy.draws).map { $0 * model.family.trainingTaskCount / Autopsy.draws }
    let embedding = setup.variables.storage(HypernetworkModel.embedding)
    let contexts =
      model.encoder == nil
      ? tasks.map { Array(embedding[$0 * count..<($0 + 1) * count]) }
      : setup.evaluator.fit(tasks: tasks, seed: question.snapshot.seed).map(\.context)
    let deviation = question.snapshot.knobs.real("noise")
    var mean = Autopsy.mean(
      of: zip(tasks, contexts).enumerated().map { draw, task in
        let noise = RandomKey(seed: question.snapshot.seed, stream: .noise, step: draw)
          .normal(count, deviation: deviation)
        return autopsy(
          step, zip(task.1, noise).map { $0 + $1 }, reference: task.0, row: draw, setup)
      })
    mean.context = question.context
    return mean
  }

  /// At one context.
  /// - Parameter row: of the picture's inputs, the one whose own weights are looked at where every input
  ///   has some; those of an input of zeros where it is nil.
  private static func autopsy(
    _ step: Int, _ context: [Float], reference: Int?, row: Int? = nil, _ setup: Setup
  ) -> Autopsy {
    let (model, plan) = (setup.model, setup.signalling)
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
      tensors: zip(model.target.tensors, setup.signal.weights).map { specification, weight in
        Autopsy.Tensor(
          name: specification.name, variance: Autopsy.meanSquare(plan.value(weight)),
          wanted: specification.role == .weight
            ? Double(model.target.gain) / Double(specification.fanIn) : nil)
      },
      layers: setup.signal.layers.map { layer in
        let isLinear = layer.sum.index == layer.output.index
        return Autopsy.Layer(
          name: layer.name, sum: Autopsy.meanSquare(plan.value(layer.sum)),
          output: Autopsy.meanSquare(plan.value(layer.output)),
          dead: isLinear
            ? nil : Autopsy.deadShare(plan.value(layer.output), units: layer.output.shape[2]))
      })
  }
}

extension Evaluator {
  /// The mean of the first tasks' embeddings.
  func meanContext(of tasks: Int) -> [Float] {
    let count = model.contextCount
    let embedding = variables.storage(HypernetworkModel.embedding)
    return (0..<count).map { i in
      (0..<tasks).reduce(Float(0)) { $0 + embedding[$1 * count + i] } / Float(max(tasks, 1))
    }
  }

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
