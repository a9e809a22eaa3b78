import Foundation

/// Distorts square grey images as a hand would: turned, sheared, scaled, shifted, and bent by a coarse
/// field of displacements. Allocates nothing.
struct Warp: Sendable {
  /// How strong it is: 0 leaves images as they are, 1 is the standard.
  let strength: Float

  /// Largest turn and shear (radians), scaling (a factor's logarithm) and shift (pixels) at strength 1.
  private static let angle: Float = 15 * .pi / 180
  private static let shear: Float = 0.2
  private static let scale: Float = 0.2
  private static let shift: Float = 2.2
  /// Standard deviation of the displacements, in pixels, and how many there are along a side.
  private static let bend: Float = 1
  private static let knots = 5

  /// Numbers of a key that are an image's own, and which of them are what: those here say how it is
  /// moved, those from `bends` on how it is bent; `free` is nobody's.
  static let numbers = 128
  private static let moves = 8
  private static let bends = 16
  static let free = 100
  private static let side = Glyphs.side

  /// Writes an image, 0 … 1, turned clockwise by quarters and then distorted by the numbers
  /// `index * numbers` and on of a key.
  func write(
    _ image: UnsafePointer<UInt8>, turns: Int, to out: UnsafeMutablePointer<Float>, key: RandomKey,
    index: Int
  ) {
    guard strength > 0 else {
      for row in 0..<Self.side {
        for column in 0..<Self.side {
          let (x, y) = Self.beforeTurns(turns, column, row, last: Self.side - 1)
          out[row * Self.side + column] = Float(image[y * Self.side + x]) / 255
        }
      }
      return
    }
    let count = Self.knots * Self.knots
    withUnsafeTemporaryAllocation(of: Float.self, capacity: Self.moves + 2 * count) { scratch in
      let uniform = UnsafeMutableBufferPointer(rebasing: scratch[..<Self.moves])
      let normal = UnsafeMutableBufferPointer(rebasing: scratch[Self.moves...])
      key.fillUniform(uniform, from: -strength, to: strength, first: index * Self.numbers)
      key.fillNormal(
        normal, deviation: strength * Self.bend, first: index * Self.numbers + Self.bends)
      let (sine, cosine) = (sinf(uniform[0] * Self.angle), cosf(uniform[0] * Self.angle))
      let (wide, tall) = (expf(uniform[1] * Self.scale), expf(uniform[2] * Self.scale))
      let shear = uniform[3] * Self.shear
      // Where a pixel comes from: (x, y) ← A (x, y) + b, about the middle.
      let (xx, xy) = (cosine * wide, (shear * cosine - sine) * tall)
      let (yx, yy) = (sine * wide, (shear * sine + cosine) * tall)
      let (right, down) = (uniform[4] * Self.shift, uniform[5] * Self.shift)
      let middle = Float(Self.side - 1) / 2
      let spacing = Float(Self.side - 1) / Float(Self.knots - 1)
      for row in 0..<Self.side {
        let (above, lower) = Self.knot(Float(row) / spacing)
        let y = Float(row) - middle
        for column in 0..<Self.side {
          let (left, across) = Self.knot(Float(column) / spacing)
          let x = Float(column) - middle
          let corner = above * Self.knots + left
          func bent(_ first: Int) -> Float {
            let k = first + corner
            let top = normal[k] + across * (normal[k + 1] - normal[k])
            let bottom =
              normal[k + Self.knots]
              + across * (normal[k + Self.knots + 1] - normal[k + Self.knots])
            return top + lower * (bottom - top)
          }
          let (fromX, fromY) = Self.beforeTurns(
            turns, xx * x + xy * y + right + middle + bent(0),
            yx * x + yy * y + down + middle + bent(count), last: Float(Self.side - 1))
          out[row * Self.side + column] = Self.sample(image, x: fromX, y: fromY)
        }
      }
    }
  }

  /// Where a place of an image turned clockwise by quarters was before, columns to the right and rows
  /// down from 0 to `last`.
  private static func beforeTurns<Number: Numeric>(
    _ turns: Int, _ x: Number, _ y: Number, last: Number
  ) -> (Number, Number) {
    switch turns {
    case 1: (y, last - x)
    case 2: (last - x, last - y)
    case 3: (last - y, x)
    default: (x, y)
    }
  }

  /// The knot before a place and how far it is to the next one.
  private static func knot(_ place: Float) -> (Int, Float) {
    let first = min(Int(place), knots - 2)
    return (first, place - Float(first))
  }

  /// The image between its pixels, 0 … 1, by bilinear interpolation; black outside.
  private static func sample(_ image: UnsafePointer<UInt8>, x: Float, y: Float) -> Float {
    guard x > -1, y > -1, x < Float(side), y < Float(side) else { return 0 }
    // Rounds down, as both are above 0.
    let (left, top) = (Int(x + 1) - 1, Int(y + 1) - 1)
    let (dx, dy) = (x - Float(left), y - Float(top))
    func pixel(_ column: Int, _ row: Int) -> Float {
      column >= 0 && row >= 0 && column < side && row < side
        ? Float(image[row * side + column]) : 0
    }
    let upper = pixel(left, top) + dx * (pixel(left + 1, top) - pixel(left, top))
    let under = pixel(left, top + 1) + dx * (pixel(left + 1, top + 1) - pixel(left, top + 1))
    return (upper + dy * (under - upper)) / 255
  }
}
