import Foundation

/// What the program runs on.
enum Machine {
  /// The cores this process may use (its affinity, not what the board has).
  static var cores: Int { min(max(ProcessInfo.processInfo.activeProcessorCount, 1), 64) }

  /// Throws where the environment asks for instructions that no loop is compiled for; those the
  /// processor does not have are passed over.
  static func checkInstructions() throws(Failure) {
    let known = ["baseline", "avx2", "avx512"]
    guard let wanted = ProcessInfo.processInfo.environment["WEFT_INSTRUCTIONS"], !wanted.isEmpty,
      !known.contains(wanted)
    else { return }
    throw Failure(
      .usage,
      "WEFT_INSTRUCTIONS is \(known.joined(separator: ", ")) or not set, not '\(wanted)'")
  }

  /// Seconds of a clock that only goes forward.
  static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Columns of the terminal behind a descriptor; nil where it is none.
  static func columns(of descriptor: Int32) -> Int? {
    guard isatty(descriptor) == 1 else { return nil }
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Whether the locale of the environment speaks UTF-8, by the rules of `setlocale(LC_CTYPE, "")`.
  static var speaksUTF8: Bool {
    setlocale(LC_CTYPE, "")
    return String(cString: nl_langinfo(Int32(CODESET))).uppercased() == "UTF-8"
  }
}
