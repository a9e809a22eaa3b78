import Training

/// A method's course: the loss of new tasks after five steps of adaptation, of the first seed.
struct RaceCurve {
  struct Point: Equatable {
    var step: Double
    var loss: Float
  }

  let points: [Point]

  init(_ row: Standing.Row) {
    guard row.history.series.count > 1 else {
      points = []
      return
    }
    points = LossCurve(row.history.series[1], stride: row.history.stride, smoothing: 0).points
      .map { Point(step: $0.step, loss: $0.raw) }
  }

  /// The last loss at or before a step, or the newest.
  func value(at step: Int?) -> Float? {
    guard let step else { return points.last?.loss }
    return points.last { $0.step <= Double(step) + 0.5 }?.loss
  }

  /// A sign for each method, which marks its curve where colours do not.
  static func sign(_ index: Int) -> Unicode.Scalar {
    let signs = Array("123456789abcdefghijklmnopqrstuvwxyz".unicodeScalars)
    return index < signs.count ? signs[index] : "*"
  }

  /// Where the colours of a theme begin again, lines are dashed.
  static func isDashed(_ index: Int, of colors: Int) -> Bool {
    index / max(colors, 1) % 2 == 1
  }
}
