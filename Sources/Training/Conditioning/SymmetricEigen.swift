/// Eigenvalues and eigenvectors (in columns) of a symmetric matrix by Jacobi's rotations: each one
/// makes a pair of off-diagonal numbers zero.
package func symmetricEigen(
  _ matrix: [Double], _ n: Int
) -> (values: [Double], vectors: [Double]) {
  var a = matrix
  var v = [Double](repeating: 0, count: n * n)
  for i in 0..<n { v[i * n + i] = 1 }
  let size = (0..<n).reduce(0) { $0 + abs(a[$1 * n + $1]) }
  for _ in 0..<50 {
    var rest = 0.0
    for p in 0..<n {
      for q in p + 1..<max(n, p + 1) {
        rest += abs(a[p * n + q])
        guard abs(a[p * n + q]) > 1e-300 else { continue }
        let theta = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q])
        let t = (theta < 0 ? -1 : 1) / (abs(theta) + (theta * theta + 1).squareRoot())
        let c = 1 / (t * t + 1).squareRoot()
        let s = t * c
        for k in 0..<n {
          let (kp, kq) = (a[k * n + p], a[k * n + q])
          a[k * n + p] = c * kp - s * kq
          a[k * n + q] = s * kp + c * kq
        }
        for k in 0..<n {
          let (pk, qk) = (a[p * n + k], a[q * n + k])
          a[p * n + k] = c * pk - s * qk
          a[q * n + k] = s * pk + c * qk
          let (vp, vq) = (v[k * n + p], v[k * n + q])
          v[k * n + p] = c * vp - s * vq
          v[k * n + q] = s * vp + c * vq
        }
      }
    }
    if rest <= size * 1e-14 { break }
  }
  return ((0..<n).map { a[$0 * n + $0] }, v)
}

/// The singular values of a matrix J, not in order: the roots of the eigenvalues of JᵀJ, [n, n]; not
/// numbers where one of JᵀJ's is none.
func singularValues(gram: [Double], _ n: Int) -> [Double] {
  guard gram.allSatisfy(\.isFinite) else { return Array(repeating: .nan, count: n) }
  return symmetricEigen(gram, n).values.map { max($0, 0).squareRoot() }
}
