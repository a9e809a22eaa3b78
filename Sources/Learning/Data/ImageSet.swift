import CDataSets
import Foundation

/// Small grey images with a class each, in a part to train on and a part to test on.
package struct ImageSet: Sendable {
  package struct Part: Sendable {
    /// Image by image, row by row, 0 (background) … `ImageSet.white`.
    package var pixels: [UInt8]
    /// The classes, 0 …, one an image.
    package var labels: [Int]
  }

  /// Pixels a side.
  package let side: Int
  /// The number that is white.
  package let white: UInt8
  package let classCount: Int
  package let training: Part
  package let test: Part

  package var pixelCount: Int { side * side }

  init(side: Int, white: UInt8, training: Part, test: Part) {
    self.side = side
    self.white = white
    self.training = training
    self.test = test
    classCount = ((training.labels + test.labels).max() ?? -1) + 1
  }

  /// One image in five is for tests, of every class alike.
  fileprivate init(side: Int, white: UInt8, pixels: [UInt8], labels: [Int]) {
    var parts = [Part(pixels: [], labels: []), Part(pixels: [], labels: [])]
    var seen: [Int: Int] = [:]
    for image in RandomKey(seed: 0, stream: .split).permutation(labels.count) {
      let label = labels[image]
      let part = seen[label, default: 0] % 5 == 0 ? 1 : 0
      seen[label, default: 0] += 1
      parts[part].pixels += pixels[image * side * side..<(image + 1) * side * side]
      parts[part].labels.append(label)
    }
    self.init(side: side, white: white, training: parts[0], test: parts[1])
  }
}

/// Images that come with the program.
package enum EmbeddedImages: String, CaseIterable, Sendable {
  /// scikit-learn's digits, 8 × 8.
  case digits
  /// 5,000 of MNIST's digits, 28 × 28.
  case mnist = "mnist-5k"

  /// Decoded once, on first use; the error is a sentence.
  package var images: Result<ImageSet, KnobError> {
    switch self {
    case .digits: Self.small
    case .mnist: Self.large
    }
  }

  private static let small = Result { () throws(KnobError) in
    do {
      let digits = try Digits.load()
      return ImageSet(
        side: Digits.side, white: 16, pixels: digits.pixels.map { UInt8($0 * 16) },
        labels: digits.labels)
    } catch {
      throw KnobError("the embedded digits cannot be read: \(String(describing: error))")
    }
  }

  private static let large = Result { () throws(KnobError) in
    let (count, size) = (5000, 28 * 28)
    let file = weft_mnist()
    let bytes: [UInt8]
    do {
      bytes = try Gzip.decompress(
        UnsafeBufferPointer(start: file.start, count: file.count), limit: 1 << 23)
    } catch {
      throw KnobError("the embedded MNIST digits cannot be read: \(String(describing: error))")
    }
    guard bytes.count == count * (1 + size) else {
      throw KnobError("the embedded MNIST digits are \(bytes.count) bytes")
    }
    return ImageSet(
      side: 28, white: 255, pixels: Array(bytes[count...]), labels: bytes[..<count].map(Int.init))
  }
}
