import CDataSets
import Learning
import Testing

struct DigitsTests {
  private static let file: [UInt8] = {
    let bytes = weft_digits()
    return Array(UnsafeBufferPointer(start: bytes.start, count: bytes.count))
  }()

  private func decode(_ bytes: [UInt8]) throws -> Digits {
    try bytes.withUnsafeBufferPointer { try Digits(gzip: $0) }
  }

  @Test func everyDigitIsThere() throws {
    let digits = try Digits.load()
    let counts = (0...9).map { label in digits.labels.count { $0 == label } }
    #expect(counts == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
    #expect(digits.pixels.count == 1797 * 64)
    #expect(digits.pixels.allSatisfy { 0...1 ~= $0 })
    // The first image, a zero: its first two rows.
    #expect(digits.labels[0] == 0)
    let rows = digits.pixels[..<16].map { Int($0 * 16) }
    #expect(rows == [0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0])
  }

  @Test func damageIsToldInWords() throws {
    let file = Self.file
    #expect(throws: Digits.Problem.self) { try decode([]) }
    #expect(throws: Digits.Problem.self) { try decode(Array("not gzip at all".utf8)) }
    for length in [1, 10, 100, file.count / 2, file.count - 1] {
      let error = #expect(throws: Digits.Problem.self) { try decode(Array(file[..<length])) }
      #expect(error?.description.isEmpty == false)
    }
    for place in stride(from: 64, to: file.count, by: 997) {
      var damaged = file
      damaged[place] ^= 0x5A
      #expect(throws: Digits.Problem.self) { try decode(damaged) }
    }
  }
}

struct ImageRotationTests {
  private let ramp = (0..<64).map { Float($0) / 63 }

  @Test func noTurnIsTheSameImage() {
    #expect(ImageRotation(side: 8, degrees: 0)(ramp) == ramp)
    #expect(ImageRotation(side: 8, degrees: 360)(ramp) == ramp)
  }

  @Test func quarterTurnsAreExactAndCounterClockwise() {
    let turned = ImageRotation(side: 8, degrees: 90)(ramp)
    for row in 0..<8 {
      for column in 0..<8 {
        // What was at the right is at the top now.
        #expect(turned[row * 8 + column] == ramp[column * 8 + (7 - row)])
      }
    }
    #expect(ImageRotation(side: 8, degrees: 180)(ramp) == ramp.reversed())
    let quarter = ImageRotation(side: 8, degrees: 90)
    #expect(quarter(quarter(quarter(quarter(ramp)))) == ramp)
  }

  @Test func aTurnMovesABlobAlongItsCircleAndKeepsItsInk() {
    // A blob 2 pixels right of the middle, turned by 30°.
    var image = [Float](repeating: 0, count: 64)
    for row in 3...4 { for column in 5...6 { image[row * 8 + column] = 1 } }
    let turned = ImageRotation(side: 8, degrees: 30)([image, image].flatMap { $0 })
    #expect(Array(turned[..<64]) == Array(turned[64...]))
    let ink = turned[..<64].reduce(0, +)
    #expect(abs(ink - 4) < 0.4)
    var (x, y): (Float, Float) = (0, 0)
    for index in 0..<64 {
      x += turned[index] * (Float(index % 8) - 3.5) / ink
      y += turned[index] * (3.5 - Float(index / 8)) / ink
    }
    #expect(abs(x - 2 * 0.866) < 0.1)
    #expect(abs(y - 2 * 0.5) < 0.1)
  }
}
