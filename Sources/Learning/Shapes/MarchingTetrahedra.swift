/// The surface on which a field is 0, as triangles (Doi & Koide 1991, "An efficient method of
/// triangulating equi-valued surfaces by using tetrahedral cells"). Every cube of eight nodes is cut into
/// six tetrahedra around its diagonal, alike in all cubes, so that neighbours share their faces; a
/// tetrahedron's corners lie inside or outside, and one triangle or two part them. As all that is beyond
/// the grid is outside, the triangles close: every edge belongs to two of them.
package enum MarchingTetrahedra {
  /// One triangle, its corners on edges of a tetrahedron given by two corners of the cube each: the bits
  /// 1, 2, 4 say where that is along x, y, z.
  private typealias Cut = [(low: Int, high: Int)]

  private struct Tetrahedron {
    /// Corners of the cube.
    let corners: [Int]
    /// For each set of corners that are inside, as bits: corners of triangles, three after three.
    let cuts: [Cut]
  }

  /// A tetrahedron for each order in which the three axes can be walked from one corner to its opposite.
  private static let tetrahedra: [Tetrahedron] = [
    (1, 2), (1, 4), (2, 1), (2, 4), (4, 1), (4, 2),
  ].map { first, second in
    let corners = [0, first, first + second, 7]
    return Tetrahedron(corners: corners, cuts: (0..<16).map { cuts(corners, inside: $0) })
  }

  private static func place(_ corner: Int) -> Vector {
    Vector(Float(corner & 1), Float(corner >> 1 & 1), Float(corner >> 2))
  }

  private static func cuts(_ corners: [Int], inside bits: Int) -> Cut {
    let inside = corners.indices.filter { bits >> $0 & 1 == 1 }.map { corners[$0] }
    let outside = corners.indices.filter { bits >> $0 & 1 == 0 }.map { corners[$0] }
    func edge(_ a: Int, _ b: Int) -> (low: Int, high: Int) { (min(a, b), max(a, b)) }
    var polygon: Cut
    switch (inside.count, outside.count) {
    case (1, 3): polygon = outside.map { edge(inside[0], $0) }
    case (3, 1): polygon = inside.map { edge($0, outside[0]) }
    case (2, 2):
      polygon = [
        edge(inside[0], outside[0]), edge(inside[0], outside[1]), edge(inside[1], outside[1]),
        edge(inside[1], outside[0]),
      ]
    default: return []
    }
    // Counter-clockwise seen from outside.
    let middles = polygon.map { (place($0.low) + place($0.high)) / 2 }
    let normal = (middles[1] - middles[0]).cross(middles[2] - middles[0])
    let outward =
      outside.reduce(Vector.zero) { $0 + place($1) } / Float(outside.count)
      - inside.reduce(Vector.zero) { $0 + place($1) } / Float(inside.count)
    if normal.dot(outward) < 0 { polygon.reverse() }
    return polygon.count == 3
      ? polygon
      : [polygon[0], polygon[1], polygon[2], polygon[0], polygon[2], polygon[3]]
  }

  /// Nil where no node is inside. A value that is no number is outside.
  package static func mesh(of field: ScalarField) -> Mesh? {
    // A layer of nodes more around the grid, all outside.
    let side = field.side + 2
    let beyond: Float = 1e30
    func value(_ x: Int, _ y: Int, _ z: Int) -> Float {
      guard x > 0, y > 0, z > 0, x < side - 1, y < side - 1, z < side - 1 else { return beyond }
      let value = field.values[((z - 1) * field.side + y - 1) * field.side + x - 1]
      return value.isNaN ? beyond : min(max(value, -1e30), 1e30)
    }
    let offsets = (0..<8).map { ($0 & 1) + side * (($0 >> 1 & 1) + side * ($0 >> 2)) }
    // An edge is its first node and its direction, of seven.
    var places = [Int32](repeating: -1, count: side * side * side * 7)
    var vertices: [Vector] = []
    var faces: [Mesh.Face] = []
    var values = [Float](repeating: 0, count: 8)
    for z in 0..<side - 1 {
      for y in 0..<side - 1 {
        for x in 0..<side - 1 {
          var inside = 0
          for corner in 0..<8 {
            values[corner] = value(x + (corner & 1), y + (corner >> 1 & 1), z + (corner >> 2))
            if values[corner] < 0 { inside |= 1 << corner }
          }
          guard inside != 0, inside != 255 else { continue }
          let origin = x + side * (y + side * z)
          let base = (Vector(Float(x), Float(y), Float(z)) * 2 - 1) / Float(field.side) - 1
          func vertex(_ edge: (low: Int, high: Int)) -> Int32 {
            let key = (origin + offsets[edge.low]) * 7 + (edge.high ^ edge.low) - 1
            if places[key] >= 0 { return places[key] }
            // Where the field is 0, but on no node, where triangles would have no area.
            let (from, to) = (values[edge.low], values[edge.high])
            let share = min(max(from / (from - to), 0.01), 0.99)
            let offset =
              Self.place(edge.low) + (Self.place(edge.high) - Self.place(edge.low)) * share
            places[key] = Int32(vertices.count)
            vertices.append(base + offset * 2 / Float(field.side))
            return places[key]
          }
          for tetrahedron in tetrahedra {
            var bits = 0
            for (index, corner) in tetrahedron.corners.enumerated()
            where inside >> corner & 1 == 1 { bits |= 1 << index }
            let cut = tetrahedron.cuts[bits]
            for first in stride(from: 0, to: cut.count, by: 3) {
              faces.append(
                Mesh.Face(vertex(cut[first]), vertex(cut[first + 1]), vertex(cut[first + 2])))
            }
          }
        }
      }
    }
    return faces.isEmpty ? nil : Mesh(closed: vertices, faces)
  }
}
