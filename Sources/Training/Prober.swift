import Autodiff
import Dispatch
import Learning

/// Answers "what would H write for this context, and what would the target network do with it?" from a
/// snapshot's parameters: scrubbing never waits for training.
public typealias Prober = Desk<ProbeBench>

/// The probe of the networks that were asked about last, and what is loaded into it.
public final class ProbeBench: Bench {
  private var probe: (identity: Snapshot.Identity, probe: any Probe)?
  private var loaded: Parameters?

  public init() {}

  public static let queue = (name: "weft.probe", qos: DispatchQoS.userInteractive)

  public func answer(_ question: ContextQuestion) -> ProbeResult? {
    guard let probe = prepared(for: question.snapshot) else { return nil }
    if loaded !== question.snapshot.parameters {
      guard probe.load(question.snapshot.parameters) else { return nil }
      loaded = question.snapshot.parameters
    }
    return probe.answer(question)
  }

  /// Kept until the networks are built anew.
  private func prepared(for snapshot: Snapshot) -> (any Probe)? {
    if let probe, probe.identity == snapshot.identity { return probe.probe }
    guard let experiment = Experiments.named(snapshot.description.experiment),
      let model = try? experiment.runnableModel(snapshot.knobs)
    else { return nil }
    let made = model.probe()
    probe = (snapshot.identity, made)
    loaded = nil
    return made
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
    plan.run()
    return zip(model.target.tensors, program.weights).map {
      .init(specification: $0, values: Array(plan.value($1)))
    }
  }
}
