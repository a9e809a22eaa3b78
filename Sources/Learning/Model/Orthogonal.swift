/// Orthogonal matrices of random ones.
enum Orthogonal {
  /// Makes the columns of a matrix orthonormal, one after the other, by what is left of each beside
  /// those before it (Gram and Schmidt, twice, in double precision).
  /// - Parameters:
  ///   - values: the matrix, row by row; it has at least as many rows as `columns`.
  ///   - width: numbers of a row.
  static func orthonormalize(
    _ values: UnsafeMutableBufferPointer<Float>, columns: Range<Int>, of width: Int
  ) {
    let rows = values.count / width
    var done: [[Double]] = []
    for column in columns {
      var vector = (0..<rows).map { Double(values[$0 * width + column]) }
      for _ in 0..<2 {
        for other in done {
          var product = 0.0
          for i in 0..<rows { product += vector[i] * other[i] }
          for i in 0..<rows { vector[i] -= product * other[i] }
        }
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        for i in 0..<rows { vector[i] /= length }
      }
      for i in 0..<rows { values[i * width + column] = Float(vector[i]) }
      done.append(vector)
    }
  }
}
