import Autodiff
import Dispatch
import Learning
import Synchronization

/// Answers "what would H write for this context, and what would the target network do with it?" on a
/// queue of its own, from a snapshot's parameters: scrubbing never waits for training. Of several
/// questions that wait, only the newest is answered.
public actor Prober {
  /// A question: a context, the parameters it is asked of, and the task it is compared with.
  public struct Question: Sendable {
    public var context: [Float]
    public var reference: Int?
    public var snapshot: Snapshot

    public init(context: [Float], reference: Int?, snapshot: Snapshot) {
      self.context = context
      self.reference = reference
      self.snapshot = snapshot
    }
  }

  private struct Mailbox {
    var question: Question?
    var answer: ProbeResult?
  }

  private nonisolated let executor = QueueExecutor("weft.probe", qos: .userInteractive)
  private nonisolated let mailbox = Mutex(Mailbox())
  private nonisolated let onAnswer: @Sendable () -> Void
  private let bench = ProbeBench()

  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// - Parameter onAnswer: called on the probe's queue when `latest` is new.
  public init(onAnswer: @escaping @Sendable () -> Void) { self.onAnswer = onAnswer }

  /// The newest answer.
  public nonisolated var latest: ProbeResult? { mailbox.withLock { $0.answer } }

  /// Asks; replaces a question that still waits.
  public nonisolated func ask(_ question: Question) {
    mailbox.withLock { $0.question = question }
    executor.queue.async { self.assumeIsolated { $0.work() } }
  }

  /// Answers what was asked, and waits until it is done.
  public nonisolated func finish() {
    executor.queue.sync { self.assumeIsolated { $0.work() } }
  }

  private func work() {
    let question = mailbox.withLock { box in
      defer { box.question = nil }
      return box.question
    }
    guard let question, let answer = bench.answer(question) else { return }
    mailbox.withLock { $0.answer = answer }
    onAnswer()
  }
}

/// The plan a prober replays, and what is loaded into it.
private final class ProbeBench {
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

  func answer(_ question: Prober.Question) -> ProbeResult? {
    guard let setup = prepared(for: question.snapshot),
      question.context.count == setup.model.contextCount
    else { return nil }
    if loaded !== question.snapshot.parameters {
      for entry in setup.variables.entries {
        guard let values = question.snapshot.parameters[entry.name] else { return nil }
        _ = setup.variables.storage(entry.name).update(fromContentsOf: values)
      }
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
