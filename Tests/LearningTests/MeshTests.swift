import Foundation
import Learning
import Testing

/// Meshes read, checked, measured and written.
struct MeshTests {
  static let tetrahedron = """
    OFF # a corner of a cube
    4 4 6
    0 0 0
    1 0 0
    0 1 0
    0 0 1

    3 0 2 1
    3 0 1 3 255 0 0
    3 0 3 2
    3 1 2 3
    """

  private func problem(off text: String) -> String? {
    do throws(Mesh.Problem) {
      _ = try Mesh(off: Data(text.utf8))
      return nil
    } catch { return error.description }
  }

  @Test func readsOFFAndOBJ() throws {
    let mesh = try Mesh(off: Data(Self.tetrahedron.utf8))
    #expect(mesh.vertices.count == 4 && mesh.faces.count == 4)
    #expect(abs(mesh.volume - 1.0 / 6) < 1e-6)
    let cube = """
      # a cube of quadrilaterals
      o cube
      v 0 0 0
      v 1 0 0
      v 1 1 0
      v 0 1 0
      v 0 0 1
      v 1 0 1
      v 1 1 1
      v 0 1 1
      f 4/1/1 3/2/1 2/3/1 1/4/1
      f -4 -3 -2 -1
      f 1 2 6 5
      f 2 3 7 6
      f 3 4 8 7
      f 4 1 5 8
      """
    let box = try Mesh(obj: Data(cube.replacingOccurrences(of: "\n", with: "\r\n").utf8))
    #expect(box.faces.count == 12)
    #expect(abs(box.volume - 1) < 1e-6)
    // Inside out is turned back.
    let turned = try Mesh(
      vertices: box.vertices, faces: box.faces.map { Mesh.Face($0.x, $0.z, $0.y) })
    #expect(abs(turned.volume - 1) < 1e-6)
  }

  @Test func saysWhatIsWrong() {
    let t = Self.tetrahedron
    let count = { (counts: String) in t.replacingOccurrences(of: "4 4 6", with: counts) }
    let last = { (face: String) in t.replacingOccurrences(of: "3 1 2 3", with: face) }
    let tip = { (place: String) in t.replacingOccurrences(of: "0 0 1", with: place) }
    let cases: [(String, String)] = [
      ("", "empty"), ("PLY\n", "OFF"), ("OFF\n", "ends before"), ("OFF\nx y z", "numbers of"),
      ("OFF\n0 0 0", "nothing in it"),
      ("OFF\n8 10000000 0\n", "10000000 faces"),
      (count("4 5 6"), "after 4 of 5 faces"),
      (count("4 3 6"), "correct the counts"),
      (count("9 4 6"), "after 8 of 9 vertices"),
      (tip("0 nan 1"), "no finite number"),
      (tip("0 inf 1"), "no finite number"),
      (t.replacingOccurrences(of: "0 0 1\n", with: "0 0\n"), "three coordinates"),
      (last("3 1 2 7"), "the corner 7"),
      (last("3 1 2 2"), "twice"),
      (last("3 1 2"), "3 corners"),
      (last("3 2 1 3"), "wound against"),
      (String(t.dropLast(2)), "cut short"), (String(t.dropLast(8)), "ends after 3 of 4 faces"),
      (
        count("4 3 6")
          .replacingOccurrences(of: "\n3 1 2 3", with: ""), "open"
      ),
      (
        count("4 5 6") + "\n3 1 2 3", "no manifold"
      ),
      (tip("0.5 0.5 0"), "enclose no volume"),
    ]
    for (text, words) in cases {
      #expect(problem(off: text)?.contains(words) == true, "\(words): \(problem(off: text) ?? "-")")
    }
    #expect(problem(off: t) == nil)
  }

  /// A file that is nothing, whatever it holds, ends in a sentence.
  @Test func anyBytesEndInASentence() {
    for seed in 0..<300 {
      let key = RandomKey(seed: UInt64(seed), stream: .inputs)
      var bytes = Array(Self.tetrahedron.utf8)
      for i in 0..<3 {
        bytes[key.integer(below: bytes.count, index: i)] = UInt8(
          key.integer(below: 256, index: 9 + i))
      }
      bytes = Array(bytes.prefix(key.integer(below: bytes.count + 1, index: 20)))
      for read in [{ try Mesh(off: $0) }, { try Mesh(obj: $0) }] {
        do { _ = try read(Data(bytes)) } catch {
          #expect(!"\(error)".isEmpty)
        }
      }
    }
  }

  /// A vertex that no face has is nowhere in the body.
  @Test func unusedVerticesDoNotCount() throws {
    let text = Self.tetrahedron.replacingOccurrences(of: "4 4 6", with: "5 4 6")
      .replacingOccurrences(of: "0 0 1\n", with: "0 0 1\n1000 0 0\n")
    let (mesh, plain) = (
      try Mesh(off: Data(text.utf8)), try Mesh(off: Data(Self.tetrahedron.utf8))
    )
    #expect(mesh.bounds == plain.bounds)
    #expect(abs(mesh.normalized().volume - plain.normalized().volume) < 1e-6)
  }

  /// What no place of the grid lies in cannot be learned from it.
  @Test func bodiesThinnerThanTheGridAreRefused() throws {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("weft-thin-\(UUID().uuidString).off").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Self.tetrahedron.replacingOccurrences(of: "0 0 1\n", with: "0 0 0.0005\n")
      .write(toFile: path, atomically: true, encoding: .utf8)
    var knobs = KnobValues(Shapes().knobs)
    try knobs.set("data", to: path)
    let error = #expect(throws: KnobError.self) { _ = try Shapes().model(knobs) }
    #expect(error?.description.contains("too thin") == true && error?.isOfData == true)
  }

  @Test func filesAreRefusedWithTheirName() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("weft-meshes-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("a.off").path
    try Self.tetrahedron.write(toFile: path, atomically: true, encoding: .utf8)
    #expect(try Mesh(path: path).faces.count == 4)
    for name in ["missing.off", "a.stl", "folder.off"] {
      let other = folder.appendingPathComponent(name).path
      if name == "folder.off" {
        try FileManager.default.createDirectory(
          atPath: other, withIntermediateDirectories: true)
      }
      let error = #expect(throws: KnobError.self) { try Mesh(path: other) }
      #expect(error?.isOfData == true)
      #expect(error?.description.contains(other) == true)
    }
  }

  @Test func writesWhatItReads() throws {
    let mesh = try #require(
      MarchingTetrahedra.mesh(of: ScalarField(of: AnalyticSolid.sphere(radius: 0.7), side: 12)))
    let read = try Mesh(obj: mesh.file(.obj))
    #expect(read.vertices == mesh.vertices && read.faces == mesh.faces)
    let ply = String(decoding: mesh.file(.ply), as: UTF8.self).split(separator: "\n")
    #expect(ply.contains("element vertex \(mesh.vertices.count)"))
    #expect(ply.count == 9 + mesh.vertices.count + mesh.faces.count)
    let stl = mesh.file(.stl)
    #expect(stl.count == 84 + 50 * mesh.faces.count)
    #expect(
      stl[80..<84].enumerated().reduce(0) { $0 | Int($1.1) << (8 * $1.0) } == mesh.faces.count)
  }

  /// A mesh of a sphere is as far away as the sphere, and winds once around what is inside.
  @Test func aMeshOfASphereIsOne() throws {
    let sphere = AnalyticSolid.sphere(radius: 0.7)
    let solid = MeshSolid(
      try #require(MarchingTetrahedra.mesh(of: ScalarField(of: sphere, side: 32))))
    let numbers = RandomKey(seed: 5, stream: .inputs).uniform(3 * 400, from: -1, to: 1)
    for i in stride(from: 0, to: numbers.count, by: 3) {
      let point = Vector(numbers[i], numbers[i + 1], numbers[i + 2])
      let (own, exact) = (solid.signedDistance(to: point), sphere.signedDistance(to: point))
      #expect(abs(own - exact) < 0.005)
      guard abs(exact) > 0.01 else { continue }
      #expect(solid.contains(point) == (exact < 0))
      #expect(abs(solid.windingNumber(around: point) - (exact < 0 ? 1 : 0)) < 1e-3)
    }
    let points = solid.surface(4000, key: RandomKey(seed: 1, stream: .inputs))
    #expect(points.allSatisfy { abs($0.length - 0.7) < 0.005 })
    // As many on either half.
    for axis in 0..<3 { #expect(abs(points.count { $0[axis] > 0 } - 2000) < 150) }
  }

  /// The hierarchy finds what looking at everything finds, on a mesh with handles.
  @Test func theHierarchyFindsTheNearestFace() throws {
    let mesh = try #require(try EmbeddedMeshes.all.get().first { $0.name == "eight" }).mesh
    let solid = MeshSolid(mesh)
    let numbers = RandomKey(seed: 9, stream: .inputs).uniform(3 * 60, from: -1, to: 1)
    for i in stride(from: 0, to: numbers.count, by: 3) {
      let point = Vector(numbers[i], numbers[i + 1], numbers[i + 2])
      // Points of a fine net over every face.
      var least = Float.infinity
      for face in mesh.faces {
        let (a, b, c) = mesh.corners(of: face)
        for u in 0...8 {
          for v in 0...(8 - u) {
            let place = a + (b - a) * Float(u) / 8 + (c - a) * Float(v) / 8
            least = min(least, (place - point).length)
          }
        }
      }
      let own = abs(solid.signedDistance(to: point))
      #expect(own <= least + 1e-5)
      #expect(own > least - 0.03)
      #expect(solid.contains(point) == (solid.windingNumber(around: point) > 0.5))
    }
  }

  @Test func theEmbeddedMeshesAreClosed() throws {
    let meshes = try EmbeddedMeshes.all.get()
    #expect(meshes.count == 10)
    #expect(Set(meshes.map(\.name)).count == 10)
    for (name, mesh) in meshes {
      let (low, high) = mesh.bounds
      #expect(low.min() >= -0.851 && high.max() <= 0.851, "\(name)")
      #expect(abs((high - low).max() - 1.7) < 1e-3, "\(name)")
      #expect(mesh.volume > 0)
      #expect(SolidTests.edges(mesh).values.allSatisfy { $0 == SIMD2(1, 1) }, "\(name)")
    }
  }
}
