import Dispatch
import Synchronization

/// Runs a comparison on a queue of its own, as `Trainer` runs an experiment: commands go in, immutable
/// snapshots come out, and of several only the newest is kept.
public actor Race {
  private struct Mailbox {
    var commands: [RaceCommand] = []
    var snapshot: RaceSnapshot?
  }

  private nonisolated let executor = QueueExecutor("weft.race", qos: .userInitiated)
  private nonisolated let mailbox = Mutex(Mailbox())
  private nonisolated let onStanding: @Sendable () -> Void
  private let loop: RaceLoop

  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// Takes a comparison over; nobody else may use it afterwards. It waits for a command to run.
  /// - Parameters:
  ///   - path: where it was opened from.
  ///   - keeps: whether it saves itself every so often, and when it is stopped.
  ///   - onStanding: called on the race's queue when `latest` is new.
  public init(
    _ comparison: sending Comparison, path: String? = nil, keeps: Bool = false,
    onStanding: @escaping @Sendable () -> Void
  ) {
    self.onStanding = onStanding
    let loop = RaceLoop(comparison, path: path, keeps: keeps)
    let first = loop.snapshot()
    self.loop = loop
    mailbox.withLock { $0.snapshot = first }
  }

  /// The newest snapshot.
  public nonisolated var latest: RaceSnapshot? { mailbox.withLock { $0.snapshot } }

  /// Queues a command; it takes effect between slices of training, or after a measurement.
  public nonisolated func send(_ command: RaceCommand) {
    mailbox.withLock { $0.commands.append(command) }
    executor.queue.async { self.assumeIsolated { $0.turn() } }
  }

  /// Does everything that was sent, and waits until it is done.
  public nonisolated func finish() {
    executor.queue.sync { self.assumeIsolated { $0.turn() } }
  }

  /// Whether a turn is in the queue already: each leads to one more while the race goes on.
  private var isTurning = false

  private func turn() {
    let commands = mailbox.withLock { box in
      defer { box.commands = [] }
      return box.commands
    }
    for command in commands { loop.perform(command) }
    let goesOn = loop.slice()
    if let snapshot = loop.snapshotIfDue(force: !commands.isEmpty) {
      mailbox.withLock { $0.snapshot = snapshot }
      onStanding()
    }
    guard goesOn, !isTurning else { return }
    isTurning = true
    executor.queue.async {
      self.assumeIsolated {
        $0.isTurning = false
        $0.turn()
      }
    }
  }
}

/// A race that moves only when it is told, on the caller's thread: for scripts and tests, where the
/// same commands must give the same snapshots whatever the machine's speed.
package final class SteppedRace {
  /// Steps of training between two looks at what comes next.
  package static let stride = 32

  private let loop: RaceLoop
  private var snapshot: RaceSnapshot

  package init(_ comparison: sending Comparison, path: String? = nil) {
    loop = RaceLoop(comparison, path: path, keeps: false)
    snapshot = Self.withoutClock(loop.snapshot())
  }

  package var latest: RaceSnapshot? { snapshot }

  package func send(_ command: RaceCommand) {
    loop.perform(command)
    refresh()
  }

  /// There is never anything left to do.
  package func finish() {}

  /// Trains some steps of one method, or measures one. Returns whether the race goes on.
  package func advance() -> Bool {
    let goesOn = loop.advance(steps: Self.stride)
    if !goesOn { refresh() }
    return goesOn
  }

  /// Makes a snapshot of how the race stands.
  package func refresh() { snapshot = Self.withoutClock(loop.snapshot()) }

  /// Without what was measured with a real clock.
  private static func withoutClock(_ snapshot: RaceSnapshot) -> RaceSnapshot {
    var snapshot = snapshot
    for index in snapshot.standing.rows.indices {
      snapshot.standing.rows[index].millisecondsPerStep = nil
      snapshot.standing.rows[index].adaptationMilliseconds = nil
    }
    return snapshot
  }
}
