import CAllocations
import Foundation

/// How much memory the process has in use, as the system counts it.
enum ResidentMemory {
  /// The most since the last ``forgetPeak()``, in bytes; 0 where the system does not say.
  ///
  /// `getrusage` would count what the program that started this one had in use.
  static var peak: Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    let kibibytes = line?.split { $0.isWhitespace }.dropFirst().first.flatMap { Int($0) }
    return (kibibytes ?? 0) * 1024
  }

  /// Gives back what is free and makes the present use the most there was, so that workloads timed one
  /// after the other do not count each other's. Where the system has no such thing, nothing happens.
  static func forgetPeak() {
    weft_return_free_memory()
    guard let file = fopen("/proc/self/clear_refs", "w") else { return }
    fputs("5", file)
    fclose(file)
  }
}
