import Autodiff
import Learning

/// What is generated for a context, and the body that the network describes: on a coarse grid at once, and
/// finer near the surface where that is asked for.
final class BodyProbe: Probe {
  private let model: HypernetworkModel
  private let family: any BodyFamily
  private let program: GenerationProgram
  private let variables: Variables
  private let plan: Plan
  private let bench: FieldBench

  /// Nodes along an edge.
  private static let (coarse, fine) = (32, 64)

  init(_ model: HypernetworkModel, _ family: any BodyFamily) {
    self.model = model
    self.family = family
    program = model.generationProgram(rows: 1)
    variables = Variables(model.parameters.map { ($0.name, $0.shape) })
    plan = Plan(program.graph, outputs: program.weights, updates: false, variables: variables)
    bench = FieldBench(model, variables: variables)
  }

  func load(_ parameters: Parameters) -> Bool { variables.load(parameters) }

  func answer(_ question: ContextQuestion) -> ProbeResult? {
    guard let weights = weights(question.context, task: nil) else { return nil }
    let reference = question.reference.flatMap { family.tasks.indices.contains($0) ? $0 : nil }
    var field = bench.field(of: question.context, side: Self.coarse)
    if question.isDetailed {
      field = bench.refined(field, of: question.context, side: Self.fine)
    }
    return ProbeResult(
      context: question.context, step: question.snapshot.step, reference: reference,
      weights: weights,
      behaviour: .body(
        Behaviour.Body(
          field: field, truth: reference.map { family.truth(of: $0, side: field.side) })))
  }

  func weights(_ context: [Float], task: Int?) -> [ProbeResult.Weights]? {
    guard context.count == model.contextCount else { return nil }
    _ = plan.input("contexts").update(fromContentsOf: context)
    plan.run()
    return zip(model.target.tensors, program.weights).map {
      .init(specification: $0, values: Array(plan.value($1)))
    }
  }
}
