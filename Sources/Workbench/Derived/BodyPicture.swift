import Foundation
import Learning

/// Where a body is looked at from.
public struct BodyCamera: Sendable, Equatable {
  /// How far the body is turned around its upright axis, in radians, and tilted towards the eye.
  public var turn: Float = 0.6
  public var tilt: Float = 0.5
  /// How large it is seen: 1 shows the cube it lies in.
  public var zoom: Float = 1
  /// How much is cut away in front: 0 nothing, 1 all.
  public var cut: Float = 0

  public init() {}

  /// Directions in the body's space: to the right of the picture, up, and away from the eye.
  var axes: (right: Vector, up: Vector, away: Vector) {
    let (c, s) = (cosf(turn), sinf(turn))
    let (ct, st) = (cosf(tilt), sinf(tilt))
    return (
      Vector(c, s, 0), Vector(-s * st, c * st, ct), Vector(-s * ct, c * ct, -st)
    )
  }
}

/// A body as rays from the eye meet it, each marching through its field until that turns negative; light
/// falls on it from above at the left.
package struct BodyPicture {
  /// What a ray met.
  package enum Pixel: Equatable {
    case nothing
    /// The surface, 0 (dark) … 1 (light).
    case surface(Float)
    /// The inside, where the body is cut.
    case inside
  }

  package let width: Int
  package let height: Int
  /// Row by row, from the top.
  package let pixels: [Pixel]

  /// Half of what is seen of the shorter side where the zoom is 1: the cube's inscribed sphere and a bit.
  private static let reach: Float = 1.25
  /// The distance from the eye within which the cube lies.
  private static let depth = Float(3).squareRoot()
  private static let ambient: Float = 0.18

  /// - Parameter shape: how wide a pixel is, as a share of its height.
  package init(
    _ field: ScalarField, _ camera: BodyCamera, width: Int, height: Int, shape: Float = 1
  ) {
    self.width = max(width, 0)
    self.height = max(height, 0)
    let (right, up, away) = camera.axes
    let light = (up * 0.6 - right * 0.5 - away).normalized
    let shorter = max(min(Float(width) * shape, Float(height)), 1)
    let size = 2 * Self.reach / shorter / max(camera.zoom, 0.01)
    let first = -Self.depth + camera.cut * 2 * Self.depth
    var pixels = [Pixel](repeating: .nothing, count: self.width * self.height)
    for row in 0..<self.height {
      let v = (Float(self.height) / 2 - Float(row) - 0.5) * size
      for column in 0..<self.width {
        let u = (Float(column) + 0.5 - Float(self.width) / 2) * size * shape
        pixels[row * self.width + column] = Self.pixel(
          field, from: right * u + up * v, along: away, first: first, light: light)
      }
    }
    self.pixels = pixels
  }

  private static func pixel(
    _ field: ScalarField, from middle: Vector, along away: Vector, first: Float, light: Vector
  ) -> Pixel {
    // Where the ray is inside the cube.
    var (start, end) = (first, depth)
    for axis in 0..<3 {
      guard abs(away[axis]) > 1e-6 else {
        guard abs(middle[axis]) <= 1 else { return .nothing }
        continue
      }
      let (a, b) = ((-1 - middle[axis]) / away[axis], (1 - middle[axis]) / away[axis])
      start = max(start, min(a, b))
      end = min(end, max(a, b))
    }
    guard start < end else { return .nothing }
    if field.value(at: middle + away * start) < 0 {
      // The rim of the cube is a surface as well as that of the body.
      return start > first ? .surface(lit(-away, light)) : .inside
    }
    let step = 1.5 / Float(field.side)
    var place = start
    while place < end {
      let next = min(place + step, end)
      if field.value(at: middle + away * next) < 0 {
        var (outside, inside) = (place, next)
        for _ in 0..<5 {
          let half = (outside + inside) / 2
          if field.value(at: middle + away * half) < 0 { inside = half } else { outside = half }
        }
        return .surface(lit(field.normal(at: middle + away * inside), light))
      }
      place = next
    }
    return .nothing
  }

  /// Lambert's law, and a little light from everywhere.
  private static func lit(_ normal: Vector, _ light: Vector) -> Float {
    ambient + (1 - ambient) * max((normal * light).sum(), 0)
  }

  package subscript(_ column: Int, _ row: Int) -> Pixel {
    guard (0..<width).contains(column), (0..<height).contains(row) else { return .nothing }
    return pixels[row * width + column]
  }
}
