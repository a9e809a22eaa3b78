import Autodiff
import Dispatch
import Learning

/// Answers "what would H write for this context, and what would the target network do with it?" from a
/// snapshot's parameters: scrubbing never waits for training.
public typealias Prober = Desk<ProbeBench>

/// The probe of the networks that were asked about last, and what is loaded into it.
public final class ProbeBench: Bench {
  private let kept = Kept { $0.probe() }
  private var loaded: (probe: any Probe, parameters: Parameters)?

  public init() {}

  public static let queue = (name: "weft.probe", qos: DispatchQoS.userInteractive)

  public func answer(_ question: ContextQuestion) -> ProbeResult? {
    let parameters = question.snapshot.parameters
    guard let probe = kept[question.snapshot] else { return nil }
    if loaded?.probe !== probe || loaded?.parameters !== parameters {
      guard probe.load(parameters) else { return nil }
      loaded = (probe, parameters)
    }
    return probe.answer(question)
  }
}

/// H(z) and f(x; H(z)) for the picture's inputs.
final class HypernetworkProbe: Probe {
  private let model: HypernetworkModel
  private let program: ProbeProgram
  private let variables: Variables
  private let plan: Plan
  /// The reference whose picture is in the plan.
  private var picture: Int??

  init(_ model: HypernetworkModel) {
    self.model = model
    program = model.probeProgram()
    variables = Variables(program.graph)
    plan = Plan(
      program.graph, outputs: program.weights + [program.outputs], variables: variables)
  }

  func load(_ parameters: Parameters) -> Bool { variables.load(parameters) }

  func answer(_ question: ContextQuestion) -> ProbeResult? {
    let family = model.family
    let reference = question.reference.flatMap { family.tasks.indices.contains($0) ? $0 : nil }
    if picture != .some(reference) {
      family.fillPicture(reference: reference, x: plan.input("x"))
      picture = .some(reference)
    }
    guard let weights = weights(question.context, task: reference) else { return nil }
    return ProbeResult(
      context: question.context, step: question.snapshot.step, reference: reference,
      weights: weights,
      behaviour: family.behaviour(reference: reference, outputs: plan.value(program.outputs)))
  }

  func weights(_ context: [Float], task: Int?) -> [ProbeResult.Weights]? {
    guard context.count == model.contextCount else { return nil }
    _ = plan.input("context").update(fromContentsOf: context)
    model.lendLayers(of: task, to: plan)
    plan.run()
    return zip(model.target.tensors, program.weights).map {
      .init(specification: $0, values: Array(plan.value($1)))
    }
  }
}

extension HypernetworkModel {
  /// Tells a plan of `probeProgram` whose own layers it takes where some are not generated: those of a
  /// training task, or else of the mean client.
  func lendLayers(of task: Int?, to plan: Plan) {
    guard personal != nil else { return }
    plan.input("client")[0] = Float(min(task ?? .max, family.trainingTaskCount))
  }
}
