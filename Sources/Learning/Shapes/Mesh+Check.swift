extension Mesh {
  /// Throws a sentence where triangles do not enclose a body: there are none, numbers are not finite, a
  /// corner does not exist, an edge has no other side or too many.
  static func check(_ vertices: [Vector], _ faces: [Face]) throws(Problem) {
    func wrong(_ words: String) -> Problem { Problem(description: words) }
    guard !faces.isEmpty, !vertices.isEmpty else {
      throw wrong(
        "it has \(vertices.count) vertices and \(faces.count) faces, so there is nothing in it")
    }
    if let bad = vertices.firstIndex(where: { !$0.isFinite || $0.length > 1e12 }) {
      throw wrong("the coordinates of vertex \(bad) are no numbers, or beyond 10¹²")
    }
    for (index, face) in faces.enumerated() {
      if let outside = [face.x, face.y, face.z].first(where: {
        !vertices.indices.contains(Int($0))
      }) {
        throw wrong(
          "face \(index) has the corner \(outside), and there are vertices 0 … "
            + "\(vertices.count - 1)")
      }
      if face.x == face.y || face.y == face.z || face.z == face.x {
        throw wrong("face \(index) has the corner \(face.x == face.y ? face.x : face.z) twice")
      }
    }
    try checkEdges(faces)
  }

  /// Both ends of an edge in one number, the smaller one first, and last whether a face passes it
  /// backwards.
  private static func key(_ from: Int32, _ to: Int32) -> UInt64 {
    let (low, high) = (UInt64(min(from, to)), UInt64(max(from, to)))
    return low << 33 | high << 1 | (from < to ? 0 : 1)
  }

  private static func checkEdges(_ faces: [Face]) throws(Problem) {
    var keys: [UInt64] = []
    keys.reserveCapacity(3 * faces.count)
    for face in faces {
      keys.append(key(face.x, face.y))
      keys.append(key(face.y, face.z))
      keys.append(key(face.z, face.x))
    }
    keys.sort()
    var (open, crowded, twisted): (Int, Int, Int) = (0, 0, 0)
    var first: [String] = ["", "", ""]
    var start = 0
    while start < keys.count {
      var end = start + 1
      while end < keys.count, keys[end] >> 1 == keys[start] >> 1 { end += 1 }
      let words = "\(keys[start] >> 33)–\((keys[start] >> 1) & 0xFFFF_FFFF)"
      switch end - start {
      case 1:
        if open == 0 { first[0] = words }
        open += 1
      case 2 where keys[start] == keys[start + 1]:
        if twisted == 0 { first[1] = words }
        twisted += 1
      case 2: break
      default:
        if crowded == 0 { first[2] = words }
        crowded += 1
      }
      start = end
    }
    func edges(_ count: Int) -> String { count == 1 ? "1 edge" : "\(count) edges" }
    if crowded > 0 {
      throw Problem(
        description:
          "it is no manifold: \(edges(crowded)) of more than two faces, the first between "
          + "the vertices \(first[2]); part the bodies that touch there")
    }
    if open > 0 {
      throw Problem(
        description: "it is open: \(edges(open)) of one face alone, the first between the vertices "
          + "\(first[0]); close its holes, or join vertices that are there twice")
    }
    if twisted > 0 {
      throw Problem(
        description:
          "faces are wound against each other at \(edges(twisted)), the first between the "
          + "vertices \(first[1]); wind all of them counter-clockwise seen from outside")
    }
  }
}
