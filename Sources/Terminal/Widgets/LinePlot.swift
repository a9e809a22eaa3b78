/// Curves over a common x, with axes and a crosshair.
///
///     1e+0┤⢆      ┊
///         │ ⠣⡀    ┊
///     1e-1┤  ⠈⠒⢄⣀⣀┊⣀
///         0   4k  ┊8k  step
///
/// One picture costs O(points in view + width): whoever has a long history gives it decimated.
public struct LinePlot {
  public struct Series {
    public enum Mark: Hashable, Sendable {
      /// Lines between neighbours; what is not a number leaves a gap.
      case line
      /// Lines with gaps: another curve is told from this one without colour.
      case dashes
      /// A glyph at each point.
      case points(Unicode.Scalar)
    }
    public var points: [(x: Double, y: Double)]
    public var style: Style
    public var mark: Mark

    /// Points with growing x. Later series are drawn above earlier ones: a faint raw curve comes
    /// before its smoothed one.
    public init(_ points: [(x: Double, y: Double)], _ style: Style, mark: Mark = .line) {
      self.points = points
      self.style = style
      self.mark = mark
    }
  }

  public var series: [Series]
  /// Nil for what fits the series.
  public var xRange: ClosedRange<Double>?
  public var yRange: ClosedRange<Double>?
  public var yScale: Axis.Scale
  public var xLabels: Axis.Labels
  /// Set at the right end of the row of x labels.
  public var xName: String
  /// The x of the crosshair.
  public var crosshair: Double?
  /// Whether a dotted line marks y = 0 where it is in view.
  public var zeroLine: Bool
  public var axisStyle: Style
  public var crosshairStyle: Style

  public init(
    _ series: [Series], xRange: ClosedRange<Double>? = nil, yRange: ClosedRange<Double>? = nil,
    yScale: Axis.Scale = .linear, xLabels: Axis.Labels = .numbers, xName: String = "",
    crosshair: Double? = nil, zeroLine: Bool = false, axisStyle: Style = .plain,
    crosshairStyle: Style = .plain
  ) {
    self.series = series
    self.xRange = xRange
    self.yRange = yRange
    self.yScale = yScale
    self.xLabels = xLabels
    self.xName = xName
    self.crosshair = crosshair
    self.zeroLine = zeroLine
    self.axisStyle = axisStyle
    self.crosshairStyle = crosshairStyle
  }

  /// Where things stand on a canvas of some size.
  public struct Frame: Hashable, Sendable {
    /// The cells of the curves, right of the labels and the axis.
    public var plot: Rect
    public var x: Axis
    public var y: Axis

    /// The column (of the canvas) of an x, nil outside.
    public func column(ofX value: Double) -> Int? {
      guard plot.width > 0 else { return nil }
      let dot = (x.position(of: value) * Double(plot.width * 2 - 1)).rounded()
      guard dot >= 0, dot < Double(plot.width * 2) else { return nil }
      return plot.x + Int(dot) / 2
    }

    /// The x in the middle of a column of the canvas, at most an end of the axis.
    public func x(atColumn column: Int) -> Double {
      let dots = Double(max(plot.width * 2 - 1, 1))
      let position = (Double(column - plot.x) * 2 + 0.5) / dots
      return x.value(at: min(max(position, 0), 1))
    }

    /// How much x one column stands for.
    public var xPerColumn: Double { (x.upper - x.lower) / Double(max(plot.width, 1)) }

    /// The row of a y, nil outside.
    public func row(ofY value: Double) -> Int? {
      guard plot.height > 0 else { return nil }
      let dot = ((1 - y.position(of: value)) * Double(plot.height * 4 - 1)).rounded()
      guard dot >= 0, dot < Double(plot.height * 4) else { return nil }
      return plot.y + Int(dot) / 4
    }
  }

  /// The frame that `draw` uses on a canvas of this size.
  public func frame(in size: Size) -> Frame {
    let x = xRange.map { Axis($0.lowerBound, $0.upperBound) } ?? Axis(fitting: values(\.x))
    let y =
      yRange.map { Axis($0.lowerBound, $0.upperBound, yScale) }
      ?? Axis(fitting: values(\.y), yScale, margin: 0.04)
    // Where there are few cells the curve needs them more than the labels do.
    let xLabelRows = size.height >= 4 ? 1 : 0
    let rows = max(size.height - xLabelRows, 0)
    let labels = size.width >= 16 ? yTicks(y, rows).map(\.label.unicodeScalars.count).max() : nil
    let gutter = size.width >= 16 ? (labels ?? 0) + 1 : 0
    return Frame(
      plot: Rect(x: gutter, y: 0, width: size.width - gutter, height: rows), x: x, y: y)
  }

  private func values(
    _ part: KeyPath<(x: Double, y: Double), Double>
  ) -> some Sequence<Double> {
    series.lazy.flatMap { $0.points.lazy.map { $0[keyPath: part] } }
  }

  private func yTicks(_ axis: Axis, _ rows: Int) -> [Axis.Tick] {
    axis.ticks(atMost: max(rows / 3, 3))
  }

  public func draw(on canvas: Canvas, _ capabilities: Capabilities) {
    let frame = frame(in: canvas.bounds.size)
    drawAxes(frame, on: canvas, capabilities)
    let plot = canvas.sub(frame.plot)
    if zeroLine, let y = frame.row(ofY: 0) {
      for x in stride(from: 0, to: plot.width, by: 2) {
        plot.put(capabilities.unicode ? "┈" : "-", x: x, y: y, axisStyle)
      }
    }
    if let crosshair, let column = frame.column(ofX: crosshair) {
      for y in 0..<frame.plot.height {
        canvas.put(capabilities.unicode ? "┊" : "|", x: column, y: y, crosshairStyle)
      }
    }
    var braille = BrailleCanvas(frame.plot.size)
    for series in series where series.mark == .line || series.mark == .dashes {
      braille.layer(series.style, dash: series.mark == .dashes ? 3 : 0, covers: true)
      braille.polyline(dots(of: series, frame))
    }
    braille.draw(on: plot, capabilities)
    for series in series {
      guard case .points(let glyph) = series.mark else { continue }
      for point in series.points {
        guard let x = frame.column(ofX: point.x), let y = frame.row(ofY: point.y) else { continue }
        canvas.put(capabilities.unicode ? glyph : glyph.ascii, x: x, y: y, series.style)
      }
    }
  }

  /// The points in view in dots. Where several fall on one column of dots, the first, the lowest,
  /// the highest and the last of them tell the same picture.
  private func dots(of series: Series, _ frame: Frame) -> [(x: Double, y: Double)] {
    let points = series.points
    let width = Double(frame.plot.width * 2 - 1)
    let height = Double(frame.plot.height * 4 - 1)
    guard width > 0, height > 0, !points.isEmpty else { return [] }
    // One more on each side, so that lines run to the edge.
    let first = max(points.firstIndex { $0.x >= frame.x.lower } ?? points.endIndex, 1) - 1
    let last = points[first...].firstIndex { $0.x > frame.x.upper } ?? points.endIndex - 1

    var result: [(x: Double, y: Double)] = []
    result.reserveCapacity(min(last - first + 1, Int(width) * 4 + 8))
    var column = -Double.infinity
    var (low, high, final) = (0.0, 0.0, 0.0)
    var count = 0
    func flush() {
      if count > 1 {
        result.append((column, low))
        result.append((column, high))
        result.append((column, final))
      }
      count = 0
    }
    for point in points[first...last] {
      let x = (frame.x.position(of: point.x) * width).rounded()
      // Far outside is as good as just outside, and keeps the numbers finite.
      let y = (1 - frame.y.position(of: point.y)) * height
      guard x.isFinite, !y.isNaN else {
        flush()
        column = -.infinity
        result.append((.nan, .nan))
        continue
      }
      let clamped = min(max(y, -1e6), 1e6)
      if count > 0, x == column {
        low = min(low, clamped)
        high = max(high, clamped)
        final = clamped
        count += 1
      } else {
        flush()
        result.append((x, clamped))
        (column, low, high, final, count) = (x, clamped, clamped, clamped, 1)
      }
    }
    flush()
    return result
  }

  private func drawAxes(_ frame: Frame, on canvas: Canvas, _ capabilities: Capabilities) {
    let plot = frame.plot
    if plot.x > 0 {
      for y in 0..<plot.height {
        canvas.put(capabilities.unicode ? "│" : "|", x: plot.x - 1, y: y, axisStyle)
      }
      for tick in yTicks(frame.y, plot.height) {
        guard let y = frame.row(ofY: tick.value) else { continue }
        canvas.put(capabilities.unicode ? "┤" : "+", x: plot.x - 1, y: y, axisStyle)
        canvas.text(tick.label, endingAt: plot.x - 2, y: y, axisStyle)
      }
    }
    guard canvas.height > plot.height, plot.width > 0 else { return }
    let y = plot.height
    var end = canvas.width
    if !xName.isEmpty, xName.unicodeScalars.count + 8 < plot.width {
      end -= xName.unicodeScalars.count + 1
      canvas.text(xName, x: end + 1, y: y, axisStyle)
    }
    var free = 0
    for tick in frame.x.ticks(atMost: max(plot.width / 9, 2), xLabels) {
      guard let column = frame.column(ofX: tick.value) else { continue }
      let width = tick.label.unicodeScalars.count
      let start = min(max(column - width / 2, 0), canvas.width - width)
      guard start >= free, start + width <= end else { continue }
      canvas.text(tick.label, x: start, y: y, axisStyle)
      free = start + width + 1
    }
    if let crosshair, let column = frame.column(ofX: crosshair),
      canvas.cell(x: column, y: y)?.glyph == " "
    {
      canvas.put(capabilities.unicode ? "┊" : "|", x: column, y: y, crosshairStyle)
    }
  }
}
