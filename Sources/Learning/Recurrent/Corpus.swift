import CDataSets
import CZlib
import Foundation
import Synchronization

/// A text to learn from, character by character (a character being a Unicode scalar), in three parts
/// by position: nine tenths for training, a twentieth each for validation and test.
///
/// The bytes of a large file stay where they are (it is mapped into memory, never read as a whole); an
/// index of every `stretch`th character finds the others.
public final class Corpus: Sendable {
  public enum Part: Sendable, CaseIterable { case training, validation, test }

  /// Characters from one entry of the index to the next.
  private static let stretch = 1024
  /// The most different characters that are told apart; rarer ones are all the unknown one.
  static let largestVocabulary = 255
  /// A text shorter than this teaches nothing.
  static let least = 2000

  /// The characters of the training part by what stands for them, the most frequent first; a last one,
  /// `unknown`, stands for all others.
  public let vocabulary: [Character]
  /// How often each is in the training part.
  public let counts: [Int]
  public static let unknown: Character = "\u{FFFD}"
  /// How many characters there are.
  public let count: Int
  private let bytes: Data
  private let index: [Int]
  /// What stands for each character below 128, and for others.
  private let ascii: [UInt8]
  private let others: [UInt32: UInt8]

  /// The embedded text, or a file's.
  public static func named(_ path: String) throws(KnobError) -> Corpus {
    path.isEmpty ? try embedded.get() : try reading(path)
  }

  private static let embedded = Result { () throws(KnobError) in
    let file = weft_web_bible()
    let text: [UInt8]
    do throws(GzipError) {
      text = try Gzip.decompress(
        UnsafeBufferPointer(start: file.start, count: file.count), limit: 1 << 21)
    } catch { throw KnobError("the embedded text cannot be read: \(error.description)") }
    return try Corpus(Data(text), named: "the embedded text")
  }

  /// The file that was read last: a model is made more than once of the same knobs.
  private static let last = Mutex<(file: TextFile, corpus: Corpus)?>(nil)

  private static func reading(_ path: String) throws(KnobError) -> Corpus {
    let file = try TextFile(path)
    if let known = last.withLock({ $0 }), known.file == file { return known.corpus }
    let corpus = try Corpus(try file.bytes(), named: "'\(path)'")
    last.withLock { $0 = (file, corpus) }
    return corpus
  }

  /// Throws where the bytes are no text in UTF-8, or too short to learn from.
  package init(_ bytes: Data, named name: String) throws(KnobError) {
    func wrong(_ what: String) -> KnobError {
      KnobError("\(name) \(what)", ofData: true)
    }
    guard !bytes.isEmpty else {
      throw wrong("is empty; give a text of \(Self.least) characters or more")
    }
    var scan = Scan()
    let fault = bytes.withUnsafeBytes { scan.read($0, stretch: Self.stretch) }
    switch fault {
    case .invalid(let place)?:
      throw wrong("is not text in UTF-8: the byte at \(place) belongs to no character")
    case .zero(let place)?: throw wrong("is not text: the byte at \(place) is zero")
    case nil: break
    }
    guard scan.count >= Self.least else {
      throw wrong(
        "has \(scan.count) characters, too few to learn from; give a text of \(Self.least) or more")
    }
    self.bytes = bytes
    count = scan.count
    index = scan.index
    let last = Corpus.range(of: .training, in: scan.count).upperBound
    let frequencies = bytes.withUnsafeBytes {
      Corpus.frequencies($0, until: last)
    }
    guard frequencies.count > 1 else {
      throw wrong("repeats one character, so there is nothing to predict; give another text")
    }
    let kept = frequencies.prefix(Self.largestVocabulary)
    vocabulary =
      kept.map { Unicode.Scalar($0.scalar).map(Character.init) ?? Self.unknown } + [Self.unknown]
    counts =
      kept.map(\.count) + [frequencies.dropFirst(kept.count).reduce(0) { $0 + $1.count }]
    let unknown = UInt8(kept.count)
    var ascii = [UInt8](repeating: unknown, count: 128)
    var others: [UInt32: UInt8] = [:]
    for (code, entry) in kept.enumerated() {
      if entry.scalar < 128 {
        ascii[Int(entry.scalar)] = UInt8(code)
      } else {
        others[entry.scalar] = UInt8(code)
      }
    }
    self.ascii = ascii
    self.others = others
  }

  /// Which characters a part has.
  public func range(of part: Part) -> Range<Int> { Corpus.range(of: part, in: count) }

  private static func range(of part: Part, in count: Int) -> Range<Int> {
    let (first, second) = (count / 20 * 18, count / 20 * 19)
    return switch part {
    case .training: 0..<first
    case .validation: first..<second
    case .test: second..<count
    }
  }

  /// What stands for a character: its place in the vocabulary.
  public func code(of scalar: Unicode.Scalar) -> Int {
    Int(scalar.value < 128 ? ascii[Int(scalar.value)] : others[scalar.value] ?? unknownCode)
  }

  private var unknownCode: UInt8 { UInt8(vocabulary.count - 1) }

  /// Puts what stands for the characters from `start` on into every `stride`th element of `codes`.
  /// Allocates nothing.
  public func read(
    from start: Int, into codes: UnsafeMutableBufferPointer<Float>, first: Int, stride: Int
  ) {
    bytes.withUnsafeBytes { bytes in
      var place = index[start / Self.stretch]
      for _ in 0..<start % Self.stretch { place += Corpus.length(bytes[place]) }
      var element = first
      while element < codes.count {
        let byte = bytes[place]
        if byte < 128 {
          codes[element] = Float(ascii[Int(byte)])
          place += 1
        } else {
          codes[element] = Float(others[Corpus.scalar(bytes, place)] ?? unknownCode)
          place += Corpus.length(byte)
        }
        element += stride
      }
    }
  }

  /// How many bytes a character has whose first byte this is.
  private static func length(_ byte: UInt8) -> Int {
    byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
  }

  /// The character that begins at a place of valid UTF-8.
  private static func scalar(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> UInt32 {
    let length = length(bytes[place])
    guard length > 1 else { return UInt32(bytes[place]) }
    var value = UInt32(bytes[place]) & (0xFF >> UInt32(length + 1))
    for i in 1..<length { value = value << 6 | UInt32(bytes[place + i] & 0x3F) }
    return value
  }

  /// The characters before a place and how often each is there, the most frequent first.
  private static func frequencies(
    _ bytes: UnsafeRawBufferPointer, until last: Int
  ) -> [(scalar: UInt32, count: Int)] {
    var ascii = [Int](repeating: 0, count: 128)
    var others: [UInt32: Int] = [:]
    var place = 0
    for _ in 0..<last {
      let byte = bytes[place]
      if byte < 128 {
        ascii[Int(byte)] += 1
        place += 1
      } else {
        others[scalar(bytes, place), default: 0] += 1
        place += length(byte)
      }
    }
    let all =
      ascii.enumerated().filter { $0.element > 0 }.map {
        (scalar: UInt32($0.offset), count: $0.element)
      }
      + others.map { (scalar: $0.key, count: $0.value) }
    return all.sorted { ($1.count, $0.scalar) < ($0.count, $1.scalar) }
  }

  private enum Fault {
    case invalid(Int)
    case zero(Int)
  }

  /// Counts characters and notes where every so manieth begins.
  private struct Scan {
    var count = 0
    var index: [Int] = []

    mutating func read(_ bytes: UnsafeRawBufferPointer, stretch: Int) -> Fault? {
      var place = 0
      while place < bytes.count {
        if count % stretch == 0 { index.append(place) }
        let byte = bytes[place]
        if byte < 128 {
          guard byte != 0 else { return .zero(place) }
          place += 1
        } else {
          guard let length = Self.validLength(bytes, place) else { return .invalid(place) }
          place += length
        }
        count += 1
      }
      return nil
    }

    /// The length of the character of more than one byte that begins here; nil where none does
    /// (Unicode, table 3-7).
    private static func validLength(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> Int? {
      let first = bytes[place]
      let length: Int
      switch first {
      case 0xC2...0xDF: length = 2
      case 0xE0...0xEF: length = 3
      case 0xF0...0xF4: length = 4
      default: return nil
      }
      guard place + length <= bytes.count else { return nil }
      for i in 1..<length where bytes[place + i] & 0xC0 != 0x80 { return nil }
      let second = bytes[place + 1]
      switch first {
      case 0xE0: return second >= 0xA0 ? length : nil
      case 0xED: return second < 0xA0 ? length : nil
      case 0xF0: return second >= 0x90 ? length : nil
      case 0xF4: return second < 0x90 ? length : nil
      default: return length
      }
    }
  }
}
