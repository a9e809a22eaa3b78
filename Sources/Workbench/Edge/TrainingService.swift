import Training

/// What the workbench asks of a run in training: a `Trainer` on a queue of its own, or, in a script, one
/// that only moves when it is told.
protocol TrainingService: AnyObject {
  /// The newest snapshot; there is one from the start.
  var latest: Snapshot? { get }
  func send(_ command: Command)
  /// Waits until everything that was sent is done.
  func finish()
}

/// What the workbench asks of a race of methods, in the same two ways.
protocol RacingService: AnyObject {
  /// The newest snapshot; there is one from the start.
  var latest: RaceSnapshot? { get }
  func send(_ command: RaceCommand)
  /// Waits until everything that was sent is done.
  func finish()
}

extension Race: RacingService {}
extension SteppedRace: RacingService {}
extension Trainer: TrainingService {}
extension SteppedTrainer: TrainingService {}
