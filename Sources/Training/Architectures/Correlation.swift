import Foundation

/// How two rows of numbers go together, with 95 % intervals.
public struct Correlation: Sendable, Equatable {
  public struct Measure: Sendable, Equatable {
    public var value: Double
    public var low: Double
    public var high: Double

    /// - Parameter deviation: of the value's inverse hyperbolic tangent.
    fileprivate init(_ value: Double, deviation: Double) {
      // At ±1 there is no interval.
      let z = atanh(min(max(value, -0.999_999), 0.999_999))
      (self.value, low, high) = (value, tanh(z - 1.96 * deviation), tanh(z + 1.96 * deviation))
    }
  }

  /// Of the numbers: Fisher's interval (1915).
  public var pearson: Measure
  /// Of their order, ties taken out (τ_b, Kendall 1945): the interval of Fieller, Hartley & Pearson
  /// (1957).
  public var kendall: Measure
  public var count: Int

  /// Nil of fewer than five pairs, and where one row is all the same.
  public init?(_ pairs: [(Float, Float)]) {
    let pairs = pairs.filter { $0.0.isFinite && $0.1.isFinite }
    guard pairs.count >= 5 else { return nil }
    let n = Double(pairs.count)
    let (meanX, meanY) = (
      pairs.reduce(0) { $0 + Double($1.0) } / n, pairs.reduce(0) { $0 + Double($1.1) } / n
    )
    var (xx, yy, xy) = (0.0, 0.0, 0.0)
    for (x, y) in pairs {
      let (a, b) = (Double(x) - meanX, Double(y) - meanY)
      (xx, yy, xy) = (xx + a * a, yy + b * b, xy + a * b)
    }
    var (order, tiedX, tiedY) = (0.0, 0.0, 0.0)
    for i in pairs.indices {
      for j in pairs.indices[..<i] {
        let (a, b) = (pairs[i].0 - pairs[j].0, pairs[i].1 - pairs[j].1)
        if a == 0 { tiedX += 1 }
        if b == 0 { tiedY += 1 }
        if a != 0, b != 0 { order += (a > 0) == (b > 0) ? 1 : -1 }
      }
    }
    let all = n * (n - 1) / 2
    guard xx > 0, yy > 0, tiedX < all, tiedY < all else { return nil }
    count = pairs.count
    pearson = Measure(xy / (xx * yy).squareRoot(), deviation: 1 / (n - 3).squareRoot())
    kendall = Measure(
      order / ((all - tiedX) * (all - tiedY)).squareRoot(),
      deviation: (0.437 / (n - 4)).squareRoot())
  }
}
