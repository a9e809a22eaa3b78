import CZlib

/// Data that should be gzip and cannot be read, in words.
struct GzipError: Error, CustomStringConvertible {
  let description: String
}

enum Gzip {
  /// The bytes inside a gzip file of one member.
  /// - Parameter limit: the most bytes that may come out; more is an error, so that a small file
  ///   cannot fill the memory.
  static func decompress(
    _ compressed: UnsafeBufferPointer<UInt8>, limit: Int
  ) throws(GzipError) -> [UInt8] { try inflate(compressed, format: .gzip, limit: limit) }

  /// What stands around deflated bytes, as zlib asks for it: 15 is the largest window.
  enum Format: Int32 {
    /// gzip's own frame with its checksum.
    case gzip = 31
    /// Nothing.
    case raw = -15
  }

  static func inflate(
    _ compressed: UnsafeBufferPointer<UInt8>, format: Format, limit: Int
  ) throws(GzipError) -> [UInt8] {
    var stream = z_stream()
    guard
      inflateInit2_(
        &stream, format.rawValue, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { throw GzipError(description: "zlib cannot be started") }
    defer { inflateEnd(&stream) }
    guard compressed.count <= Int(UInt32.max) else {
      throw GzipError(description: "\(compressed.count) bytes are too many to decompress")
    }
    stream.next_in = UnsafeMutablePointer(mutating: compressed.baseAddress)
    stream.avail_in = UInt32(compressed.count)

    var result: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let (status, produced) = chunk.withUnsafeMutableBufferPointer { buffer in
        stream.next_out = buffer.baseAddress
        stream.avail_out = UInt32(buffer.count)
        let status = CZlib.inflate(&stream, Z_NO_FLUSH)
        return (status, buffer.count - Int(stream.avail_out))
      }
      result += chunk[..<produced]
      guard result.count <= limit else {
        throw GzipError(description: "it decompresses to more than \(limit) bytes")
      }
      switch status {
      case Z_STREAM_END: return result
      case Z_OK where produced > 0 || stream.avail_in > 0: continue
      case Z_OK, Z_BUF_ERROR: throw GzipError(description: "it is cut short")
      default:
        let reason = stream.msg.map { String(cString: $0) } ?? "status \(status)"
        throw GzipError(description: "it is damaged (\(reason))")
      }
    }
  }
}
