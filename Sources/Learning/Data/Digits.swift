import CDataSets

/// The scikit-learn digits: 1,797 handwritten digits, 8 × 8 pixels (see CDataSets/LICENSES.md).
package struct Digits {
  package static let side = 8
  private static let pixelCount = side * side

  /// Image by image, row by row, 0 (black) … 1 (white).
  package let pixels: [Float]
  /// 0…9, one an image.
  package let labels: [Int]

  /// A line that is not 64 grey values and a digit, or bytes that are not gzip.
  package struct Problem: Error, CustomStringConvertible {
    package let description: String
  }

  /// Decodes the embedded file.
  package static func load() throws(Problem) -> Digits {
    let file = weft_digits()
    return try Digits(gzip: UnsafeBufferPointer(start: file.start, count: file.count))
  }

  package init(gzip: UnsafeBufferPointer<UInt8>) throws(Problem) {
    let text: [UInt8]
    do { text = try Gzip.decompress(gzip, limit: 1 << 20) } catch {
      throw Problem(description: error.description)
    }
    var pixels: [Float] = []
    var labels: [Int] = []
    for (number, line) in text.split(separator: UInt8(ascii: "\n")).enumerated() {
      let fields = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
      let values = fields.compactMap(Digits.number)
      guard values.count == Digits.pixelCount + 1, fields.count == values.count,
        values.dropLast().allSatisfy({ 0...16 ~= $0 }), let label = values.last, 0...9 ~= label
      else {
        throw Problem(description: "line \(number + 1) is not 64 numbers from 0 to 16 and a digit")
      }
      pixels += values.dropLast().map { Float($0) / 16 }
      labels.append(label)
    }
    guard !labels.isEmpty else { throw Problem(description: "there is no image in it") }
    self.pixels = pixels
    self.labels = labels
  }

  /// A whole number of at most three digits, as the file writes them.
  private static func number(_ field: ArraySlice<UInt8>) -> Int? {
    guard 1...3 ~= field.count else { return nil }
    var value = 0
    for byte in field {
      guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte else { return nil }
      value = value * 10 + Int(byte - UInt8(ascii: "0"))
    }
    return value
  }
}
