import Dispatch
import Learning
import Synchronization

/// Runs an experiment on a queue of its own. Commands go in, immutable snapshots come out; of several
/// snapshots only the newest is kept. Nothing outside ever touches the graph, the plan or the arena.
public actor Trainer {
  private struct Mailbox {
    var commands: [Command] = []
    var snapshot: Snapshot?
    /// Something was written to disk, or could not be.
    var saved = false
  }

  /// A call to a trainer from whoever was made before it.
  private final class Bell: Sendable {
    private let answer = Mutex<(@Sendable () -> Void)?>(nil)

    func ring() { answer.withLock { $0 }?() }
    func set(_ answer: @escaping @Sendable () -> Void) { self.answer.withLock { $0 = answer } }
  }

  private nonisolated let executor = QueueExecutor("weft.training", qos: .userInitiated)
  private nonisolated let mailbox = Mutex(Mailbox())
  private nonisolated let onSnapshot: @Sendable () -> Void
  private let loop: TrainingLoop
  /// Grows with every turn that is asked for; a timed turn that was overtaken does nothing.
  private var turns = 0

  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// Takes a run over; nobody else may use it afterwards.
  /// - Parameter onSnapshot: called on the training queue when `latest` is new.
  public init(
    _ run: sending Run, saving: Saving, onSnapshot: @escaping @Sendable () -> Void
  ) {
    self.onSnapshot = onSnapshot
    let bell = Bell()
    let loop = TrainingLoop(run, saving: saving, onSave: { bell.ring() })
    let first = loop.snapshot()
    self.loop = loop
    mailbox.withLock { $0.snapshot = first }
    bell.set { [weak self] in
      guard let self else { return }
      mailbox.withLock { $0.saved = true }
      wake()
    }
  }

  /// The newest snapshot.
  public nonisolated var latest: Snapshot? { mailbox.withLock { $0.snapshot } }

  /// Queues a command; it takes effect between steps, some milliseconds from now at most.
  public nonisolated func send(_ command: Command) {
    mailbox.withLock { $0.commands.append(command) }
    wake()
  }

  private nonisolated func wake() {
    executor.queue.async { self.assumeIsolated { $0.turn() } }
  }

  /// Does everything that was sent, and waits until it is done.
  public nonisolated func finish() {
    executor.queue.sync { self.assumeIsolated { $0.turn() } }
  }

  /// Commands, a slice of steps, perhaps a snapshot; then again while the run goes on.
  private func turn() {
    turns += 1
    let (commands, saved) = mailbox.withLock { box in
      defer {
        box.commands = []
        box.saved = false
      }
      return (box.commands, box.saved)
    }
    for command in commands { loop.perform(command) }
    if saved { loop.saveEnded() }
    let pause = loop.slice()
    if let snapshot = loop.snapshotIfDue(force: !commands.isEmpty || saved) {
      mailbox.withLock { $0.snapshot = snapshot }
      onSnapshot()
    }
    guard let pause else { return }
    let turn = turns
    executor.queue.asyncAfter(deadline: .now() + pause) {
      self.assumeIsolated { if $0.turns == turn { $0.turn() } }
    }
  }
}
