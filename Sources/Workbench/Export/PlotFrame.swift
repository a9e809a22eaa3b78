import Foundation

/// Axes of a picture: where a pair of numbers lies on it.
struct PlotFrame {
  var left = 64.0
  var top = 36.0
  var width = 620.0
  var height = 320.0
  let x: ClosedRange<Double>
  let y: ClosedRange<Double>
  /// Powers of ten stand equally far apart.
  let isLogarithmic: Bool

  /// Ranges that fit all the finite numbers; a logarithmic axis shows only those above zero.
  /// - Parameter margin: the share of its width that is left free at both ends of the x axis.
  init(
    x: some Sequence<Float>, y: some Sequence<Float>, isLogarithmic: Bool = false,
    margin: Double = 0
  ) {
    self.isLogarithmic = isLogarithmic
    self.x = PlotFrame.range(x.map(Double.init), margin: margin)
    let values = y.map(Double.init)
    self.y = PlotFrame.range(
      isLogarithmic ? values.filter { $0 > 0 }.map { log10($0) } : values, margin: 0.05)
  }

  private static func range(_ values: [Double], margin: Double = 0) -> ClosedRange<Double> {
    let finite = values.filter(\.isFinite)
    guard let low = finite.min(), let high = finite.max() else { return 0...1 }
    guard high > low else { return low - 0.5...high + 0.5 }
    let space = (high - low) * margin
    return low - space...high + space
  }

  /// Nil where a number is not finite, or not above zero on a logarithmic axis.
  func point(_ x: Float, _ y: Float) -> (x: Double, y: Double)? {
    let y = isLogarithmic ? (y > 0 ? log10(Double(y)) : .nan) : Double(y)
    let x = Double(x)
    guard x.isFinite, y.isFinite else { return nil }
    return (
      left + (x - self.x.lowerBound) / (self.x.upperBound - self.x.lowerBound) * width,
      top + height - (y - self.y.lowerBound) / (self.y.upperBound - self.y.lowerBound) * height
    )
  }

  /// Axis lines, ticks and a title.
  func draw(on svg: inout SVG, title: String, xLabel: String, yLabel: String) {
    svg.text(title, x: left, y: 20, size: 14)
    svg.rect(x: left, y: top, width: width, height: height, fill: nil, stroke: svg.subdued)
    for tick in PlotFrame.ticks(x) {
      let place = left + (tick - x.lowerBound) / (x.upperBound - x.lowerBound) * width
      svg.line((place, top + height), (place, top + height + 4), stroke: svg.subdued)
      svg.text(tick.short, x: place, y: top + height + 17, fill: svg.subdued, anchor: .middle)
    }
    let steps = isLogarithmic ? PlotFrame.decades(y) : PlotFrame.ticks(y)
    for tick in steps {
      let place = top + height - (tick - y.lowerBound) / (y.upperBound - y.lowerBound) * height
      svg.line((left, place), (left + width, place), stroke: svg.subdued, width: 0.3)
      let label = isLogarithmic ? pow(10, tick).short : tick.short
      svg.text(label, x: left - 6, y: place + 4, fill: svg.subdued, anchor: .end)
    }
    svg.text(yLabel, x: 8, y: top - 6, fill: svg.subdued)
    svg.text(
      xLabel, x: left + width, y: top + height + 32, fill: svg.subdued, anchor: .end)
  }

  /// Whole powers of ten; ordinary ticks where there are fewer than two.
  private static func decades(_ range: ClosedRange<Double>) -> [Double] {
    let first = range.lowerBound.rounded(.up)
    let last = range.upperBound.rounded(.down)
    guard last - first >= 1 else { return ticks(range) }
    let step = max(((last - first) / 8).rounded(.up), 1)
    return Array(stride(from: first, through: last, by: step))
  }

  /// Round numbers 1, 2 or 5 · 10ⁿ apart, about six of them.
  static func ticks(_ range: ClosedRange<Double>) -> [Double] {
    let span = range.upperBound - range.lowerBound
    guard span > 0, span.isFinite else { return [] }
    let power = pow(10, log10(span / 6).rounded(.down))
    let step = [1, 2, 5, 10].map { $0 * power }.first { span / $0 <= 7 } ?? 10 * power
    let first = (range.lowerBound / step).rounded(.up)
    let last = (range.upperBound / step).rounded(.down)
    guard first <= last, last - first < 100 else { return [] }
    return stride(from: first, through: last, by: 1).map { $0 * step }
  }
}
