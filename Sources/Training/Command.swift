import Learning

/// What can be asked of a run. Commands are values: they are queued, and take effect between steps.
public enum Command: Sendable {
  case run
  case pause
  case toggle
  /// One whole step, then pause.
  case step
  /// The next phase of a step (embed → generate → forward → loss → gradient → update), then pause.
  case phase
  case speed(Speed)
  /// Back to the initial weights of the same seed.
  case rewind
  /// A new seed, from its initial weights.
  case reseed(UInt64)
  /// Turns a knob; the notice says whether it applied live or rebuilt the networks.
  case set(knob: String, to: KnobValue)
  /// After a failure: the last state in which every number was finite.
  case restoreLastGood
  /// Back to where a task had just been learned, where tasks come one after another.
  case goBack(toEndOf: Int)
  /// Replaces one number of a variable (weights edited by hand).
  case write(variable: String, index: Int, value: Float)
  /// Fits a context to a held-out task, θ frozen, and keeps it as that task's embedding.
  case fit(task: Int)
  /// Saves now; nil is the path it was last saved to or opened from.
  case save(path: String?)
  /// Stops for good, saving where a path is known.
  case quit
}
