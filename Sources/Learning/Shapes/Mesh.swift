/// A closed surface made of triangles, each counter-clockwise seen from outside. Every edge belongs to
/// exactly two triangles, which pass it in opposite directions.
package struct Mesh: Sendable, Hashable {
  package typealias Face = SIMD3<Int32>

  package private(set) var vertices: [Vector]
  /// Vertices by their numbers, from 0.
  package private(set) var faces: [Face]

  /// What is wrong with a mesh, in words.
  package struct Problem: Error, CustomStringConvertible {
    package let description: String
  }

  /// Throws where the triangles enclose nothing: see `Mesh+Check.swift`. A mesh turned inside out is
  /// turned back.
  package init(vertices: [Vector], faces: [Face]) throws(Problem) {
    try Self.check(vertices, faces)
    self.init(closed: vertices, faces)
    let (low, high) = bounds
    let extent = Double((high - low).max())
    guard abs(volume) > 1e-6 * extent * extent * extent else {
      throw Problem(
        description:
          "its faces enclose no volume: they lie flat on each other, or one of its bodies is inside "
          + "out and takes away what the others have; turn its faces")
    }
    if volume < 0 { self.faces = faces.map { Face($0.x, $0.z, $0.y) } }
  }

  /// Of triangles that are known to be closed.
  init(closed vertices: [Vector], _ faces: [Face]) {
    self.vertices = vertices
    self.faces = faces
  }

  package func corners(of face: Face) -> (Vector, Vector, Vector) {
    (vertices[Int(face.x)], vertices[Int(face.y)], vertices[Int(face.z)])
  }

  /// What it encloses: Σ a · (b × c) / 6 over its triangles, by Gauss's theorem.
  package var volume: Double {
    faces.reduce(0) { sum, face in
      let (a, b, c) = corners(of: face)
      let (u, v, w) = (SIMD3<Double>(a), SIMD3<Double>(b), SIMD3<Double>(c))
      return sum
        + (u.x * (v.y * w.z - v.z * w.y) + u.y * (v.z * w.x - v.x * w.z)
          + u.z * (v.x * w.y - v.y * w.x)) / 6
    }
  }

  /// The corners of the smallest box around its faces, along the axes.
  package var bounds: (low: Vector, high: Vector) {
    faces.reduce((Vector(repeating: .infinity), Vector(repeating: -.infinity))) { box, face in
      let (a, b, c) = corners(of: face)
      return (
        pointwiseMin(box.0, pointwiseMin(a, pointwiseMin(b, c))),
        pointwiseMax(box.1, pointwiseMax(a, pointwiseMax(b, c)))
      )
    }
  }

  /// The same moved to the middle of the cube [−1, 1]³, its longest side reaching from −`reach` to
  /// `reach`.
  package func normalized(reach: Float = 0.85) -> Mesh {
    let (low, high) = bounds
    let extent = (high - low).max()
    guard extent > 0 else { return self }
    let (middle, scale) = ((low + high) / 2, 2 * reach / extent)
    return Mesh(closed: vertices.map { ($0 - middle) * scale }, faces)
  }
}
