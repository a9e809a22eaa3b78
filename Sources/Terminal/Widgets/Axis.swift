/// A range of values laid along a line, linear or logarithmic.
public struct Axis: Hashable, Sendable {
  public enum Scale: Hashable, Sendable { case linear, log }

  /// The values at both ends, always finite, `lower < upper`, and above 0 where logarithmic.
  public let lower: Double
  public let upper: Double
  public let scale: Scale
  /// The lower end and the length as they count on a logarithmic axis; a curve asks a thousand times.
  private let origin: Double
  private let span: Double

  /// Numbers so small are as good as 0.
  private static let smallest = 1e-200

  /// Ends in the wrong order, equal, not finite or (logarithmic) not positive are mended.
  public init(_ lower: Double, _ upper: Double, _ scale: Scale = .linear) {
    // A quarter of the range of Double leaves room for differences.
    func finite(_ value: Double, or other: Double) -> Double {
      value.isNaN ? other : min(max(value, -1e300), 1e300)
    }
    var low = finite(min(lower, upper), or: 0)
    var high = finite(max(lower, upper), or: 1)
    switch scale {
    case .linear:
      // Where neighbouring numbers are as far apart as dots, a curve would be noise.
      if high - low <= max(abs(low), abs(high), Axis.smallest) * 1e-12 {
        let margin = abs(low) < Axis.smallest ? 1 : abs(low) * 0.1
        low -= margin
        high += margin
      }
    case .log:
      if high <= Axis.smallest { (low, high) = (0.1, 1) }
      low = max(low, high * 1e-12)
      if high / low < 1 + 1e-9 {
        low /= 2
        high *= 2
      }
    }
    self.lower = low
    self.upper = high
    self.scale = scale
    origin = scale == .log ? Numbers.logarithm(low) : low
    span = (scale == .log ? Numbers.logarithm(high) : high) - origin
  }

  /// Around the finite values given, with a margin (a share of the length) at both ends.
  public init(
    fitting values: some Sequence<Double>, _ scale: Scale = .linear, margin: Double = 0
  ) {
    var low = Double.infinity
    var high = -Double.infinity
    for value in values where value.isFinite && (scale == .linear || value > 0) {
      low = min(low, value)
      high = max(high, value)
    }
    guard low <= high else {
      self.init(scale == .linear ? 0 : 0.1, 1, scale)
      return
    }
    let bare = Axis(low, high, scale)
    self.init(bare.value(at: -margin), bare.value(at: 1 + margin), scale)
  }

  /// Where a value lies: 0 at `lower`, 1 at `upper`, beyond for values outside; NaN for what has no
  /// place (0 and less on a logarithmic axis).
  public func position(of value: Double) -> Double {
    switch scale {
    case .linear: return (value - origin) / span
    case .log: return value > 0 ? (Numbers.logarithm(value) - origin) / span : .nan
    }
  }

  /// The value at a position, the inverse of `position(of:)`.
  public func value(at position: Double) -> Double {
    switch scale {
    case .linear: return origin + span * position
    case .log: return Numbers.exponential(origin + span * position)
    }
  }

  public struct Tick: Hashable, Sendable {
    public var value: Double
    public var label: String
  }

  /// How numbers on an axis are written: `counts` with k and M.
  public enum Labels: Hashable, Sendable { case numbers, counts }

  /// At most so many ticks at round values. Logarithmic: powers of ten, and 2 and 5 times these
  /// where fewer than two powers lie inside; evenly spaced values where even these are too few.
  public func ticks(atMost limit: Int, _ labels: Labels = .numbers) -> [Tick] {
    guard limit > 0 else { return [] }
    if scale == .log {
      let found = logarithmicTicks(atMost: limit)
      if found.count >= min(limit, 2) { return found }
    }
    return linearTicks(atMost: limit, labels)
  }

  private func linearTicks(atMost limit: Int, _ labels: Labels) -> [Tick] {
    let span = upper - lower
    var step = Numbers.power(10, Int(Numbers.logarithm(span / Double(limit)).rounded(.down)))
    let factors = [1.0, 2, 5, 10, 20, 50]
    // A tick more than steps fit into the span, when the ends themselves are round.
    step *=
      factors.first { factor in
        let wide = step * factor
        return (upper / wide + 1e-9).rounded(.down) - (lower / wide - 1e-9).rounded(.up)
          < Double(limit)
      } ?? 100
    guard step > 0, step.isFinite else { return [] }
    let first = (lower / step - 1e-9).rounded(.up)
    let last = (upper / step + 1e-9).rounded(.down)
    guard abs(first) < 1e15, abs(last) < 1e15 else { return [] }
    // One number alone gives no scale: then the ends, and 0 between them.
    guard last > first || limit < 2 else { return endTicks(atMost: limit, labels) }
    let decimals = max(0, -Int((Numbers.logarithm(step) + 1e-9).rounded(.down)))
    let large = max(abs(lower), abs(upper))
    return stride(from: first, through: last, by: 1).compactMap { index in
      let value = index * step
      // On a logarithmic axis rounding must not lead to 0.
      guard scale == .linear || value >= lower * (1 - 1e-9) else { return nil }
      let label =
        labels == .counts && large >= 1000
        ? Numbers.count(value)
        : decimals > 4 || large >= 1e6
          ? Numbers.general(value) : Numbers.fixed(value, decimals)
      return Tick(value: value, label: label)
    }
  }

  private func endTicks(atMost limit: Int, _ labels: Labels) -> [Tick] {
    let values = limit >= 3 && lower < 0 && upper > 0 ? [lower, 0, upper] : [lower, upper]
    return values.map {
      Tick(value: $0, label: labels == .counts ? Numbers.count($0) : Numbers.general($0, 2))
    }
  }

  private func logarithmicTicks(atMost limit: Int) -> [Tick] {
    let first = Int((Numbers.logarithm(lower) - 1e-9).rounded(.up))
    let last = Int((Numbers.logarithm(upper) + 1e-9).rounded(.down))
    if last - first >= 1 {
      let step = (last - first) / limit + 1
      return stride(from: first, through: last, by: 1)
        // Counted from 10⁰, so that the labels stay when the range grows.
        .filter { $0 % step == 0 }
        .map { Tick(value: Numbers.power(10, $0), label: logarithmicLabel(1, $0)) }
    }
    var ticks: [Tick] = []
    for exponent in (first - 1)...(last + 1) {
      for factor in [1, 2, 5] {
        let value = Double(factor) * Numbers.power(10, exponent)
        if value >= lower * (1 - 1e-9), value <= upper * (1 + 1e-9) {
          ticks.append(Tick(value: value, label: logarithmicLabel(factor, exponent)))
        }
      }
    }
    return ticks.count <= limit ? ticks : Array(ticks.prefix(limit))
  }

  private func logarithmicLabel(_ factor: Int, _ exponent: Int) -> String {
    "\(factor)e\(exponent < 0 ? "-" : "+")\(abs(exponent))"
  }
}
