import CKernels
import Foundation

/// Which processors a thread may use.
enum Affinity {
  struct Failure: Error, LocalizedError {
    let sentence: String
    var errorDescription: String? { sentence }
  }

  /// Runs `body` on the first `count` of the processors the calling thread may use; threads that are
  /// started meanwhile inherit the limit.
  static func confined<R>(to count: Int, _ body: () throws -> R) throws -> R {
    var allowed = weft_processors()
    var error = weft_get_processors(&allowed)
    guard error == 0 else {
      throw Failure(sentence: "cannot ask which processors may be used: \(reason(error))")
    }
    var chosen = weft_processors()
    let found = withUnsafeBytes(of: &allowed) { from in
      withUnsafeMutableBytes(of: &chosen) { to in
        var found = 0
        for processor in 0..<from.count * 8 where found < count {
          let bit = UInt8(1) << (processor % 8)
          guard from[processor / 8] & bit != 0 else { continue }
          to[processor / 8] |= bit
          found += 1
        }
        return found
      }
    }
    guard found == count else {
      throw Failure(
        sentence: "\(count) threads were asked for, but \(found) processors may be used")
    }
    error = weft_set_processors(&chosen)
    guard error == 0 else {
      throw Failure(
        sentence: "cannot confine the benchmark to \(count) processors: \(reason(error))")
    }
    defer { weft_set_processors(&allowed) }
    return try body()
  }

  private static func reason(_ error: Int32) -> String { String(cString: strerror(error)) }
}
