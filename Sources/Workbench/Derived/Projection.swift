import Learning
import Training

/// Contexts seen from their best side: their principal components, the direction of the greatest
/// variance first.
public struct Projection: Sendable, Equatable {
  /// The middle of the contexts, where all coordinates are 0.
  public let mean: [Float]
  /// Orthogonal unit vectors, one a component of a context or, where contexts are few, one for each direction
  /// in which they differ. The largest number of each is positive, so that the picture does not flip from
  /// one step to the next.
  public let axes: [[Float]]
  /// The variance of the contexts along each axis.
  public let variances: [Float]

  /// - Parameter contexts: each of `count` finite numbers; others are left out.
  public init(_ contexts: [[Float]], count: Int) {
    let rows = contexts.filter { $0.count == count && $0.allSatisfy(\.isFinite) }
      .map { $0.map(Double.init) }
    var mean = [Double](repeating: 0, count: count)
    for row in rows { for i in 0..<count { mean[i] += row[i] / Double(rows.count) } }
    if rows.count * 2 < count {
      self.init(few: rows, mean: mean)
    } else {
      self.init(rows, mean: mean)
    }
  }

  private init(_ rows: [[Double]], mean: [Double]) {
    let count = mean.count
    var covariance = [Double](repeating: 0, count: count * count)
    for row in rows {
      for i in 0..<count {
        for j in 0..<count {
          covariance[i * count + j] +=
            (row[i] - mean[i]) * (row[j] - mean[j]) / Double(rows.count)
        }
      }
    }
    let (values, vectors) = symmetricEigen(covariance, count)
    let order = (0..<count).sorted { (values[$1], $0) < (values[$0], $1) }
    self.mean = mean.map(Float.init)
    variances = order.map { Float(max(values[$0], 0)) }
    axes = order.map { column in
      let axis = (0..<count).map { vectors[$0 * count + column] }
      let largest = axis.max { abs($0) < abs($1) } ?? 1
      return axis.map { Float(largest < 0 ? -$0 : $0) }
    }
  }

  /// Of contexts that are much longer than there are of them: their variances are those of the products of
  /// each with each, and what remains of the space has none.
  private init(few rows: [[Double]], mean: [Double]) {
    let centred = rows.map { row in zip(row, mean).map { $0 - $1 } }
    let n = rows.count
    var products = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for j in 0...i {
        let product = zip(centred[i], centred[j]).reduce(0) { $0 + $1.0 * $1.1 } / Double(n)
        products[i * n + j] = product
        products[j * n + i] = product
      }
    }
    let (values, vectors) = symmetricEigen(products, n)
    let most = values.max() ?? 0
    let order = (0..<n).filter { values[$0] > 1e-9 * most }
      .sorted { (values[$1], $0) < (values[$0], $1) }
    self.mean = mean.map(Float.init)
    variances = order.map { Float(values[$0]) }
    axes = order.map { column in
      let length = (values[column] * Double(n)).squareRoot()
      let axis = mean.indices.map { place in
        (0..<n).reduce(0.0) { $0 + vectors[$1 * n + column] * centred[$1][place] } / length
      }
      let largest = axis.max { abs($0) < abs($1) } ?? 1
      return axis.map { Float(largest < 0 ? -$0 : $0) }
    }
  }

  /// Where a context lies along each axis; 0 along those that there are not.
  public func coordinates(of context: [Float]) -> [Float] {
    guard context.count == mean.count else { return Array(repeating: 0, count: mean.count) }
    let along = axes.map { axis in
      axis.indices.reduce(Float(0)) { $0 + axis[$1] * (context[$1] - mean[$1]) }
    }
    return along + Array(repeating: 0, count: mean.count - axes.count)
  }

  /// The share of all variance that lies along some axes, 0…1.
  public func share(of axes: [Int]) -> Float {
    let total = variances.reduce(0, +)
    guard total > 0 else { return 0 }
    return axes.reduce(0) { $0 + (variances.indices.contains($1) ? variances[$1] : 0) } / total
  }
}
