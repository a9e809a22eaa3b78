import Learning

/// A trainer that moves only when it is told, on the caller's thread: for scripts and tests, where
/// the same commands must give the same snapshots whatever the machine's speed.
package final class SteppedTrainer {
  /// Steps a second of the script's clock at full speed.
  package static let fullSpeed = 1000.0

  private let loop: TrainingLoop
  private var snapshot: Snapshot

  package init(_ run: sending Run, saving: Saving) {
    loop = TrainingLoop(run, saving: saving)
    snapshot = SteppedTrainer.withoutClock(loop.snapshot())
  }

  package var latest: Snapshot? { snapshot }

  package func send(_ command: Command) {
    loop.perform(command)
    if case .save = command { loop.finishSaving() }
    refresh()
  }

  /// There is never anything left to do.
  package func finish() {}

  /// One step, if the run goes on. Returns the seconds of the script's clock until the next one,
  /// nil where it is paused.
  package func advance() -> Double? {
    guard loop.advanceIfRunning() else {
      refresh()
      return nil
    }
    return 1 / (snapshot.speed.stepsPerSecond ?? Self.fullSpeed)
  }

  /// Makes a snapshot of where the run stands.
  package func refresh() { snapshot = SteppedTrainer.withoutClock(loop.snapshot()) }

  package var step: Int { loop.step }

  /// Without what was measured with a real clock.
  private static func withoutClock(_ snapshot: Snapshot) -> Snapshot {
    var snapshot = snapshot
    snapshot.stepsPerSecond =
      snapshot.state == .running ? snapshot.speed.stepsPerSecond ?? fullSpeed : 0
    snapshot.saved.time = nil
    return snapshot
  }
}
