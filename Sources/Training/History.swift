/// The course of every loss since step 0, in bounded memory: when it is full, neighbouring buckets
/// merge and each holds twice as many steps. Appending is O(1) amortised and a picture costs O(width)
/// however long the run.
public struct History: Sendable, Equatable {
  /// A stretch of steps of one series.
  public struct Bucket: Sendable, Equatable {
    public var mean: Float
    public var low: Float
    public var high: Float
    /// How many numbers it sums up; 0 means none.
    public var count: Int

    /// Bit for bit, so that empty ones, whose numbers are NaN, are equal too.
    public static func == (a: Bucket, b: Bucket) -> Bool {
      a.count == b.count && a.mean.bitPattern == b.mean.bitPattern
        && a.low.bitPattern == b.low.bitPattern && a.high.bitPattern == b.high.bitPattern
    }

    public static let empty = Bucket(mean: .nan, low: .nan, high: .nan, count: 0)

    public init(mean: Float, low: Float, high: Float, count: Int) {
      self.mean = mean
      self.low = low
      self.high = high
      self.count = count
    }

    /// Both stretches as one.
    public func merged(with other: Bucket) -> Bucket {
      if count == 0 { return other }
      if other.count == 0 { return self }
      let total = count + other.count
      let share = Float(other.count) / Float(total)
      return Bucket(
        mean: mean + (other.mean - mean) * share, low: min(low, other.low),
        high: max(high, other.high), count: total)
    }
  }

  public static let capacity = 2048

  /// Steps a bucket: a power of two.
  public private(set) var stride = 1
  /// One array of buckets a series; bucket i covers steps `i * stride ..< (i + 1) * stride`.
  public private(set) var series: [[Bucket]]

  public init(seriesCount: Int) {
    series = Array(repeating: [], count: seriesCount)
  }

  /// A history read from a file. Nil where the numbers cannot be one.
  public init?(stride: Int, series: [[Bucket]]) {
    guard stride > 0, stride.nonzeroBitCount == 1, stride < 1 << 48,
      series.allSatisfy({ $0.count <= History.capacity })
    else { return nil }
    self.stride = stride
    self.series = series
  }

  /// Adds a number to a series at a step (not before steps that are already there). Numbers that are
  /// not finite leave no trace: they would swallow the bucket they fall into.
  public mutating func append(_ value: Float, to index: Int, step: Int) {
    guard value.isFinite else { return }
    while step / stride >= History.capacity { halve() }
    let bucket = step / stride
    while series[index].count <= bucket { series[index].append(.empty) }
    series[index][bucket] = series[index][bucket].merged(
      with: Bucket(mean: value, low: value, high: value, count: 1))
  }

  /// The first series in at most `count` numbers.
  public func thumbnail(_ count: Int) -> [Float] {
    let filled = series.first?.filter { $0.count > 0 } ?? []
    guard filled.count > count else { return filled.map(\.mean) }
    return (0..<count).map { i in
      let part = filled[i * filled.count / count..<(i + 1) * filled.count / count]
      return part.dropFirst().reduce(part[part.startIndex]) { $0.merged(with: $1) }.mean
    }
  }

  private mutating func halve() {
    stride *= 2
    for index in series.indices {
      let old = series[index]
      series[index] = Swift.stride(from: 0, to: old.count, by: 2).map { i in
        i + 1 < old.count ? old[i].merged(with: old[i + 1]) : old[i]
      }
    }
  }
}
