import Foundation

/// Turns square grey images about their middle, counter-clockwise, by bilinear interpolation; what
/// comes from outside is black.
package struct ImageRotation {
  /// One of the (at most four) pixels a turned pixel is mixed from.
  private struct Share {
    let source: Int
    let weight: Float
  }

  private let pixelCount: Int
  /// For every pixel of the turned image.
  private let shares: [[Share]]

  package init(side: Int, degrees: Float) {
    pixelCount = side * side
    let angle = Double(degrees) * .pi / 180
    // Whole quarter turns are exact: cos 90° is not 0 in floating point.
    let (cosine, sine) = (Self.snapped(cos(angle)), Self.snapped(sin(angle)))
    let middle = Double(side - 1) / 2
    shares = (0..<side * side).map { index in
      let (x, y) = (Double(index % side) - middle, Double(index / side) - middle)
      // Rows grow downwards, so this takes every pixel from where it was before the turn.
      let (sourceX, sourceY) = (cosine * x - sine * y + middle, sine * x + cosine * y + middle)
      let (left, top) = (floor(sourceX), floor(sourceY))
      let (dx, dy) = (sourceX - left, sourceY - top)
      let corners = [
        (0, 0, (1 - dx) * (1 - dy)), (1, 0, dx * (1 - dy)), (0, 1, (1 - dx) * dy), (1, 1, dx * dy),
      ]
      return corners.compactMap { right, down, weight in
        let (column, row) = (Int(left) + right, Int(top) + down)
        guard weight > 0, 0..<side ~= column, 0..<side ~= row else { return nil }
        return Share(source: row * side + column, weight: Float(weight))
      }
    }
  }

  private static func snapped(_ value: Double) -> Double {
    abs(value - value.rounded()) < 1e-7 ? value.rounded() : value
  }

  /// Every image of a row of images, turned.
  package func callAsFunction(_ images: [Float]) -> [Float] {
    var turned = [Float](repeating: 0, count: images.count)
    for first in stride(from: 0, to: images.count, by: pixelCount) {
      for (index, mix) in shares.enumerated() {
        var value: Float = 0
        for share in mix { value += share.weight * images[first + share.source] }
        turned[first + index] = value
      }
    }
    return turned
  }
}
