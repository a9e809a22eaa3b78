import Foundation
import Synchronization

/// Frames over a pair of pipes. Reading is for one thread, writing for any.
public final class FramePipe: Sendable {
  private let input: FileHandle
  private let output: Mutex<FileHandle>

  public init(reading input: FileHandle, writing output: FileHandle) {
    self.input = input
    self.output = Mutex(output)
  }

  /// The next frame, waited for; nil when the other end is gone or speaks something else.
  public func next() -> Frame? {
    guard let head = read(4) else { return nil }
    let length = head.enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
    guard length <= Frame.largestMessage + (1 << 17), let body = read(length) else { return nil }
    return Frame(body: body)
  }

  private func read(_ count: Int) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    while bytes.count < count {
      guard let more = try? input.read(upToCount: count - bytes.count), !more.isEmpty else {
        return nil
      }
      bytes += more
    }
    return bytes
  }

  /// Says whether the other end is still there.
  @discardableResult
  public func write(_ frame: Frame) -> Bool {
    output.withLock { (try? $0.write(contentsOf: Data(frame.encoded))) != nil }
  }
}
