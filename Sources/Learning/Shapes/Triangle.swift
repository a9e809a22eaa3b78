import Foundation

/// A triangle in space.
struct Triangle {
  let a, b, c: Vector

  init(_ corners: (Vector, Vector, Vector)) { (a, b, c) = corners }

  var center: Vector { (a + b + c) / 3 }
  var low: Vector { pointwiseMin(a, pointwiseMin(b, c)) }
  var high: Vector { pointwiseMax(a, pointwiseMax(b, c)) }
  var area: Float { (b - a).cross(c - a).length / 2 }

  /// The nearest of its points (Ericson 2005, "Real-time collision detection", 5.1.5).
  func nearest(to p: Vector) -> Vector {
    let (ab, ac, ap) = (b - a, c - a, p - a)
    let (d1, d2) = (ab.dot(ap), ac.dot(ap))
    if d1 <= 0, d2 <= 0 { return a }
    let bp = p - b
    let (d3, d4) = (ab.dot(bp), ac.dot(bp))
    if d3 >= 0, d4 <= d3 { return b }
    let vc = d1 * d4 - d3 * d2
    if vc <= 0, d1 >= 0, d3 <= 0 { return a + ab * (d1 / (d1 - d3)) }
    let cp = p - c
    let (d5, d6) = (ab.dot(cp), ac.dot(cp))
    if d6 >= 0, d5 <= d6 { return c }
    let vb = d5 * d2 - d1 * d6
    if vb <= 0, d2 >= 0, d6 <= 0 { return a + ac * (d2 / (d2 - d6)) }
    let va = d3 * d6 - d5 * d4
    if va <= 0, d4 - d3 >= 0, d5 - d6 >= 0 {
      return b + (c - b) * ((d4 - d3) / ((d4 - d3) + (d5 - d6)))
    }
    let scale = 1 / (va + vb + vc)
    return a + ab * (vb * scale) + ac * (vc * scale)
  }

  /// Whether a ray from `origin` passes through it (Möller & Trumbore 1997).
  func isHit(from origin: Vector, along direction: Vector) -> Bool {
    let (ab, ac) = (b - a, c - a)
    let p = direction.cross(ac)
    let determinant = ab.dot(p)
    guard abs(determinant) > 1e-12 else { return false }
    let from = origin - a
    let u = from.dot(p) / determinant
    guard u >= 0, u <= 1 else { return false }
    let q = from.cross(ab)
    let v = direction.dot(q) / determinant
    return v >= 0 && u + v <= 1 && ac.dot(q) / determinant > 0
  }

  /// The solid angle it is seen under, positive from behind (van Oosterom & Strackee 1983).
  func solidAngle(from p: Vector) -> Double {
    let (x, y, z) = (SIMD3<Double>(a - p), SIMD3<Double>(b - p), SIMD3<Double>(c - p))
    func dot(_ u: SIMD3<Double>, _ v: SIMD3<Double>) -> Double { (u * v).sum() }
    let (i, j, k) = (dot(x, x).squareRoot(), dot(y, y).squareRoot(), dot(z, z).squareRoot())
    let triple =
      x.x * (y.y * z.z - y.z * z.y) + x.y * (y.z * z.x - y.x * z.z) + x.z * (y.x * z.y - y.y * z.x)
    return 2 * atan2(triple, i * j * k + dot(x, y) * k + dot(y, z) * i + dot(z, x) * j)
  }
}
