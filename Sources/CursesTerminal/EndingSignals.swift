import CTerminal

/// INT, TERM and HUP, noted instead of ending the process: so that no step, no save and no line of
/// output is cut in half. What is ignored, by `nohup` or a shell, stays ignored.
///
/// They are the whole process's; one of these at a time. A screen takes them in its event loop by
/// itself.
public struct EndingSignals {
  /// Nil where the system refuses.
  public init?() {
    guard ct_note_ends() else { return nil }
  }

  /// The signal that has come since this was asked the last time, if one has.
  public func next() -> Int32? {
    let signal = ct_next_signal()
    return signal == 0 ? nil : signal
  }

  /// Whether one has come that nobody has asked for yet.
  public static var isWaiting: Bool { ct_signal_waits() }

  /// Lets the signals end the process again, once there is nothing left to lose.
  public func release() { ct_forget_ends() }
}
