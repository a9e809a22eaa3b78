/// A solid with what training needs of it, computed once: points with their signed distances, more of them
/// near the surface than elsewhere, and points of the surface.
struct SampledSolid: Sendable {
  let solid: any Solid
  /// Near the surface, then anywhere in the cube [−1, 1]³.
  private let points: [Vector]
  private let distances: [Float]
  private let surface: [Vector]

  /// How many points lie near the surface and anywhere; the second divides the first.
  private static let nearCount = 1 << 14
  private static let anywhereCount = 1 << 13
  private static let surfaceCount = 1 << 12
  /// How far from the surface, as standard deviations: half of them each (after Park et al. 2019).
  private static let spreads: (Float, Float) = (0.015, 0.05)
  /// Of a batch's examples, how many of three lie near the surface.
  private static let nearShare = 2

  /// - Parameter key: draws the points.
  init(_ solid: any Solid, key: RandomKey) {
    self.solid = solid
    func own(_ stream: RandomKey.Stream) -> RandomKey {
      RandomKey(seed: key.seed, stream: stream, step: Int(truncatingIfNeeded: key.step))
    }
    let near = solid.surface(Self.nearCount, key: own(.inputs))
    let noise = own(.noise).normal(3 * near.count)
    let anywhere = own(.batch).uniform(3 * Self.anywhereCount, from: -1, to: 1)
    var points = near.enumerated().map { index, point in
      let spread = index % 2 == 0 ? Self.spreads.0 : Self.spreads.1
      return point + spread * Vector(noise[3 * index], noise[3 * index + 1], noise[3 * index + 2])
    }
    for i in 0..<Self.anywhereCount {
      points.append(Vector(anywhere[3 * i], anywhere[3 * i + 1], anywhere[3 * i + 2]))
    }
    self.points = points
    distances = points.map { solid.signedDistance(to: $0) }
    surface = solid.surface(Self.surfaceCount, key: own(.support))
  }

  /// Examples of a batch's row: x [count, 3] and the signed distance y [count], the drawn numbers from
  /// `first` on. Allocates nothing.
  func fill(
    count: Int, key: RandomKey, first: Int, x: UnsafeMutableBufferPointer<Float>,
    y: UnsafeMutableBufferPointer<Float>
  ) {
    let near = points.count - Self.anywhereCount
    let ratio = max(near / Self.anywhereCount, 1)
    points.withUnsafeBufferPointer { points in
      distances.withUnsafeBufferPointer { distances in
        key.forEachInteger(count, below: max(near, 1), first: first) { row, number in
          let isNear = row % 3 < Self.nearShare && near > 0
          let index = isNear ? number : near + number / ratio
          let point = points[index]
          x[3 * row] = point.x
          x[3 * row + 1] = point.y
          x[3 * row + 2] = point.z
          y[row] = distances[index]
        }
      }
    }
  }

  /// The same of the solid as it stands in a pose: places anywhere in the cube are drawn anew, as those
  /// that were drawn beforehand do not fill it any more.
  func fill(
    count: Int, key: RandomKey, first: Int, pose: Pose, x: UnsafeMutableBufferPointer<Float>,
    y: UnsafeMutableBufferPointer<Float>
  ) {
    fill(count: count, key: key, first: first, x: x, y: y)
    var anywhere = key
    anywhere.stream = .grain
    for row in stride(from: Self.nearShare, to: count, by: 3) {
      let place = UnsafeMutableBufferPointer(rebasing: x[3 * row..<3 * (row + 1)])
      anywhere.fillUniform(place, from: -1, to: 1, first: 3 * (first + row))
    }
    for row in 0..<count {
      let point = Vector(x[3 * row], x[3 * row + 1], x[3 * row + 2])
      if row % 3 < Self.nearShare {
        let placed = pose.applied(point)
        for axis in 0..<3 { x[3 * row + axis] = placed[axis] }
        y[row] *= pose.scale
      } else {
        y[row] = pose.scale * solid.signedDistance(to: pose.undone(point))
      }
    }
  }

  /// Points of the surface, x [count, 3], of the solid as it stands in a pose.
  func fillSurface(
    count: Int, key: RandomKey, first: Int, pose: Pose, x: UnsafeMutableBufferPointer<Float>
  ) {
    surface.withUnsafeBufferPointer { surface in
      key.forEachInteger(count, below: max(surface.count, 1), first: first) { row, number in
        guard surface.indices.contains(number) else { return }
        let point = pose.applied(surface[number])
        x[3 * row] = point.x
        x[3 * row + 1] = point.y
        x[3 * row + 2] = point.z
      }
    }
  }
}
