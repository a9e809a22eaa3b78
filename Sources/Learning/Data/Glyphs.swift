import CDataSets

/// Characters of several scripts, each in a few hands or styles: small grey images for few-shot
/// classification.
package struct Glyphs: Sendable {
  package static let side = 28
  package static let pixelCount = side * side

  /// What a script is used for. A whole script is on one side, so that what is tested was never seen.
  package enum Split: String, CaseIterable, Sendable { case train, validation, test }

  package struct Script: Sendable {
    package let name: String
    package let split: Split
    /// Its characters in `Glyphs.characters`.
    package let characters: Range<Int>
  }

  package struct Character: Sendable {
    package let name: String
    /// Its images in `Glyphs.pixels`.
    package let exemplars: Range<Int>
  }

  package private(set) var scripts: [Script] = []
  package private(set) var characters: [Character] = []
  /// Image by image, row by row, 0 (background) … 255 (ink).
  package private(set) var pixels: [UInt8] = []

  package init() {}

  /// Adds a script of characters with their images, `pixelCount` bytes each.
  package mutating func append(
    script name: String, _ split: Split, _ list: [(name: String, images: [UInt8])]
  ) {
    let first = characters.count
    for (name, images) in list {
      let start = pixels.count / Self.pixelCount
      characters.append(
        Character(name: name, exemplars: start..<start + images.count / Self.pixelCount))
      pixels += images
    }
    scripts.append(Script(name: name, split: split, characters: first..<characters.count))
  }
}

extension Glyphs {
  /// Bytes that are not what make_glyphs.py writes, in words.
  package struct Problem: Error, CustomStringConvertible {
    package let description: String
  }

  /// The embedded characters, decoded once, on first use; the error is a sentence.
  package static let embedded = Result { () throws(KnobError) in
    let file = weft_glyphs()
    do {
      return try Glyphs(gzip: UnsafeBufferPointer(start: file.start, count: file.count))
    } catch {
      throw KnobError("the embedded glyphs cannot be read: \(String(describing: error))")
    }
  }

  /// Reads lines `split, script, character, number of images`, joined by tabs, an empty line, and the
  /// images, two pixels a byte.
  package init(gzip: UnsafeBufferPointer<UInt8>) throws(Problem) {
    let bytes: [UInt8]
    do { bytes = try Gzip.decompress(gzip, limit: 1 << 24) } catch {
      throw Problem(description: error.description)
    }
    let newline = UInt8(ascii: "\n")
    guard
      let end = bytes.indices.dropLast().first(where: {
        bytes[$0] == newline && bytes[$0 + 1] == newline
      })
    else { throw Problem(description: "there is no list of characters in it") }
    var rest = bytes[(end + 2)...]
    var open: (name: String, split: Split, list: [(name: String, images: [UInt8])])?
    for (number, line) in bytes[..<end].split(separator: newline).enumerated() {
      let fields = String(decoding: line, as: UTF8.self)
        .split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard fields.count == 4, let split = Split(rawValue: fields[0]), let count = Int(fields[3]),
        (1...64).contains(count)
      else {
        throw Problem(
          description: "line \(number + 1) is not a split, a script, a character and a number")
      }
      let size = count * Self.pixelCount / 2
      guard rest.count >= size else {
        throw Problem(description: "the images of line \(number + 1) are missing")
      }
      var images: [UInt8] = []
      images.reserveCapacity(2 * size)
      for byte in rest.prefix(size) {
        // 15 becomes 255.
        images.append((byte >> 4) * 17)
        images.append((byte & 15) * 17)
      }
      rest = rest.dropFirst(size)
      if let script = open, script.name != fields[1] {
        append(script: script.name, script.split, script.list)
        open = nil
      }
      open = (fields[1], split, (open?.list ?? []) + [(fields[2], images)])
    }
    if let script = open { append(script: script.name, script.split, script.list) }
    guard rest.isEmpty, !scripts.isEmpty else {
      throw Problem(description: "there are more images than characters")
    }
  }
}
