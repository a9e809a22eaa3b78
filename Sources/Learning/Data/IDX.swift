import Foundation

/// A file of bytes in as many dimensions as it says, as MNIST is kept: two zeros, 8 for bytes, the number
/// of dimensions, each dimension in four bytes, big end first, then the bytes. Plain or gzip.
struct IDX {
  let dimensions: [Int]
  let bytes: ArraySlice<UInt8>

  /// What is wrong with a file, in words.
  struct Problem: Error, CustomStringConvertible { let description: String }

  /// The most bytes that a file may come to.
  private static let most = 1 << 30

  init(_ file: Data) throws(Problem) {
    let all: [UInt8]
    if file.starts(with: [0x1F, 0x8B]) {
      do {
        all = try Array(file).withUnsafeBufferPointer { bytes throws(GzipError) in
          try Gzip.decompress(bytes, limit: Self.most)
        }
      } catch { throw Problem(description: error.description) }
    } else {
      all = Array(file)
    }
    guard all.count >= 4, all[0] == 0, all[1] == 0 else {
      throw Problem(description: "it is not in the IDX format (it should begin with two zeros)")
    }
    guard all[2] == 8 else {
      throw Problem(description: "its numbers are of kind \(all[2]), not bytes (kind 8)")
    }
    let rank = Int(all[3])
    guard (1...4).contains(rank), all.count >= 4 + 4 * rank else {
      throw Problem(description: "it has \(rank) dimensions, or is cut short")
    }
    dimensions = (0..<rank).map { index in
      all[(4 + 4 * index)..<(8 + 4 * index)].reduce(0) { $0 << 8 | Int($1) }
    }
    bytes = all[(4 + 4 * rank)...]
    // At most four dimensions of 32 bits: what is wrong must not overflow.
    let count = dimensions.reduce(1.0) { $0 * Double($1) }
    guard count == Double(bytes.count) else {
      let size = dimensions.map(String.init).joined(separator: " × ")
      throw Problem(description: "it says \(size) and has \(bytes.count) bytes")
    }
  }
}
