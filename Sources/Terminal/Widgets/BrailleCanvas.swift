/// Points and lines at 2 × 4 dots a cell. It is drawn in layers, each in a style; a cell shows the
/// dots of all of them in the style of the last one that touched it. Cells without a dot leave what
/// lies below.
public struct BrailleCanvas {
  /// In cells.
  public let size: Size
  /// In dots: 2 × width and 4 × height.
  public var dotWidth: Int { size.width * 2 }
  public var dotHeight: Int { size.height * 4 }

  private var dots: [UInt8]
  private var layer: [UInt8]
  private var styles: [Style] = []
  private var dash = 0
  private var covers = false

  public init(_ size: Size) {
    self.size = Size(max(size.width, 0), max(size.height, 0))
    dots = Array(repeating: 0, count: self.size.width * self.size.height)
    layer = dots
  }

  /// What comes now is in this style, above what came before. Beyond 255 layers the last one stays.
  /// - Parameters:
  ///   - dash: lines have gaps of so many dots between pieces of so many dots; 0 for none.
  ///   - covers: takes the dots of what lies below out of the cells it touches, so that a line
  ///     stays thin above a band of noise.
  public mutating func layer(_ style: Style, dash: Int = 0, covers: Bool = false) {
    self.dash = max(dash, 0)
    self.covers = covers
    if styles.count == 255 { styles.removeLast() }
    styles.append(style)
  }

  /// Sets a dot; (0, 0) is the top left one. Outside nothing happens.
  public mutating func set(_ x: Int, _ y: Int) {
    guard x >= 0, y >= 0, x < dotWidth, y < dotHeight else { return }
    if styles.isEmpty { styles.append(.plain) }
    let cell = (y >> 2) * size.width + (x >> 1)
    let top = UInt8(styles.count - 1)
    if covers, layer[cell] != top { dots[cell] = 0 }
    dots[cell] |= BrailleCanvas.bit(x & 1, y & 3)
    layer[cell] = top
  }

  /// A straight line, both ends included. Ends may lie far outside; not a number draws nothing.
  public mutating func line(_ x0: Double, _ y0: Double, _ x1: Double, _ y1: Double) {
    guard let ends = clip(x0, y0, x1, y1) else { return }
    var (x, y) = (Int(ends.x0.rounded()), Int(ends.y0.rounded()))
    let (endX, endY) = (Int(ends.x1.rounded()), Int(ends.y1.rounded()))
    let (dx, dy) = (abs(endX - x), -abs(endY - y))
    let (stepX, stepY) = (x < endX ? 1 : -1, y < endY ? 1 : -1)
    var error = dx + dy
    while true {
      // Counted by column (by row where it is steep), so that short pieces join into even dashes.
      if dash == 0 || ((dx > -dy ? x : y) / dash) % 2 == 0 { set(x, y) }
      if x == endX && y == endY { return }
      let twice = 2 * error
      if twice >= dy {
        error += dy
        x += stepX
      }
      if twice <= dx {
        error += dx
        y += stepY
      }
    }
  }

  /// Lines from point to point; a point that is not a number leaves a gap, a lone one is a dot.
  public mutating func polyline(_ points: [(x: Double, y: Double)]) {
    var previous: (x: Double, y: Double)?
    for point in points {
      guard point.x.isFinite, point.y.isFinite else {
        previous = nil
        continue
      }
      let start = previous ?? point
      line(start.x, start.y, point.x, point.y)
      previous = point
    }
  }

  /// Liang–Barsky: the part of a line inside the dots, nil where there is none.
  private func clip(
    _ x0: Double, _ y0: Double, _ x1: Double, _ y1: Double
  ) -> (x0: Double, y0: Double, x1: Double, y1: Double)? {
    guard x0.isFinite, y0.isFinite, x1.isFinite, y1.isFinite, dotWidth > 0, dotHeight > 0 else {
      return nil
    }
    let (dx, dy) = (x1 - x0, y1 - y0)
    guard dx.isFinite, dy.isFinite else { return nil }
    var (start, end) = (0.0, 1.0)
    // Half a dot more on each side, so that rounding decides at the edge.
    let edges = [
      (-dx, x0 + 0.5), (dx, Double(dotWidth) - 0.5 - x0),
      (-dy, y0 + 0.5), (dy, Double(dotHeight) - 0.5 - y0),
    ]
    for (slope, distance) in edges {
      if slope == 0 {
        if distance < 0 { return nil }
      } else if slope < 0 {
        start = max(start, distance / slope)
      } else {
        end = min(end, distance / slope)
      }
    }
    guard start <= end else { return nil }
    return (x0 + start * dx, y0 + start * dy, x0 + end * dx, y0 + end * dy)
  }

  /// Shows it at the top left of a canvas.
  public func draw(on canvas: Canvas, _ capabilities: Capabilities) {
    for y in 0..<min(size.height, canvas.height) {
      for x in 0..<min(size.width, canvas.width) {
        let cell = y * size.width + x
        guard dots[cell] != 0 else { continue }
        let background = canvas.cell(x: x, y: y)?.style.background ?? .standard
        var style = styles[Int(layer[cell])]
        if style.background == .standard { style.background = background }
        canvas.put(BrailleCanvas.glyph(dots[cell], capabilities), x: x, y: y, style)
      }
    }
  }

  static func glyph(_ dots: UInt8, _ capabilities: Capabilities) -> Unicode.Scalar {
    guard capabilities.unicode else { return ascii(dots) }
    return Unicode.Scalar(0x2800 + UInt32(dots)) ?? " "
  }

  /// The dots as one ASCII sign: upper half `'`, lower half `.`, both `:`.
  static func ascii(_ dots: UInt8) -> Unicode.Scalar {
    let upper = dots & 0b0001_1011 != 0
    let lower = dots & 0b1110_0100 != 0
    return upper ? (lower ? ":" : "'") : (lower ? "." : " ")
  }

  /// Braille numbers its dots 1 2 3 down the left, 4 5 6 down the right, 7 and 8 below.
  private static func bit(_ x: Int, _ y: Int) -> UInt8 {
    y == 3 ? (x == 0 ? 0x40 : 0x80) : 1 << UInt8(y + 3 * x)
  }
}
