import Foundation

/// Float32 numbers as little-endian bytes.
enum LittleEndian {
  /// Numbers as the base64 of their little-endian bytes.
  static func base64(_ values: ArraySlice<Float>) -> String { data(values).base64EncodedString() }

  static func data(_ values: ArraySlice<Float>) -> Data {
    // A key path in the closure's place takes a hundred times as long.
    let patterns = values.map { $0.bitPattern.littleEndian }
    return patterns.withUnsafeBytes { Data($0) }
  }

  /// All numbers of some bytes; nil where a part of one is left over.
  static func floats(_ data: Data) -> [Float]? {
    guard data.count % 4 == 0 else { return nil }
    return floats(data, count: data.count / 4)
  }

  private static func floats(_ data: Data, count: Int) -> [Float] {
    data.withUnsafeBytes { bytes in
      (0..<count).map { index in
        Float(
          bitPattern: UInt32(
            littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)))
      }
    }
  }

  /// `count` numbers from base64; nil where it is not base64 of exactly as many.
  static func floats(base64 text: String, count: Int) -> [Float]? {
    let (size, overflow) = count.multipliedReportingOverflow(by: 4)
    guard !overflow, text.utf8.count == (size + 2) / 3 * 4, let data = Data(base64Encoded: text),
      data.count == size
    else { return nil }
    return floats(data, count: count)
  }
}
