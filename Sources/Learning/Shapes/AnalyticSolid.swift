import Foundation

/// A solid whose distance is known in closed form, around the origin; round ones stand along z. The
/// formulas are Inigo Quilez's ("3D SDFs", iquilezles.org).
package indirect enum AnalyticSolid: Hashable, Sendable {
  case sphere(radius: Float)
  /// Half of its sides' lengths.
  case box(half: Vector)
  /// The circle in its middle, and the radius of the tube around that.
  case torus(major: Float, minor: Float)
  case cylinder(radius: Float, halfHeight: Float)
  /// A base of some radius at −halfHeight and the tip at halfHeight.
  case cone(radius: Float, halfHeight: Float)
  case moved(AnalyticSolid, by: Vector)
  case union([AnalyticSolid])

  /// What it holds; nil for unions, whose parts overlap.
  package var volume: Double? {
    switch self {
    case .sphere(let radius): 4 / 3 * .pi * pow(Double(radius), 3)
    case .box(let half): 8 * Double(half.x) * Double(half.y) * Double(half.z)
    case .torus(let major, let minor):
      2 * .pi * .pi * Double(major) * Double(minor) * Double(minor)
    case .cylinder(let radius, let halfHeight):
      2 * .pi * Double(radius) * Double(radius) * Double(halfHeight)
    case .cone(let radius, let halfHeight):
      2 / 3 * .pi * Double(radius) * Double(radius) * Double(halfHeight)
    case .moved(let solid, _): solid.volume
    case .union: nil
    }
  }
}

extension AnalyticSolid: Solid {
  package func signedDistance(to point: Vector) -> Float {
    let radial = (point.x * point.x + point.y * point.y).squareRoot()
    switch self {
    case .sphere(let radius): return point.length - radius
    case .box(let half):
      let beyond = Vector(abs(point.x), abs(point.y), abs(point.z)) - half
      return pointwiseMax(beyond, .zero).length + min(beyond.max(), 0)
    case .torus(let major, let minor):
      let across = radial - major
      return (across * across + point.z * point.z).squareRoot() - minor
    case .cylinder(let radius, let halfHeight):
      let beyond = SIMD2(radial - radius, abs(point.z) - halfHeight)
      let out = pointwiseMax(beyond, .zero)
      return (out * out).sum().squareRoot() + min(beyond.max(), 0)
    case .cone(let radius, let halfHeight):
      return Self.cone(radius, halfHeight, SIMD2(radial, point.z))
    case .moved(let solid, let shift): return solid.signedDistance(to: point - shift)
    case .union(let solids):
      return solids.reduce(.greatestFiniteMagnitude) { min($0, $1.signedDistance(to: point)) }
    }
  }

  /// In the half plane (distance from the axis, height): to the base or to the slanted side.
  private static func cone(_ radius: Float, _ half: Float, _ q: SIMD2<Float>) -> Float {
    let base = SIMD2(q.x - min(q.x, q.y < 0 ? radius : 0), abs(q.y) - half)
    let (tip, side) = (SIMD2(0, half), SIMD2(-radius, 2 * half))
    let along = min(max(((tip - q) * side).sum() / (side * side).sum(), 0), 1)
    let slant = q - tip + side * along
    let isInside = slant.x < 0 && base.y < 0
    let distance = min((base * base).sum(), (slant * slant).sum()).squareRoot()
    return isInside ? -distance : distance
  }

  /// Points near the surface fall onto it: those of a thin shell, evenly drawn from the cube around it.
  package func surface(_ count: Int, key: RandomKey) -> [Vector] {
    let (shell, batch): (Float, Int) = (0.04, 4096)
    var points: [Vector] = []
    points.reserveCapacity(count)
    // A surface that is nowhere in the cube must not be looked for without end.
    for round in 0..<max(count, 64) where points.count < count {
      var key = key
      key.step = key.step &* 1_000_003 &+ UInt64(round)
      let numbers = key.uniform(3 * batch, from: -1, to: 1)
      for i in 0..<batch where points.count < count {
        var point = Vector(numbers[3 * i], numbers[3 * i + 1], numbers[3 * i + 2])
        guard abs(signedDistance(to: point)) < shell else { continue }
        for _ in 0..<3 { point -= signedDistance(to: point) * normal(at: point) }
        if abs(signedDistance(to: point)) < 1e-3 { points.append(point) }
      }
    }
    return points
  }
}
