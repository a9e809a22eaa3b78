import Autodiff
import Learning

/// A federated experiment whose clients are elsewhere: the same networks, numbers and sessions, trained and
/// measured by asking.
package struct DistantExperiment: Experiment {
  package let base: any FederatedExperiment
  package let family: DistantClients
  /// How many examples a late client is fitted on.
  package let fittingExamples: Int
  package let exchange: any ClientExchange

  package init(
    _ base: any FederatedExperiment, family: DistantClients, fittingExamples: Int,
    exchange: any ClientExchange
  ) {
    self.base = base
    self.family = family
    self.fittingExamples = fittingExamples
    self.exchange = exchange
  }

  package var name: String { base.name }
  package var summary: String { base.summary }
  package var standardSteps: Int { base.standardSteps }
  package var evaluationInterval: Int { base.evaluationInterval }
  package var knobs: [Knob] { base.knobs }

  package func model(_ knobs: KnobValues) throws(KnobError) -> any ExperimentModel {
    DistantModel(
      base: try base.model(
        knobs, family: family, fitting: fittingExamples, exchange: exchange),
      exchange: exchange)
  }
}

private struct DistantModel: RunnableModel {
  let base: HypernetworkModel
  let exchange: any ClientExchange

  var outline: ModelOutline { base.outline }
  var parameters: [VariableSpecification] { base.parameters }
  var variables: [VariableSpecification] { base.variables }
  func initialize(_ variables: Variables, seed: UInt64) {
    base.initialize(variables, seed: seed)
  }
  func trainingProgram() -> TrainingProgram { base.trainingProgram() }
  func probe() -> any Probe { base.probe() }

  func assessorDraft() -> AssessorDraft {
    let program = base.generationProgram(rows: base.family.tasks.count)
    let draft = PlanDraft(program.graph, outputs: program.weights)
    return AssessorDraft(bytes: draft.bytes()) {
      DistantAssessor(
        base, exchange: exchange, plan: Plan(draft, variables: $0), weights: program.weights,
        variables: $0)
    }
  }
}

/// Measures and fits by sending clients weights: they answer with numbers about them.
private final class DistantAssessor: ContextAssessor {
  let model: HypernetworkModel
  let variables: Variables
  private let exchange: any ClientExchange
  private let plan: Plan
  private let weights: [Tensor]
  /// What each client said last; who has said nothing yet is not a number.
  private var replies: [ClientReply]

  init(
    _ model: HypernetworkModel, exchange: any ClientExchange, plan: Plan, weights: [Tensor],
    variables: Variables
  ) {
    self.model = model
    self.exchange = exchange
    self.plan = plan
    self.weights = weights
    self.variables = variables
    replies = model.family.tasks.map { _ in ClientReply(loss: .nan) }
  }

  func assess(contexts: [Float], currentTask: Int?) -> Assessment {
    let measures = evaluate(contexts: contexts)
    let losses = measures.prefix(model.family.trainingTaskCount).map(\.loss).filter(\.isFinite)
    return Assessment(
      tasks: measures, validation: losses.reduce(0, +) / Float(max(losses.count, 1)))
  }

  func evaluate(contexts: [Float]) -> [TaskMeasure] {
    _ = plan.input("contexts").update(fromContentsOf: contexts)
    plan.run()
    let requests = model.family.tasks.indices.map {
      ClientRequest(client: $0, work: .measure, weights: Self.row($0, of: weights, in: plan))
    }
    for (task, reply) in exchange.ask(requests).enumerated() {
      if let reply { replies[task] = reply }
    }
    return replies.map { TaskMeasure(loss: $0.loss, metric: $0.metric) }
  }

  func furtherMeasures(of task: Int) -> [(String, Float)] {
    replies[task].measures.map { ("\(model.family.tasks[task].name)_\($0.name)", $0.value) }
  }

  func unknownTaskMetrics() -> [(String, Float)] { [] }

  /// The weights of one row, tensor by tensor.
  private static func row(_ row: Int, of tensors: [Tensor], in plan: Plan) -> [Float] {
    tensors.flatMap { tensor in
      let all = plan.value(tensor)
      let size = all.count / tensor.shape[0]
      return all[row * size..<(row + 1) * size]
    }
  }

  func fit(tasks: [Int], seed: UInt64) -> [ContextFit] {
    let candidates = fittingCandidates()
    let rows = candidates.count / model.contextCount
    let starts = max(1, min(model.fitting.starts, rows))
    let scoring = Fitting(model, rows: rows, variables: variables)
    scoring.write(contexts: candidates)
    scoring.generate()
    var chosen: [Float] = []
    for task in tasks {
      let losses = ask(scoring, clients: Array(repeating: task, count: rows)).map(Self.loss)
      chosen += best(starts, of: candidates, by: losses)
    }
    let clients = tasks.flatMap { Array(repeating: $0, count: starts) }
    let fitting = Fitting(model, rows: clients.count, variables: variables)
    fitting.write(contexts: chosen)
    for step in 0..<model.fitting.steps {
      fitting.generate()
      fitting.learn(ask(fitting, clients: clients), rate: model.fitting.rate(at: step))
    }
    fitting.generate()
    return bestFits(
      tasks: tasks.count, starts: starts, contexts: fitting.contexts,
      losses: ask(fitting, clients: clients).map(Self.loss))
  }

  /// Of a client that did not answer nothing is known to be good.
  private static func loss(_ reply: ClientReply?) -> Float { reply?.loss ?? .infinity }

  private func ask(_ fitting: Fitting, clients: [Int]) -> [ClientReply?] {
    exchange.ask(
      clients.enumerated().map { row, client in
        ClientRequest(
          client: client, work: .fit(examples: model.fitting.examples),
          weights: Self.row(row, of: fitting.weights, in: fitting.plan))
      })
  }

  /// Contexts being fitted, one a row.
  private struct Fitting {
    let plan: Plan
    let weights: [Tensor]
    private let names: [String]
    private let storage: UnsafeMutableBufferPointer<Float>
    /// Which hold the contexts and the optimiser's numbers.
    private let variables: Variables

    init(_ model: HypernetworkModel, rows: Int, variables: Variables) {
      let program = model.distantAdaptationProgram(rows: rows)
      let own = variables.taken(into: program.graph)
      plan = Plan(program.graph, outputs: program.weights, variables: own)
      weights = program.weights
      names = model.target.tensors.map { "change/\($0.name)" }
      storage = own.storage(AdaptationProgram.contexts)
      self.variables = own
    }

    var contexts: [Float] { Array(storage) }
    func write(contexts: [Float]) { _ = storage.update(fromContentsOf: contexts) }

    func generate() { plan.run(phase: 0) }

    func learn(_ replies: [ClientReply?], rate: Float) {
      plan.input("rate")[0] = rate
      for (row, reply) in replies.enumerated() {
        var next = 0
        for name in names {
          let input = plan.input(name)
          let size = input.count / replies.count
          for i in 0..<size { input[row * size + i] = reply?.change[next + i] ?? 0 }
          next += size
        }
      }
      for phase in plan.phases.indices.dropFirst() { plan.run(phase: phase) }
    }
  }
}
