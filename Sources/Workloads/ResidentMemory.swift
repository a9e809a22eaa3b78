import Glibc

/// How much memory the process has in use, as the system counts it.
enum ResidentMemory {
  /// The most since the last ``forgetPeak()``, or ever where that is not possible, in bytes.
  static var peak: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
  }

  /// Makes the present use the most there was, so that workloads timed one after the other do not
  /// count each other's. Where the system has no such thing, nothing happens.
  static func forgetPeak() {
    guard let file = fopen("/proc/self/clear_refs", "w") else { return }
    fputs("5", file)
    fclose(file)
  }
}
