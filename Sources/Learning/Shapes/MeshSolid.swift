/// A mesh as a solid.
package struct MeshSolid: Solid {
  package let mesh: Mesh
  private let hierarchy: BoundingVolumeHierarchy
  private let low, high: Vector
  /// Areas of the faces, summed up from the first.
  private let areas: [Double]

  package init(_ mesh: Mesh) {
    self.mesh = mesh
    hierarchy = BoundingVolumeHierarchy(mesh)
    (low, high) = mesh.bounds
    var sum = 0.0
    areas = mesh.faces.map { face in
      sum += Double(Triangle(mesh.corners(of: face)).area)
      return sum
    }
  }

  package func signedDistance(to point: Vector) -> Float {
    let distance = hierarchy.distance(to: point)
    return contains(point) ? -distance : distance
  }

  private static let directions = (
    Vector(0.536, 0.729, 0.426), Vector(-0.317, 0.411, -0.855)
  )

  /// By whether rays in two directions cross the surface an odd number of times. Where they disagree,
  /// one having met an edge, the winding number decides.
  package func contains(_ point: Vector) -> Bool {
    guard all(point .>= low), all(point .<= high) else { return false }
    let first = hierarchy.crossings(from: point, along: Self.directions.0) % 2 == 1
    let second = hierarchy.crossings(from: point, along: Self.directions.1) % 2 == 1
    return first == second ? first : hierarchy.windingNumber(around: point) > 0.5
  }

  /// How often the surface winds around a point.
  package func windingNumber(around point: Vector) -> Double {
    hierarchy.windingNumber(around: point)
  }

  /// A face by its area, and a point of it evenly drawn (Osada et al. 2002, "Shape distributions").
  package func surface(_ count: Int, key: RandomKey) -> [Vector] {
    let numbers = key.uniform(3 * count)
    guard let total = areas.last, total > 0 else { return [] }
    return (0..<count).map { index in
      let wanted = Double(numbers[3 * index]) * total
      var (low, high) = (0, areas.count - 1)
      while low < high {
        let middle = (low + high) / 2
        if areas[middle] <= wanted { low = middle + 1 } else { high = middle }
      }
      let (a, b, c) = mesh.corners(of: mesh.faces[low])
      let (root, share) = (numbers[3 * index + 1].squareRoot(), numbers[3 * index + 2])
      return a * (1 - root) + b * (root * (1 - share)) + c * (root * share)
    }
  }
}
