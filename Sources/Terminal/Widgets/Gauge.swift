/// How much of something is done: `███████▌░░░░░`, to an eighth of a column.
public struct Gauge {
  /// 0…1.
  public var fraction: Double
  public var style: Style
  public var restStyle: Style

  public init(_ fraction: Double, _ style: Style = .plain, restStyle: Style = .plain) {
    self.fraction = fraction.isNaN ? 0 : min(max(fraction, 0), 1)
    self.style = style
    self.restStyle = restStyle
  }

  public func draw(on canvas: Canvas, x: Int, y: Int, width: Int, _ capabilities: Capabilities) {
    guard width > 0 else { return }
    let parts = capabilities.unicode ? 8 : 1
    let eighths = Int((fraction * Double(width * parts)).rounded())
    for column in 0..<width {
      let filled = eighths - column * parts
      if filled >= parts {
        canvas.put(capabilities.unicode ? "█" : "#", x: x + column, y: y, style)
      } else if filled > 0, let glyph = Unicode.Scalar(0x2590 - UInt32(filled)) {
        canvas.put(glyph, x: x + column, y: y, style)
      } else {
        canvas.put(capabilities.unicode ? "░" : "-", x: x + column, y: y, restStyle)
      }
    }
  }
}
