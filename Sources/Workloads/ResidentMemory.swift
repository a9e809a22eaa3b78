import CAllocations
import Glibc

/// How much memory the process has in use, as the system counts it.
enum ResidentMemory {
  /// The most since the last ``forgetPeak()``, in bytes; 0 where the system does not say.
  ///
  /// `getrusage` would count what the program that started this one had in use.
  static var peak: Int {
    guard let file = fopen("/proc/self/status", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    var kibibytes = 0
    while fgets(&line, Int32(line.count), file) != nil {
      let words = line.withUnsafeBufferPointer { text in
        text.baseAddress.map { String(cString: $0) } ?? ""
      }.split { $0.isWhitespace }
      if words.first == "VmHWM:", words.count > 1 { kibibytes = Int(words[1]) ?? 0 }
    }
    return kibibytes * 1024
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
