/// A value on its range, with marks: `├─────A──◆────┼───────B──┤`.
public struct Slider {
  public struct Mark: Hashable, Sendable {
    public var value: Double
    public var glyph: Unicode.Scalar
    public var style: Style
    public init(_ value: Double, _ glyph: Unicode.Scalar, _ style: Style = .plain) {
      self.value = value
      self.glyph = glyph
      self.style = style
    }
  }

  public enum Track: Hashable, Sendable { case single, double }

  public var value: Double
  public var range: ClosedRange<Double>
  public var marks: [Mark]
  public var track: Track
  public var trackStyle: Style
  public var knobStyle: Style

  public init(
    _ value: Double, in range: ClosedRange<Double>, marks: [Mark] = [], track: Track = .single,
    trackStyle: Style = .plain, knobStyle: Style = .plain
  ) {
    self.value = value
    self.range = range
    self.marks = marks
    self.track = track
    self.trackStyle = trackStyle
    self.knobStyle = knobStyle
  }

  /// The column of a value between the end pieces of a slider of some width; values outside stand
  /// at the ends. Nil where there is no room or the value is not a number.
  public func column(of value: Double, width: Int) -> Int? {
    guard width >= 3, !value.isNaN else { return nil }
    let span = range.upperBound - range.lowerBound
    let position = span > 0 ? min(max((value - range.lowerBound) / span, 0), 1) : 0.5
    return 1 + Int((position * Double(width - 3)).rounded())
  }

  /// The value at a column, for the mouse.
  public func value(atColumn column: Int, width: Int) -> Double {
    let position = Double(column - 1) / Double(max(width - 3, 1))
    return range.lowerBound
      + (range.upperBound - range.lowerBound) * min(max(position, 0), 1)
  }

  /// Draws it on one row.
  public func draw(on canvas: Canvas, x: Int, y: Int, width: Int, _ capabilities: Capabilities) {
    guard width >= 3 else { return }
    let unicode = capabilities.unicode
    let line: Unicode.Scalar =
      unicode ? (track == .single ? "─" : "═") : (track == .single ? "-" : "=")
    for column in 1..<(width - 1) { canvas.put(line, x: x + column, y: y, trackStyle) }
    canvas.put(unicode ? (track == .single ? "├" : "╞") : "|", x: x, y: y, trackStyle)
    canvas.put(unicode ? (track == .single ? "┤" : "╡") : "|", x: x + width - 1, y: y, trackStyle)
    if track == .single, range.lowerBound < 0, range.upperBound > 0,
      let zero = column(of: 0, width: width)
    {
      canvas.put(unicode ? "┼" : "+", x: x + zero, y: y, trackStyle)
    }
    for mark in marks {
      guard let column = column(of: mark.value, width: width) else { continue }
      canvas.put(unicode ? mark.glyph : mark.glyph.ascii, x: x + column, y: y, mark.style)
    }
    if let column = column(of: value, width: width) {
      // Beyond an end an arrow says so.
      let knob: Unicode.Scalar =
        value > range.upperBound ? "▶" : value < range.lowerBound ? "◀" : "◆"
      canvas.put(unicode ? knob : knob.ascii, x: x + column, y: y, knobStyle)
    }
  }
}
