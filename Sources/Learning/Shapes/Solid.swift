/// A closed body in space.
package protocol Solid: Sendable {
  /// The distance from a point to the surface, negative inside. It may be less than the true one where
  /// that is not near, but changes no faster than the point moves: where it is d, the surface is at
  /// least |d| away.
  func signedDistance(to point: Vector) -> Float

  /// Points of the surface, as many in equal areas, drawn with a key.
  func surface(_ count: Int, key: RandomKey) -> [Vector]
}

extension Solid {
  package func contains(_ point: Vector) -> Bool { signedDistance(to: point) < 0 }

  /// The direction in which the distance grows fastest, of length 1, by central differences.
  package func normal(at point: Vector) -> Vector {
    let step: Float = 1e-3
    return Vector(
      signedDistance(to: point + Vector(step, 0, 0))
        - signedDistance(to: point - Vector(step, 0, 0)),
      signedDistance(to: point + Vector(0, step, 0))
        - signedDistance(to: point - Vector(0, step, 0)),
      signedDistance(to: point + Vector(0, 0, step))
        - signedDistance(to: point - Vector(0, 0, step))
    ).normalized
  }
}

/// A solid turned, then made larger or smaller, then moved.
package struct PosedSolid: Solid {
  package let solid: any Solid
  package let pose: Pose

  package init(_ solid: any Solid, _ pose: Pose) {
    self.solid = solid
    self.pose = pose
  }

  package func signedDistance(to point: Vector) -> Float {
    pose.scale * solid.signedDistance(to: pose.undone(point))
  }

  package func surface(_ count: Int, key: RandomKey) -> [Vector] {
    solid.surface(count, key: key).map(pose.applied)
  }
}

/// Where a solid stands: x ↦ scale · R x + shift.
package struct Pose: Hashable, Sendable {
  /// R's columns: where the axes come to.
  package var axes: (x: Vector, y: Vector, z: Vector) {
    let (w, x, y, z) = (quaternion.w, quaternion.x, quaternion.y, quaternion.z)
    return (
      Vector(1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)),
      Vector(2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x)),
      Vector(2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y))
    )
  }
  /// A rotation, of length 1.
  package let quaternion: SIMD4<Float>
  package let scale: Float
  package let shift: Vector

  package init(
    quaternion: SIMD4<Float> = SIMD4(0, 0, 0, 1), scale: Float = 1, shift: Vector = .zero
  ) {
    let length = (quaternion * quaternion).sum().squareRoot()
    self.quaternion = length > 0 ? quaternion / length : SIMD4(0, 0, 0, 1)
    self.scale = scale
    self.shift = shift
  }

  /// A turn evenly drawn among all (a normal quaternion, Shoemake 1992), a scale and a shift.
  package init(key: RandomKey, scale: ClosedRange<Float>, shift most: Float) {
    let (turn, place) = withUnsafeTemporaryAllocation(of: Float.self, capacity: 4) { numbers in
      func four() -> SIMD4<Float> { SIMD4(numbers[0], numbers[1], numbers[2], numbers[3]) }
      key.fillNormal(numbers)
      let turn = four()
      var other = key
      other.stream = .restart
      other.fillUniform(numbers)
      return (turn, four())
    }
    self.init(
      quaternion: turn,
      scale: scale.lowerBound + place.x * (scale.upperBound - scale.lowerBound),
      shift: (Vector(place.y, place.z, place.w) * 2 - 1) * most)
  }

  package func applied(_ point: Vector) -> Vector {
    let axes = axes
    return (axes.x * point.x + axes.y * point.y + axes.z * point.z) * scale + shift
  }

  package func undone(_ point: Vector) -> Vector {
    let (axes, from) = (axes, (point - shift) / scale)
    return Vector(axes.x.dot(from), axes.y.dot(from), axes.z.dot(from))
  }
}
