/// A course of values in one row: `▁▂▃▅▇`, the newest on the right; gaps where a value is not a
/// number.
public struct Sparkline {
  public var values: [Double]
  public var style: Style
  /// Nil for what fits the values shown.
  public var range: ClosedRange<Double>?

  public init(_ values: [Double], _ style: Style = .plain, range: ClosedRange<Double>? = nil) {
    self.values = values
    self.style = style
    self.range = range
  }

  private static let bars: [Unicode.Scalar] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
  private static let asciiBars: [Unicode.Scalar] = ["_", ".", "-", "=", "+", "*", "#"]

  /// The glyphs for the last `width` values.
  public func glyphs(width: Int, _ capabilities: Capabilities) -> [Unicode.Scalar] {
    let shown = values.suffix(max(width, 0))
    let finite = shown.lazy.filter(\.isFinite)
    let low = range?.lowerBound ?? finite.min() ?? 0
    let high = range?.upperBound ?? finite.max() ?? 1
    let bars = capabilities.unicode ? Sparkline.bars : Sparkline.asciiBars
    return shown.map { value in
      guard value.isFinite else { return " " }
      // All the same is a line in the middle, not noise at the bottom.
      let position = high > low ? min(max((value - low) / (high - low), 0), 1) : 0.4
      return bars[Int((position * Double(bars.count - 1)).rounded())]
    }
  }

  public func draw(on canvas: Canvas, x: Int, y: Int, width: Int, _ capabilities: Capabilities) {
    let glyphs = glyphs(width: width, capabilities)
    for (index, glyph) in glyphs.enumerated() {
      canvas.put(glyph, x: x + width - glyphs.count + index, y: y, style)
    }
  }
}
