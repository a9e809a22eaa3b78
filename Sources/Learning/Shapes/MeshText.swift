import Foundation

/// The lines of a mesh's file that say something, each with its number and its words.
struct MeshText {
  private let bytes: Data
  private var place: Data.Index
  private(set) var line = 0

  init(_ bytes: Data) {
    self.bytes = bytes
    place = bytes.startIndex
  }

  /// The words of the next line that has any, without what stands behind a `#`; nil at the end.
  mutating func next() -> [Substring]? {
    while place < bytes.endIndex {
      let end = bytes[place...].firstIndex { $0 == 0x0A } ?? bytes.endIndex
      let text = String(decoding: bytes[place..<end].prefix { $0 != 0x23 }, as: UTF8.self)
      place = end < bytes.endIndex ? bytes.index(after: end) : end
      line += 1
      let words = text.split { $0 == " " || $0 == "\t" || $0 == "\r" }
      if !words.isEmpty { return words }
    }
    return nil
  }

  /// What to add to a line that is too short, where it is the last one.
  var ending: String { place >= bytes.endIndex ? "; the file ends there, so it was cut short" : "" }

  func wrong(_ words: String) -> Mesh.Problem {
    Mesh.Problem(description: "line \(line) \(words)")
  }

  /// The first three words as coordinates. What is no number is not finite.
  func vector(_ words: ArraySlice<Substring>, _ what: String) throws(Mesh.Problem) -> Vector {
    guard words.count >= 3 else {
      throw wrong(
        "should have the three coordinates of \(what), and has \(words.count) numbers" + ending)
    }
    var vector = Vector.zero
    for (axis, word) in words.prefix(3).enumerated() {
      guard let value = Float(word), value.isFinite else {
        throw wrong("has a coordinate of \(what) that is no finite number: '\(word.prefix(20))'")
      }
      vector[axis] = value
    }
    return vector
  }

  /// Triangles from the first corner of a polygon to each of its other sides.
  static func fan(_ corners: [Int32]) -> [Mesh.Face] {
    guard corners.count >= 3 else { return [] }
    return (1..<corners.count - 1).map { Mesh.Face(corners[0], corners[$0], corners[$0 + 1]) }
  }
}
