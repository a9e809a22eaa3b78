import CPNG
import Foundation

/// A grey image, row by row, 0 (black) … 255 (white).
package struct GreyImage {
  package let width: Int
  package let height: Int
  package let pixels: [UInt8]

  /// Longest side that is read.
  private static let mostPixels = 4096

  /// What is wrong with an image, in words.
  struct Problem: Error, CustomStringConvertible { let description: String }

  package init(width: Int, height: Int, pixels: [UInt8]) {
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// Reads a PNG of any kind, colours as their luminance.
  init(png bytes: [UInt8]) throws(Problem) {
    var image = png_image()
    image.version = UInt32(PNG_IMAGE_VERSION)
    defer { png_image_free(&image) }
    var pixels: [UInt8] = []
    let fault: String? = bytes.withUnsafeBytes { raw in
      guard let base = raw.baseAddress, raw.count > 0 else { return "it is empty" }
      guard png_image_begin_read_from_memory(&image, base, raw.count) != 0 else {
        return Self.message(of: image)
      }
      guard image.width <= Self.mostPixels, image.height <= Self.mostPixels else {
        return "its \(image.width) × \(image.height) pixels are more than \(Self.mostPixels) a side"
      }
      image.format = UInt32(PNG_FORMAT_GRAY)
      pixels = [UInt8](repeating: 0, count: Int(image.width) * Int(image.height))
      // Where pixels are transparent they show white.
      var white = png_color(red: 255, green: 255, blue: 255)
      let isRead = pixels.withUnsafeMutableBytes {
        png_image_finish_read(&image, &white, $0.baseAddress, 0, nil) != 0
      }
      return isRead ? nil : Self.message(of: image)
    }
    if let fault { throw Problem(description: fault) }
    self.init(width: Int(image.width), height: Int(image.height), pixels: pixels)
  }

  /// The bytes of a PNG file; nil where there is no memory for it.
  package var png: Data? {
    guard width > 0, height > 0, pixels.count == width * height else { return nil }
    var image = png_image()
    image.version = UInt32(PNG_IMAGE_VERSION)
    image.width = UInt32(width)
    image.height = UInt32(height)
    image.format = UInt32(PNG_FORMAT_GRAY)
    defer { png_image_free(&image) }
    // More than any image of this size takes.
    var size = png_alloc_size_t(width * height * 2 + 4096)
    var bytes = [UInt8](repeating: 0, count: Int(size))
    let isWritten = bytes.withUnsafeMutableBytes { out in
      pixels.withUnsafeBytes {
        png_image_write_to_memory(&image, out.baseAddress, &size, 0, $0.baseAddress, 0, nil) != 0
      }
    }
    return isWritten ? Data(bytes.prefix(Int(size))) : nil
  }

  private static func message(of image: png_image) -> String {
    withUnsafeBytes(of: image.message) { raw in
      let text = String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
      return text.isEmpty ? "it is no PNG" : "it is no readable PNG (\(text))"
    }
  }

  /// The image as `side` × `side` pixels, each the mean of what it covers.
  func resized(to side: Int) -> GreyImage {
    guard width != side || height != side else { return self }
    let columns = Self.shares(of: width, among: side)
    let rows = Self.shares(of: height, among: side)
    var result = [UInt8](repeating: 0, count: side * side)
    for (row, down) in rows.enumerated() {
      for (column, across) in columns.enumerated() {
        var (sum, weight): (Float, Float) = (0, 0)
        for (y, high) in down {
          for (x, wide) in across {
            sum += Float(pixels[y * width + x]) * wide * high
            weight += wide * high
          }
        }
        result[row * side + column] = UInt8(min(max((sum / weight).rounded(), 0), 255))
      }
    }
    return GreyImage(width: side, height: side, pixels: result)
  }

  /// Which of `length` pixels each of `count` covers, and how much of each.
  private static func shares(of length: Int, among count: Int) -> [[(pixel: Int, share: Float)]] {
    let size = Float(length) / Float(count)
    return (0..<count).map { index in
      let (from, to) = (Float(index) * size, Float(index + 1) * size)
      let last = min(Int(to.rounded(.up)), length)
      return (min(Int(from), length - 1)..<max(last, min(Int(from), length - 1) + 1)).map { pixel in
        (pixel, max(min(to, Float(pixel + 1)) - max(from, Float(pixel)), 1e-6))
      }
    }
  }
}
