import Autodiff
import Dispatch
import Learning

/// Answers "what would H write for this context, and what would the target network do with it?" from a
/// snapshot's parameters: scrubbing never waits for training.
public typealias Prober = Desk<ProbeBench>

/// The plan a prober replays, and what is loaded into it.
public final class ProbeBench: Bench {
  private struct Setup {
    let model: HypernetworkModel
    let identity: Snapshot.Identity
    let program: ProbeProgram
    let variables: Variables
    let plan: Plan
  }

  private var setup: Setup?
  private var loaded: Parameters?
  private var picture: Int??

  public init() {}

  public static let queue = (name: "weft.probe", qos: DispatchQoS.userInteractive)

  public func answer(_ question: ContextQuestion) -> ProbeResult? {
    guard let setup = prepared(for: question.snapshot),
      question.context.count == setup.model.contextCount
    else { return nil }
    if loaded !== question.snapshot.parameters {
      guard setup.variables.load(question.snapshot.parameters) else { return nil }
      loaded = question.snapshot.parameters
    }
    let family = setup.model.family
    let reference = question.reference.flatMap { family.tasks.indices.contains($0) ? $0 : nil }
    if picture != .some(reference) {
      family.fillPicture(reference: reference, x: setup.plan.input("x"))
      picture = .some(reference)
    }
    _ = setup.plan.input("context").update(fromContentsOf: question.context)
    setup.plan.run()
    return ProbeResult(
      context: question.context, step: question.snapshot.step, reference: reference,
      weights: zip(setup.model.target.tensors, setup.program.weights).map {
        .init(specification: $0, values: Array(setup.plan.value($1)))
      },
      behaviour: family.behaviour(
        reference: reference, outputs: setup.plan.value(setup.program.outputs)))
  }

  /// The plan for the networks of a snapshot, kept until they are built anew.
  private func prepared(for snapshot: Snapshot) -> Setup? {
    if let setup, setup.identity == snapshot.identity { return setup }
    guard let experiment = Experiments.named(snapshot.description.experiment),
      let model = try? experiment.model(snapshot.knobs)
    else { return nil }
    let program = model.probeProgram()
    let variables = Variables(program.graph)
    let plan = Plan(
      program.graph, outputs: program.weights + [program.outputs], variables: variables)
    let made = Setup(
      model: model, identity: snapshot.identity, program: program, variables: variables, plan: plan)
    setup = made
    loaded = nil
    picture = nil
    return made
  }
}
