import Foundation

/// What every session file has in common; `sessions/README.md` describes the format.
package enum SessionFormat {
  static let name = "weft-session"
  static let version = 1

  /// Whether a file says of itself that it is a session or a comparison of Weft's.
  package static func isOurs(_ path: String) -> Bool {
    let head = try? Files.read(path, limit: 512, wholly: false)
    return head?.range(of: Data("\"format\": \"weft-".utf8)) != nil
  }

  /// The largest file that is read or written, in bytes.
  static let sizeLimit = 256 << 20
  /// Whether a session with so many numbers in its variables can be written, and read again: each is
  /// 4 bytes in base64, and there is text around them.
  static func holds(numbers: Int) -> Bool { numbers / 3 * 16 < sizeLimit - 1 << 22 }

  /// How deep arrays and objects may nest, and how many values a file may hold; a session needs 5 and
  /// some ten thousand. With both a reader's memory stays within four times the file's size.
  static let depthLimit = 16
  static let valueLimit = 1_000_000
  /// A step no run reaches.
  static let stepLimit = 1_000_000_000_000

  /// The head of a file is within its first bytes.
  static let headLimit = 1 << 16
  /// The first member after the head: what a browser shows stands before it.
  static let headEnd = "\n  \"knobs\": "
  /// The last member of a file; the checksum is of every byte before this line.
  static let checksumStart = "\n  \"checksum\": \"crc32 "
}
