import Training

/// A series of the history as the loss pane draws it: its raw means, and the same smoothed. Smoothing
/// comes before anything is left out, and both cost what the history holds, not what the run was long.
struct LossCurve {
  struct Point: Equatable {
    /// The middle of the steps it stands for.
    var step: Double
    var raw: Float
    var smooth: Float
  }

  let points: [Point]

  /// - Parameter smoothing: the factor of an exponential mean over the history's buckets; it begins
  ///   unbiased (Adam's correction), so that the first points are no artefact.
  init(_ buckets: [History.Bucket], stride: Int, smoothing: Float) {
    var mean: Float = 0
    var weight: Float = 0
    var points: [Point] = []
    points.reserveCapacity(buckets.count)
    for (index, bucket) in buckets.enumerated() where bucket.count > 0 && bucket.mean.isFinite {
      mean = mean * smoothing + bucket.mean * (1 - smoothing)
      weight = weight * smoothing + (1 - smoothing)
      points.append(
        Point(
          step: (Double(index) + 0.5) * Double(stride) - 0.5, raw: bucket.mean,
          smooth: mean / weight))
    }
    self.points = points
  }

  /// The last point at or before a step.
  func value(at step: Int) -> Point? {
    var low = 0
    var high = points.count
    while low < high {
      let middle = (low + high) / 2
      if points[middle].step <= Double(step) + 0.5 { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? points[low - 1] : points.first
  }

  /// Which way it went lately: the mean of the last sixteenth against that of the one before, with
  /// 2 % of play. Nil without enough points.
  var trend: Trend? {
    let count = min(max(points.count / 16, 4), 64)
    guard points.count >= count * 2 else { return nil }
    func mean(_ part: ArraySlice<Point>) -> Float {
      part.reduce(0) { $0 + $1.raw } / Float(part.count)
    }
    let now = mean(points.suffix(count))
    let before = mean(points.dropLast(count).suffix(count))
    return now < before * 0.98 ? .falling : now > before * 1.02 ? .rising : .level
  }

  enum Trend { case falling, level, rising }
}
