import CDataSets

/// The embedded meshes: ten of CGAL's examples, packed by make_meshes.py.
package enum EmbeddedMeshes {
  /// Decoded and checked once, on first use, each in the middle of the cube [−1, 1]³; the error is a
  /// sentence.
  package static let all = Result { () throws(KnobError) in
    let file = weft_meshes()
    do {
      let bytes = try Gzip.decompress(
        UnsafeBufferPointer(start: file.start, count: file.count), limit: 1 << 22)
      return try meshes(bytes)
    } catch {
      throw KnobError("the embedded meshes cannot be read: \(String(describing: error))")
    }
  }

  private static func meshes(
    _ bytes: [UInt8]
  ) throws(Mesh.Problem) -> [(name: String, mesh: Mesh)] {
    let damaged = Mesh.Problem(description: "they are not what make_meshes.py writes")
    guard
      let end = bytes.indices.dropLast().first(where: { bytes[$0] == 10 && bytes[$0 + 1] == 10 })
    else { throw damaged }
    var rest = bytes[(end + 2)...]
    func word() throws(Mesh.Problem) -> UInt16 {
      guard let low = rest.popFirst(), let high = rest.popFirst() else { throw damaged }
      return UInt16(high) << 8 | UInt16(low)
    }
    var meshes: [(name: String, mesh: Mesh)] = []
    for line in String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\n") {
      let fields = line.split(separator: "\t")
      guard fields.count == 3, let vertices = Int(fields[1]), let faces = Int(fields[2]) else {
        throw damaged
      }
      var places: [Vector] = []
      for _ in 0..<vertices {
        let (x, y, z) = (try word(), try word(), try word())
        places.append(
          Vector(
            Float(Int16(bitPattern: x)), Float(Int16(bitPattern: y)), Float(Int16(bitPattern: z))))
      }
      var corners: [Mesh.Face] = []
      for _ in 0..<faces {
        let (a, b, c) = (try word(), try word(), try word())
        corners.append(Mesh.Face(Int32(a), Int32(b), Int32(c)))
      }
      meshes.append(
        (String(fields[0]), try Mesh(vertices: places, faces: corners).normalized()))
    }
    return meshes
  }
}
