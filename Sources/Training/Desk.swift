import Autodiff
import Dispatch
import Learning
import Synchronization

/// What answers the questions of a desk, with plans that it keeps from one to the next.
public protocol Bench: AnyObject, SendableMetatype {
  associatedtype Question: Sendable
  associatedtype Answer: Sendable

  /// Its queue's name, and how soon a person wants the answers.
  static var queue: (name: String, qos: DispatchQoS) { get }
  init()
  /// Nil where there is no answer.
  func answer(_ question: Question) -> Answer?
}

/// A question about a context: the parameters it is asked of, and the task it is compared with.
public struct ContextQuestion: Sendable {
  public var context: [Float]
  public var reference: Int?
  public var snapshot: Snapshot
  /// Whether the context takes the place of those that a network makes for itself as it reads.
  public var isHeld: Bool
  /// Of a network that speaks: how many characters it should have spoken by now beside those it begins with.
  public var spoken: Int
  /// Whether a picture is wanted as fine as it can be, though it takes longer.
  public var isDetailed: Bool

  public init(
    context: [Float], reference: Int?, snapshot: Snapshot, isHeld: Bool = false, spoken: Int = 0,
    isDetailed: Bool = false
  ) {
    self.isDetailed = isDetailed
    self.context = context
    self.reference = reference
    self.snapshot = snapshot
    self.isHeld = isHeld
    self.spoken = spoken
  }
}

/// Answers questions on a queue of its own, from snapshots: training never waits for it. Of several
/// questions that wait, only the newest is answered.
public actor Desk<Work: Bench> {
  public typealias Question = Work.Question

  private struct Mailbox: Sendable {
    var question: Work.Question?
    var answer: Work.Answer?
    /// How many questions came, and how many of them had come when the newest that is answered did.
    var asked = 0
    var answered = 0
  }

  private nonisolated let executor = QueueExecutor(Work.queue.name, qos: Work.queue.qos)
  private nonisolated let mailbox = Mutex(Mailbox())
  private nonisolated let onAnswer: @Sendable () -> Void
  private let bench = Work()

  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// - Parameter onAnswer: called on the desk's queue when `latest` is new.
  public init(onAnswer: @escaping @Sendable () -> Void) { self.onAnswer = onAnswer }

  /// The newest answer.
  public nonisolated var latest: Work.Answer? { mailbox.withLock { $0.answer } }

  /// How many of the questions asked so far are answered, or were replaced by one that is.
  public nonisolated var answered: Int { mailbox.withLock { $0.answered } }

  /// Asks; replaces a question that still waits. Returns what `answered` is at least once this one is.
  @discardableResult
  public nonisolated func ask(_ question: Work.Question) -> Int {
    let number = mailbox.withLock { box in
      box.question = question
      box.asked += 1
      return box.asked
    }
    executor.queue.async { self.assumeIsolated { $0.work() } }
    return number
  }

  /// Answers what was asked, and waits until it is done.
  public nonisolated func finish() {
    executor.queue.sync { self.assumeIsolated { $0.work() } }
  }

  private func work() {
    let (question, number) = mailbox.withLock { box in
      defer { box.question = nil }
      return (box.question, box.asked)
    }
    guard let question, let answer = bench.answer(question) else { return }
    mailbox.withLock { box in
      box.answer = answer
      box.answered = number
    }
    onAnswer()
  }
}

/// What is made of a model and kept until its networks are built anew.
final class Kept<Part> {
  private let make: (any RunnableModel) -> Part?
  private var last: (identity: Snapshot.Identity, part: Part)?

  init(_ make: @escaping (any RunnableModel) -> Part?) { self.make = make }

  /// Of a snapshot's networks; nil where there is none.
  subscript(snapshot: Snapshot) -> Part? {
    if let last, last.identity == snapshot.identity { return last.part }
    guard let experiment = Experiments.named(snapshot.description.experiment),
      let model = try? experiment.runnableModel(snapshot.knobs), let part = make(model)
    else { return nil }
    last = (snapshot.identity, part)
    return part
  }
}

extension Variables {
  /// Takes over a snapshot's numbers, but for those of variables that are left alone. Returns false
  /// where one of the others is not among them.
  func load(_ parameters: Parameters, leaving others: Set<String> = []) -> Bool {
    for entry in entries where !others.contains(entry.name) {
      guard let values = parameters[entry.name], values.count == entry.shape.count else {
        return false
      }
      _ = storage(entry.name).update(fromContentsOf: values)
    }
    return true
  }
}
