import Foundation
import Learning
import Testing

struct CorpusTests {
  /// A text of some characters, in bytes.
  private func corpus(_ text: String) throws -> Corpus {
    try Corpus(Data(text.utf8), named: "it")
  }

  private func codes(_ corpus: Corpus, from start: Int, count: Int, stride: Int = 1) -> [Int] {
    var numbers = [Float](repeating: -1, count: (count - 1) * stride + 1)
    numbers.withUnsafeMutableBufferPointer {
      corpus.read(from: start, into: $0, first: 0, stride: stride)
    }
    return Swift.stride(from: 0, to: numbers.count, by: stride).map { Int(numbers[$0]) }
  }

  @Test func theEmbeddedTextIsThere() throws {
    let corpus = try Corpus.named("")
    #expect(corpus.count == 987_678)
    let first = codes(corpus, from: 0, count: 24).map { corpus.vocabulary[$0] }
    #expect(String(first) == "In the beginning, God cr")
    #expect(corpus.vocabulary.first == " ")
    #expect(corpus.counts.reduce(0, +) == corpus.range(of: .training).count)
    #expect(corpus.counts == corpus.counts.dropLast().sorted(by: >) + [0])
  }

  @Test func partsAreNinetyFiveAndFiveInTheHundredByPosition() throws {
    let corpus = try corpus(String(repeating: "ab", count: 1000))
    #expect(corpus.range(of: .training) == 0..<1800)
    #expect(corpus.range(of: .validation) == 1800..<1900)
    #expect(corpus.range(of: .test) == 1900..<2000)
  }

  /// Every place of a text of characters of one to four bytes reads as Swift's own decoding does.
  @Test func anyPlaceIsFoundInTextOfManyBytes() throws {
    let some = Array("aß€😀\n").flatMap { Array($0.unicodeScalars) }
    let scalars = (0..<5000).map { some[($0 * $0 + $0 / 7) % some.count] }
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    let corpus = try corpus(String(text))
    #expect(corpus.count == 5000)
    for start in [0, 1, 1023, 1024, 1025, 3071, 4990] {
      let read = codes(corpus, from: start, count: min(40, 5000 - start))
      let wanted = scalars[start...].prefix(read.count).map { corpus.code(of: $0) }
      #expect(read == Array(wanted), "from \(start)")
    }
    #expect(codes(corpus, from: 7, count: 9, stride: 4) == codes(corpus, from: 7, count: 9))
  }

  @Test func charactersThatTrainingNeverSawAreOne() throws {
    let corpus = try corpus(String(repeating: "ab", count: 1000) + "xyz")
    #expect(corpus.vocabulary == ["a", "b", Corpus.unknown])
    #expect(codes(corpus, from: 2000, count: 3) == [2, 2, 2])
  }

  @Test func ofManyCharactersTheRareOnesAreOne() throws {
    var text = ""
    for value in 0..<400 {
      let scalar = try #require(Unicode.Scalar(0x4E00 + UInt32(value)))
      text += String(repeating: String(scalar), count: 401 - value)
    }
    let shuffled = text.unicodeScalars.map(\.value).enumerated().sorted {
      ($0.offset * 7919 % 80_200) < ($1.offset * 7919 % 80_200)
    }
    var mixed = String.UnicodeScalarView()
    mixed.append(contentsOf: shuffled.compactMap { Unicode.Scalar($0.element) })
    let corpus = try corpus(String(mixed))
    #expect(corpus.vocabulary.count == 256)
    #expect((corpus.counts.last ?? 0) > 0)
  }

  @Test(arguments: [
    ("", "is empty"), ("short", "has 5 characters"),
    (String(repeating: "a", count: 3000), "repeats one character"),
  ])
  func whatTeachesNothingIsRefused(text: String, words: String) throws {
    let error = #expect(throws: KnobError.self) { try corpus(text) }
    #expect(error?.description.contains(words) == true)
    #expect(error?.isOfData == true)
  }

  @Test(arguments: [
    ([0xFF], "the byte at 3000"), ([0xC0, 0x80], "the byte at 3000"),
    ([0xE2, 0x82], "the byte at 3000"),
    ([0xED, 0xA0, 0x80], "the byte at 3000"), ([0xF5, 0x80, 0x80, 0x80], "the byte at 3000"),
    ([0x00], "is zero"),
  ])
  func whatIsNoTextIsRefusedWithItsPlace(bytes: [UInt8], words: String) throws {
    let data = Data(String(repeating: "ab ", count: 1000).utf8) + Data(bytes)
    let error = #expect(throws: KnobError.self) { try Corpus(data, named: "it") }
    #expect(error?.description.contains(words) == true)
    #expect(error?.isOfData == true)
  }

  @Test func filesThatAreNoneAreTold() throws {
    for path in ["/nowhere/text", "/", "/dev/null"] {
      let error = #expect(throws: KnobError.self) { try Corpus.named(path) }
      #expect(error?.description.contains(path) == true)
      #expect(error?.isOfData == true)
    }
  }
}
