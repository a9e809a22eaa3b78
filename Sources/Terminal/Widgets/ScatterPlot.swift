/// Points in a plane, with labels that avoid each other, trails, dotted axes through 0 and a cursor.
public struct ScatterPlot {
  public struct Point {
    public var x: Double
    public var y: Double
    public var glyph: Unicode.Scalar
    /// Beside the glyph where there is room.
    public var label: String
    public var style: Style
    /// Where it has been, oldest first.
    public var trail: [(x: Double, y: Double)]
    public var trailStyle: Style

    public init(
      x: Double, y: Double, glyph: Unicode.Scalar = "●", label: String = "",
      _ style: Style = .plain, trail: [(x: Double, y: Double)] = [], trailStyle: Style = .plain
    ) {
      self.x = x
      self.y = y
      self.glyph = glyph
      self.label = label
      self.style = style
      self.trail = trail
      self.trailStyle = trailStyle
    }
  }

  /// Later points are drawn above earlier ones.
  public var points: [Point]
  /// A place marked `✛`, above all.
  public var cursor: (x: Double, y: Double)?
  /// Nil for what fits the points, the trails and the cursor.
  public var xRange: ClosedRange<Double>?
  public var yRange: ClosedRange<Double>?
  /// Whether a unit is as long downwards as sideways (a cell counts as twice as high as wide).
  public var equalUnits: Bool
  public var axisStyle: Style
  public var cursorStyle: Style

  public init(
    _ points: [Point], cursor: (x: Double, y: Double)? = nil, xRange: ClosedRange<Double>? = nil,
    yRange: ClosedRange<Double>? = nil, equalUnits: Bool = true, axisStyle: Style = .plain,
    cursorStyle: Style = Style(.standard, on: .standard, .bold)
  ) {
    self.points = points
    self.cursor = cursor
    self.xRange = xRange
    self.yRange = yRange
    self.equalUnits = equalUnits
    self.axisStyle = axisStyle
    self.cursorStyle = cursorStyle
  }

  /// Where values lie on a canvas of some size.
  public struct Frame: Hashable, Sendable {
    public var size: Size
    public var x: Axis
    public var y: Axis

    /// The cell of a place, nil outside.
    public func cell(ofX x: Double, y: Double) -> (column: Int, row: Int)? {
      let dot = dot(x, y)
      let column = (dot.x / 2).rounded(.down)
      let row = (dot.y / 4).rounded(.down)
      guard column >= 0, row >= 0, column < Double(size.width), row < Double(size.height) else {
        return nil
      }
      return (Int(column), Int(row))
    }

    /// The place in the middle of a cell.
    public func place(atColumn column: Int, row: Int) -> (x: Double, y: Double) {
      let width = Double(max(size.width * 2 - 1, 1))
      let height = Double(max(size.height * 4 - 1, 1))
      return (
        x.value(at: (Double(column) * 2 + 0.5) / width),
        y.value(at: 1 - (Double(row) * 4 + 1.5) / height)
      )
    }

    func dot(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
      (
        (self.x.position(of: x) * Double(size.width * 2 - 1)).rounded(),
        ((1 - self.y.position(of: y)) * Double(size.height * 4 - 1)).rounded()
      )
    }
  }

  /// The frame that `draw` uses on a canvas of this size.
  public func frame(in size: Size) -> Frame {
    let cursors = cursor.map { [$0] } ?? []
    let places = points.lazy.flatMap { [($0.x, $0.y)] + $0.trail.map { ($0.x, $0.y) } }
    var x =
      xRange.map { Axis($0.lowerBound, $0.upperBound) }
      ?? Axis(fitting: places.map(\.0) + cursors.map(\.x), margin: 0.08)
    var y =
      yRange.map { Axis($0.lowerBound, $0.upperBound) }
      ?? Axis(fitting: places.map(\.1) + cursors.map(\.y), margin: 0.1)
    if equalUnits, size.width > 0, size.height > 0 {
      let unit = max(
        (x.upper - x.lower) / Double(size.width * 2), (y.upper - y.lower) / Double(size.height * 4))
      x = ScatterPlot.widened(x, to: unit * Double(size.width * 2))
      y = ScatterPlot.widened(y, to: unit * Double(size.height * 4))
    }
    return Frame(size: size, x: x, y: y)
  }

  private static func widened(_ axis: Axis, to span: Double) -> Axis {
    let middle = axis.lower + (axis.upper - axis.lower) / 2
    return Axis(middle - span / 2, middle + span / 2)
  }

  public func draw(on canvas: Canvas, _ capabilities: Capabilities) {
    let frame = frame(in: canvas.bounds.size)
    drawAxes(frame, on: canvas, capabilities)

    var trails = BrailleCanvas(frame.size)
    for point in points where !point.trail.isEmpty {
      trails.layer(point.trailStyle)
      trails.polyline((point.trail + [(point.x, point.y)]).map { frame.dot($0.x, $0.y) })
    }
    trails.draw(on: canvas, capabilities)

    // Glyphs first: a label may cover a trail, but neither a point nor another label.
    var taken = Set<Rect>()
    let cells = points.map { frame.cell(ofX: $0.x, y: $0.y) }
    for (point, cell) in zip(points, cells) {
      guard let cell else { continue }
      let glyph = capabilities.unicode ? point.glyph : point.glyph.ascii
      canvas.put(glyph, x: cell.column, y: cell.row, point.style)
      taken.insert(Rect(x: cell.column, y: cell.row, width: 1, height: 1))
    }
    let cursorCell = cursor.flatMap { frame.cell(ofX: $0.x, y: $0.y) }
    if let cell = cursorCell {
      canvas.put(capabilities.unicode ? "✛" : "+", x: cell.column, y: cell.row, cursorStyle)
      taken.insert(Rect(x: cell.column, y: cell.row, width: 1, height: 1))
    }
    for (point, cell) in zip(points, cells) where !point.label.isEmpty {
      guard let cell else { continue }
      let width = point.label.unicodeScalars.count
      let (x, y) = (cell.column, cell.row)
      let places = [
        (x + 1, y), (x - width, y), (x - width / 2, y - 1), (x - width / 2, y + 1),
        (x + 1, y - 1), (x + 1, y + 1), (x - width, y - 1), (x - width, y + 1),
      ].map { Rect(x: $0.0, y: $0.1, width: width, height: 1) }
      let free = places.first { place in
        place.intersection(canvas.bounds) == place
          && taken.allSatisfy { $0.intersection(place).isEmpty }
      }
      guard let free else { continue }
      canvas.text(point.label, x: free.x, y: free.y, point.style)
      taken.insert(free)
    }
  }

  private func drawAxes(_ frame: Frame, on canvas: Canvas, _ capabilities: Capabilities) {
    let middle = frame.place(atColumn: canvas.width / 2, row: canvas.height / 2)
    if let row = frame.cell(ofX: middle.x, y: 0)?.row {
      for x in stride(from: 0, to: canvas.width, by: 2) {
        canvas.put(capabilities.unicode ? "┈" : "-", x: x, y: row, axisStyle)
      }
    }
    if let column = frame.cell(ofX: 0, y: middle.y)?.column {
      for y in 0..<canvas.height {
        canvas.put(capabilities.unicode ? "┊" : ":", x: column, y: y, axisStyle)
      }
    }
  }
}
