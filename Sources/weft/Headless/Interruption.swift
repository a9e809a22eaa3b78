import Glibc

/// INT, TERM and HUP while training without a screen: blocked, so that no step, no save and no line
/// of output is cut in half, and asked for between steps.
struct Interruption {
  private var signals = sigset_t()

  /// From here on the signals wait. To be made before any other thread starts, which inherits this.
  init() {
    sigemptyset(&signals)
    for signal in [SIGINT, SIGTERM, SIGHUP] where !Interruption.isIgnored(signal) {
      sigaddset(&signals, signal)
    }
    pthread_sigmask(SIG_BLOCK, &signals, nil)
  }

  /// The signal that has come, if one has.
  func pending() -> Int32? {
    var signals = signals
    var none = timespec()
    let signal = sigtimedwait(&signals, nil, &none)
    return signal > 0 ? signal : nil
  }

  /// Lets the signals end the process again, once there is nothing left to lose.
  func end() {
    var signals = signals
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// What `nohup` and shells ignore for us stays ignored.
  private static func isIgnored(_ signal: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(signal, nil, &action) == 0 else { return false }
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}
