import CPNG
import CZlib
import Foundation
import Learning
import Testing

/// Characters of a person's own: folders and ZIP archives, whole and broken.
struct GlyphFolderTests {
  /// A folder that is gone after the test.
  private final class Folder {
    let path = NSTemporaryDirectory() + "weft-glyphs-" + UUID().uuidString
    init() throws {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ bytes: [UInt8], to name: String) throws {
      let url = URL(fileURLWithPath: path + "/" + name)
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(bytes).write(to: url)
    }
  }

  /// A grey PNG of 56 × 56: white but for a black square of 28 whose corner is at (2 a, 2 b).
  private static func png(_ a: Int, _ b: Int) -> [UInt8] {
    var image = png_image()
    image.version = UInt32(PNG_IMAGE_VERSION)
    (image.width, image.height, image.format) = (56, 56, UInt32(PNG_FORMAT_GRAY))
    let pixels = (0..<56 * 56).map { index -> UInt8 in
      2 * a..<2 * a + 28 ~= index % 56 && 2 * b..<2 * b + 28 ~= index / 56 ? 0 : 255
    }
    var bytes = [UInt8](repeating: 0, count: 1 << 14)
    var size = bytes.count
    _ = bytes.withUnsafeMutableBytes {
      png_image_write_to_memory(&image, $0.baseAddress, &size, 0, pixels, 0, nil)
    }
    return Array(bytes[..<size])
  }

  /// Three alphabets of three characters with two images each.
  private static let files: [(name: String, bytes: [UInt8])] = (0..<18).map { index in
    let (alphabet, character, image) = (index / 6, index / 2 % 3, index % 2)
    return (
      "set/Alphabet_\(alphabet)/character0\(character)/00_0\(image).png",
      png(4 * alphabet + character, 7 * image)
    )
  }

  /// A ZIP archive by the format's description, every other file deflated.
  private static func zip(_ files: [(name: String, bytes: [UInt8])]) -> [UInt8] {
    func number(_ value: Int, _ size: Int) -> [UInt8] {
      (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    var (body, list): ([UInt8], [UInt8]) = ([], [])
    for (index, file) in files.enumerated() {
      let sum = Int(crc32(0, file.bytes, UInt32(file.bytes.count)))
      let stored = index % 2 == 0 ? file.bytes : deflated(file.bytes)
      let about =
        number(20, 2) + number(0, 2) + number(index % 2 == 0 ? 0 : 8, 2) + number(0, 4)
        + number(sum, 4) + number(stored.count, 4) + number(file.bytes.count, 4)
        + number(file.name.utf8.count, 2) + number(0, 2)
      list +=
        number(0x0201_4b50, 4) + number(20, 2) + about + number(0, 10) + number(body.count, 4)
        + Array(file.name.utf8)
      body += number(0x0403_4b50, 4) + about + Array(file.name.utf8) + stored
    }
    return body + list + number(0x0605_4b50, 4) + number(0, 4) + number(files.count, 2)
      + number(files.count, 2) + number(list.count, 4) + number(body.count, 4) + number(0, 2)
  }

  private static func deflated(_ bytes: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    deflateInit2_(
      &stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    var input = bytes
    var out = [UInt8](repeating: 0, count: bytes.count + 100)
    let count = input.withUnsafeMutableBufferPointer { input in
      out.withUnsafeMutableBufferPointer { out in
        (stream.next_in, stream.avail_in) = (input.baseAddress, UInt32(input.count))
        (stream.next_out, stream.avail_out) = (out.baseAddress, UInt32(out.count))
        deflate(&stream, Z_FINISH)
        return Int(stream.total_out)
      }
    }
    deflateEnd(&stream)
    return Array(out[..<count])
  }

  private func check(_ glyphs: Glyphs) {
    #expect(glyphs.scripts.map(\.name) == ["Alphabet_0", "Alphabet_1", "Alphabet_2"])
    #expect(glyphs.scripts.map(\.split) == [.train, .train, .test])
    #expect(glyphs.characters.map(\.exemplars.count) == Array(repeating: 2, count: 9))
    // The square of ink, half as large; 5 to the right in the second alphabet's second character.
    let image = glyphs.characters[4].exemplars.lowerBound + 1
    for row in 0..<28 {
      for column in 0..<28 {
        let isInk = 5..<19 ~= column && 7..<21 ~= row
        #expect(
          glyphs.pixels[image * Glyphs.pixelCount + row * 28 + column] == (isInk ? 255 : 0))
      }
    }
  }

  @Test func aFolderIsRead() throws {
    let folder = try Folder()
    for file in Self.files { try folder.write(file.bytes, to: file.name) }
    try folder.write([1, 2, 3], to: "set/Alphabet_0/character00/.hidden.png")
    try folder.write([1, 2, 3], to: "set/notes.txt")
    check(try Glyphs(at: folder.path))
  }

  @Test func linksAreFollowed() throws {
    let (folder, elsewhere) = (try Folder(), try Folder())
    for file in Self.files { try elsewhere.write(file.bytes, to: file.name) }
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/set", withDestinationPath: elsewhere.path + "/set")
    check(try Glyphs(at: folder.path))
    // One that leads back is followed a few times only.
    try FileManager.default.createSymbolicLink(
      atPath: elsewhere.path + "/set/Alphabet_0/back", withDestinationPath: elsewhere.path)
    _ = try? Glyphs(at: folder.path)
  }

  @Test func anArchiveIsRead() throws {
    let folder = try Folder()
    try folder.write(Self.zip(Self.files), to: "set.zip")
    check(try Glyphs(at: folder.path + "/set.zip"))
  }

  /// The evaluation set is what is tested, where there is one.
  @Test func officialSplitsAreKept() throws {
    let folder = try Folder()
    for file in Self.files {
      let isFirst = file.name.contains("Alphabet_0")
      try folder.write(
        file.bytes, to: (isFirst ? "images_evaluation/" : "images_background/") + file.name)
    }
    let glyphs = try Glyphs(at: folder.path)
    #expect(
      glyphs.scripts.map { "\($0.name) \($0.split)" }
        == ["Alphabet_1 train", "Alphabet_2 train", "Alphabet_0 test"])
  }

  /// An alphabet that is there twice is one, and its characters are there once, so none of them is both
  /// trained on and tested.
  @Test func alphabetsOfOneNameAreOne() throws {
    let folder = try Folder()
    for file in Self.files {
      try folder.write(file.bytes, to: "small1/" + file.name)
      if file.name.contains("Alphabet_1") {
        try folder.write(file.bytes, to: "small2/" + file.name)
        let other = file.name.replacingOccurrences(of: "character0", with: "character1")
        try folder.write(Self.png(13, other.count % 2), to: "small2/" + other)
      }
    }
    let glyphs = try Glyphs(at: folder.path)
    #expect(glyphs.scripts.map(\.name) == ["Alphabet_0", "Alphabet_1", "Alphabet_2"])
    // Three that are there twice, and three others that are alike in all their images.
    #expect(glyphs.scripts.map(\.characters.count) == [3, 6, 3])
  }

  /// Every way of being broken is a sentence about data that names the place.
  @Test func brokenDataAreASentence() throws {
    func expectSentence(_ path: String, _ words: String...) {
      let error = #expect(throws: KnobError.self) { try Glyphs(at: path) }
      #expect(error?.isOfData == true)
      for word in words {
        #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
      }
    }
    let folder = try Folder()
    expectSentence(folder.path + "/nowhere", "there is nothing at", "nowhere")
    expectSentence(folder.path, "no image")
    try folder.write(Array("no archive".utf8), to: "broken.zip")
    expectSentence(folder.path + "/broken.zip", "broken.zip", "ZIP")
    let whole = Self.zip(Self.files)
    for length in [1, 30, whole.count / 2, whole.count - 1] {
      try folder.write(Array(whole[..<length]), to: "cut.zip")
      expectSentence(folder.path + "/cut.zip", "cut.zip")
    }
    for file in Self.files { try folder.write(file.bytes, to: "good/" + file.name) }
    let name = "good/" + Self.files[7].name
    for bytes in [[], Array("no image".utf8), Array(Self.files[7].bytes.prefix(60))] {
      try folder.write(bytes, to: name)
      expectSentence(folder.path + "/good", Self.files[7].name, "put a PNG in its place")
    }
    let other = try Folder()
    for file in Self.files.prefix(6) { try other.write(file.bytes, to: file.name) }
    expectSentence(other.path, "alone")
  }

  /// Any byte of an archive may be another one: it is read, or a sentence says why not.
  @Test func noDamageEndsTheProgram() throws {
    let whole = Self.zip(Array(Self.files.prefix(8)))
    let folder = try Folder()
    for place in stride(from: 0, to: whole.count, by: 7) {
      var damaged = whole
      damaged[place] ^= 0xA5
      try folder.write(damaged, to: "set.zip")
      do { _ = try Glyphs(at: folder.path + "/set.zip") } catch {
        #expect(!error.description.isEmpty)
      }
    }
  }
}
