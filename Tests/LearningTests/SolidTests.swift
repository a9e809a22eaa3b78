import Foundation
import Learning
import Testing

/// Bodies in space: distances and volumes against closed forms, and surfaces that close.
struct SolidTests {
  static let solids: [AnalyticSolid] = [
    .sphere(radius: 0.6), .box(half: Vector(0.5, 0.4, 0.6)), .torus(major: 0.55, minor: 0.22),
    .cylinder(radius: 0.4, halfHeight: 0.6), .cone(radius: 0.6, halfHeight: 0.6),
    .union([.sphere(radius: 0.4), .moved(.box(half: Vector(0.2, 0.2, 0.2)), by: Vector(0.4, 0, 0))]
    ),
  ]

  /// Edges of triangles, each with how often it is passed forwards and backwards.
  static func edges(_ mesh: Mesh) -> [SIMD2<Int32>: SIMD2<Int>] {
    var edges: [SIMD2<Int32>: SIMD2<Int>] = [:]
    for face in mesh.faces {
      for (from, to) in [(face.x, face.y), (face.y, face.z), (face.z, face.x)] {
        edges[SIMD2(min(from, to), max(from, to)), default: .zero] &+=
          from < to ? SIMD2(1, 0) : SIMD2(0, 1)
      }
    }
    return edges
  }

  @Test func distancesAreThoseOfClosedForms() {
    let sphere = AnalyticSolid.sphere(radius: 0.5)
    #expect(abs(sphere.signedDistance(to: Vector(0.3, 0, 0.4)) - 0) < 1e-6)
    #expect(abs(sphere.signedDistance(to: .zero) + 0.5) < 1e-6)
    let box = AnalyticSolid.box(half: Vector(0.5, 0.25, 0.125))
    #expect(abs(box.signedDistance(to: Vector(0.8, 0.65, 0)) - 0.5) < 1e-6)
    #expect(abs(box.signedDistance(to: .zero) + 0.125) < 1e-6)
    let torus = AnalyticSolid.torus(major: 0.5, minor: 0.2)
    #expect(abs(torus.signedDistance(to: .zero) - 0.3) < 1e-6)
    #expect(abs(torus.signedDistance(to: Vector(0, 0.5, 0)) + 0.2) < 1e-6)
    let cylinder = AnalyticSolid.cylinder(radius: 0.3, halfHeight: 0.5)
    #expect(abs(cylinder.signedDistance(to: Vector(0.6, 0, 0.9)) - 0.5) < 1e-6)
    let cone = AnalyticSolid.cone(radius: 0.5, halfHeight: 0.5)
    #expect(abs(cone.signedDistance(to: Vector(0, 0, 0.75)) - 0.25) < 1e-6)
    #expect(abs(cone.signedDistance(to: Vector(0, 0, -0.9)) - 0.4) < 1e-6)
    // From the middle the slanted side is nearest: sin of half the opening angle times half the height.
    #expect(abs(cone.signedDistance(to: .zero) + 0.5 / Float(5).squareRoot()) < 1e-6)
  }

  @Test(arguments: solids) func noDistanceChangesFasterThanThePointMoves(solid: AnalyticSolid) {
    let numbers = RandomKey(seed: 3, stream: .inputs).uniform(6 * 500, from: -1, to: 1)
    for i in stride(from: 0, to: numbers.count, by: 6) {
      let a = Vector(numbers[i], numbers[i + 1], numbers[i + 2])
      let b = Vector(numbers[i + 3], numbers[i + 4], numbers[i + 5])
      #expect(
        abs(solid.signedDistance(to: a) - solid.signedDistance(to: b)) <= (a - b).length + 1e-5)
    }
  }

  @Test(arguments: solids) func theirSurfacesAreOnThem(solid: AnalyticSolid) {
    let key = RandomKey(seed: 1, stream: .inputs)
    let points = solid.surface(500, key: key)
    #expect(points.count == 500)
    #expect(points.allSatisfy { abs(solid.signedDistance(to: $0)) < 1e-3 })
    #expect(points == solid.surface(500, key: key))
  }

  /// The surface closes, and encloses what the solid holds.
  @Test(arguments: solids) func marchingTetrahedraClose(solid: AnalyticSolid) throws {
    let field = ScalarField(of: solid, side: 48)
    let mesh = try #require(MarchingTetrahedra.mesh(of: field))
    #expect(Self.edges(mesh).values.allSatisfy { $0 == SIMD2(1, 1) })
    _ = try Mesh(vertices: mesh.vertices, faces: mesh.faces)
    let cell = 8.0 / Double(48 * 48 * 48)
    let counted = Double(field.insideCount) * cell
    // Faces along the grid are counted half a cell wrong.
    #expect(abs(mesh.volume / counted - 1) < 0.06)
    if let volume = solid.volume { #expect(abs(mesh.volume / volume - 1) < 0.02) }
  }

  /// Whatever the numbers are, also at the rim of the grid and where they are none.
  @Test func marchingTetrahedraCloseAnyField() throws {
    for seed in 0..<6 {
      let side = 3 + seed * 2
      var values = RandomKey(seed: UInt64(seed), stream: .inputs).normal(side * side * side)
      values[0] = .nan
      values[1] = -.infinity
      values[2] = 0
      let mesh = try #require(MarchingTetrahedra.mesh(of: ScalarField(side: side, values: values)))
      #expect(Self.edges(mesh).values.allSatisfy { $0.x == $0.y && $0.x == 1 })
      #expect(mesh.vertices.allSatisfy { $0.isFinite })
      #expect(mesh.volume > 0)
    }
    let outside = ScalarField(side: 4, values: Array(repeating: 1, count: 64))
    #expect(MarchingTetrahedra.mesh(of: outside) == nil)
  }

  @Test func aFieldOfASolidHasItsSigns() {
    for solid in Self.solids {
      let field = ScalarField(of: solid, side: 22)
      for index in field.values.indices {
        #expect(
          (field.values[index] < 0)
            == (solid.signedDistance(to: ScalarField.point(index, side: 22)) < 0))
      }
      #expect(field.overlap(field) == 1)
    }
    let (small, large) = (AnalyticSolid.sphere(radius: 0.4), AnalyticSolid.sphere(radius: 0.8))
    let overlap = ScalarField(of: small, side: 64).overlap(ScalarField(of: large, side: 64))
    #expect(abs(overlap - 0.125) < 0.01)
  }

  @Test func aFieldIsLinearBetweenItsNodes() {
    func plane(_ p: Vector) -> Float { 0.3 + 0.5 * p.x - 0.25 * p.y + 2 * p.z }
    let values = (0..<1000).map { plane(ScalarField.point($0, side: 10)) }
    let field = ScalarField(side: 10, values: values)
    for point in [Vector(0.11, -0.7, 0.33), Vector(-0.7, 0.5, -0.1)] {
      #expect(abs(field.value(at: point) - plane(point)) < 1e-5)
      #expect((field.normal(at: point) - Vector(0.5, -0.25, 2).normalized).length < 1e-3)
    }
  }

  @Test func posesTurnAndScale() {
    let pose = Pose(
      quaternion: SIMD4(0.3, -0.5, 0.2, 0.8), scale: 0.7, shift: Vector(0.1, 0.2, -0.1))
    let point = Vector(0.3, -0.4, 0.5)
    #expect((pose.undone(pose.applied(point)) - point).length < 1e-5)
    #expect(abs((pose.applied(point) - pose.applied(.zero)).length - 0.7 * point.length) < 1e-5)
    let box = AnalyticSolid.box(half: Vector(0.5, 0.3, 0.2))
    let posed = PosedSolid(box, pose)
    #expect(
      abs(posed.signedDistance(to: pose.applied(point)) - 0.7 * box.signedDistance(to: point))
        < 1e-5)
    #expect(
      posed.surface(50, key: RandomKey(seed: 0, stream: .inputs)).allSatisfy {
        abs(posed.signedDistance(to: $0)) < 1e-3
      })
  }
}
