import Dispatch
import Learning
import Synchronization

/// Runs an experiment on a queue of its own. Commands go in, immutable snapshots come out; of several
/// snapshots only the newest is kept. Nothing outside ever touches the graph, the plan or the arena.
public actor Trainer {
  private struct Mailbox {
    var commands: [Command] = []
    var snapshot: Snapshot?
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
    let loop = TrainingLoop(run, saving: saving)
    let first = loop.snapshot()
    self.loop = loop
    mailbox.withLock { $0.snapshot = first }
  }

  /// The newest snapshot.
  public nonisolated var latest: Snapshot? { mailbox.withLock { $0.snapshot } }

  /// Queues a command; it takes effect between steps, some milliseconds from now at most.
  public nonisolated func send(_ command: Command) {
    mailbox.withLock { $0.commands.append(command) }
    executor.queue.async { self.assumeIsolated { $0.turn() } }
  }

  /// Does everything that was sent, and waits until it is done.
  public nonisolated func finish() {
    executor.queue.sync { self.assumeIsolated { $0.turn() } }
  }

  /// Commands, a slice of steps, perhaps a snapshot; then again while the run goes on.
  private func turn() {
    turns += 1
    let commands = mailbox.withLock { box in
      defer { box.commands = [] }
      return box.commands
    }
    for command in commands { loop.perform(command) }
    let pause = loop.slice()
    if let snapshot = loop.snapshotIfDue(force: !commands.isEmpty) {
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
