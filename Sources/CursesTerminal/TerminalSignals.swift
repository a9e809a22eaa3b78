import CTerminal

/// The signals that a screen takes in its event loop instead of being interrupted by them: INT,
/// TERM, HUP, TSTP, CONT and WINCH.
public enum TerminalSignals {
  /// Blocks them in this thread and in every thread started from it or from those. To be called by
  /// the main thread before anything uses Dispatch or starts a thread: a thread that does not block
  /// them would be interrupted in the event loop's place, and die of TERM with the terminal in
  /// disorder. Child processes inherit the block too. Not for commands without a screen, which
  /// ^C must be able to end.
  public static func block() { ct_block_signals() }
}
