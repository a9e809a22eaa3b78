import CZlib
import Foundation

/// The files inside a ZIP archive (PKWARE's APPNOTE 6.3), stored or deflated. Only the archive's list is
/// read at first, each file when it is asked for. Encrypted files, those of several disks, and ZIP64
/// are not read.
struct ZipArchive {
  struct Entry {
    let name: String
    fileprivate let method: Int
    fileprivate let compressed: Int
    fileprivate let size: Int
    fileprivate let checksum: UInt32
    fileprivate let header: Int
  }

  /// What is wrong with an archive, in words.
  struct Problem: Error, CustomStringConvertible { let description: String }

  let entries: [Entry]
  private let data: Data

  init(_ data: Data) throws(Problem) {
    self.data = data
    let end = try Self.end(of: data)
    let count = data.number(2, at: end + 10)
    var place = data.number(4, at: end + 16)
    var entries: [Entry] = []
    for index in 0..<count {
      guard place + 46 <= data.count, data.number(4, at: place) == 0x0201_4b50 else {
        throw Problem(description: "its list of files is cut short or damaged at file \(index + 1)")
      }
      let (name, extra, comment) = (
        data.number(2, at: place + 28), data.number(2, at: place + 30),
        data.number(2, at: place + 32)
      )
      guard place + 46 + name <= data.count else {
        throw Problem(description: "the name of its file \(index + 1) is cut short")
      }
      let start = data.startIndex + place + 46
      entries.append(
        Entry(
          name: String(decoding: data[start..<start + name], as: UTF8.self),
          method: data.number(2, at: place + 10), compressed: data.number(4, at: place + 20),
          size: data.number(4, at: place + 24),
          checksum: UInt32(data.number(4, at: place + 16)),
          header: data.number(4, at: place + 42)))
      place += 46 + name + extra + comment
    }
    self.entries = entries
  }

  /// Where the record stands that ends an archive, before a comment of any length.
  private static func end(of data: Data) throws(Problem) -> Int {
    let least = max(data.count - 22 - 65_535, 0)
    var place = data.count - 22
    while place >= least {
      if data.number(4, at: place) == 0x0605_4b50 { return place }
      place -= 1
    }
    throw Problem(description: "it does not end as a ZIP archive does")
  }

  /// The bytes of a file.
  /// - Parameter limit: the most there may be; more is an error.
  func bytes(of entry: Entry, limit: Int) throws(Problem) -> [UInt8] {
    guard entry.size <= limit else {
      throw Problem(
        description: "'\(entry.name)' in it has \(entry.size) bytes, more than \(limit)")
    }
    let place = entry.header
    guard place + 30 <= data.count, data.number(4, at: place) == 0x0403_4b50 else {
      throw Problem(description: "'\(entry.name)' is not where it says")
    }
    let start = place + 30 + data.number(2, at: place + 26) + data.number(2, at: place + 28)
    guard start + entry.compressed <= data.count else {
      throw Problem(description: "'\(entry.name)' in it is cut short")
    }
    let first = data.startIndex + start
    let stored = data[first..<first + entry.compressed]
    let bytes: [UInt8]
    switch entry.method {
    case 0: bytes = Array(stored)
    case 8:
      do {
        bytes = try stored.withUnsafeBytes { raw throws(GzipError) in
          try Gzip.inflate(
            raw.bindMemory(to: UInt8.self), format: .raw, limit: max(entry.size, 1))
        }
      } catch { throw Problem(description: "'\(entry.name)' in it is damaged") }
    default:
      throw Problem(
        description: "'\(entry.name)' in it is compressed in a way (\(entry.method)) not read here")
    }
    let sum = bytes.withUnsafeBufferPointer {
      UInt32(truncatingIfNeeded: crc32(0, $0.baseAddress, UInt32($0.count)))
    }
    guard bytes.count == entry.size, sum == entry.checksum else {
      throw Problem(description: "'\(entry.name)' in it is damaged: its checksum is another")
    }
    return bytes
  }
}

extension Data {
  /// A whole number of so many bytes, the smallest first; all of them must be there.
  fileprivate func number(_ size: Int, at place: Int) -> Int {
    guard place >= 0, place + size <= count else { return 0 }
    var value = 0
    for i in (0..<size).reversed() { value = value << 8 | Int(self[startIndex + place + i]) }
    return value
  }
}
