/// A point or a direction in space.
public typealias Vector = SIMD3<Float>

extension SIMD3<Float> {
  package func dot(_ other: Self) -> Float { (self * other).sum() }

  package func cross(_ other: Self) -> Self {
    Self(
      y * other.z - z * other.y, z * other.x - x * other.z, x * other.y - y * other.x)
  }

  package var squaredLength: Float { (self * self).sum() }
  package var length: Float { squaredLength.squareRoot() }

  /// The same direction with length 1; the z axis where there is none.
  package var normalized: Self {
    let length = length
    return length > 0 && length.isFinite ? self / length : Self(0, 0, 1)
  }

  package var isFinite: Bool { x.isFinite && y.isFinite && z.isFinite }
}
