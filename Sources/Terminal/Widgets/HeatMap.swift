/// A matrix as colours or shades.
///
/// With 256 colours two rows share a cell (`▀`), a column of numbers is a column of the screen.
/// Otherwise a number is two columns wide: a shade of its size, with `-` before it when it is below
/// the middle of the scale, so that a sign never needs colour.
public struct HeatMap {
  /// How numbers become levels.
  public enum Scale: Hashable, Sendable {
    /// From -limit to limit, 0 in the middle.
    case symmetric(Double)
    /// From low to high; no number has a sign.
    case range(Double, Double)

    /// Symmetric, reaching so far that this share of the finite numbers lies inside: one outlier
    /// does not turn everything else grey.
    public static func robust(_ values: some Collection<Float>, share: Double = 0.99) -> Scale {
      var sizes = values.filter(\.isFinite).map(abs)
      guard !sizes.isEmpty else { return .symmetric(1) }
      sizes.sort()
      let index = Int((Double(sizes.count - 1) * min(max(share, 0), 1)).rounded(.up))
      let limit = Double(sizes[index])
      return .symmetric(
        limit > 0 ? limit : Double(sizes.last ?? 0) > 0 ? Double(sizes.last ?? 1) : 1)
    }

    var ends: (low: Double, high: Double) {
      switch self {
      case .symmetric(let limit): (-limit, limit)
      case .range(let low, let high): (low, high)
      }
    }

    /// 0 at the lower end, 1 at the upper, nothing beyond; NaN stays.
    func position(of value: Float) -> Double {
      let (low, high) = ends
      guard !value.isNaN, high > low else { return value.isNaN ? .nan : 0.5 }
      return min(max((Double(value) - low) / (high - low), 0), 1)
    }
  }

  /// Row by row.
  public var values: ArraySlice<Float>
  public var rows: Int
  public var columns: Int
  public var scale: Scale
  /// Colours from the lower end to the upper one; of more than 33 only every so many-th is used,
  /// because each pair of colours costs the terminal something.
  public var ramp: [Color]
  /// The number under the cursor.
  public var cursor: (row: Int, column: Int)?
  public var labelStyle: Style
  /// Whether row numbers stand on the left (where there is room).
  public var showsRowNumbers: Bool

  public init(
    _ values: ArraySlice<Float>, rows: Int, columns: Int, scale: Scale, ramp: [Color],
    cursor: (row: Int, column: Int)? = nil, labelStyle: Style = .plain,
    showsRowNumbers: Bool = true
  ) {
    // Fewer numbers than promised show fewer rows, instead of reading past the end.
    let columns = max(columns, 0)
    self.values = values
    self.columns = columns
    self.rows = columns == 0 ? 0 : min(max(rows, 0), values.count / columns)
    self.scale = scale
    self.ramp = HeatMap.thinned(ramp)
    self.cursor = cursor
    self.labelStyle = labelStyle
    self.showsRowNumbers = showsRowNumbers
  }

  static let levelLimit = 33

  static func thinned(_ ramp: [Color]) -> [Color] {
    guard ramp.count > levelLimit else { return ramp }
    return (0..<levelLimit).map { ramp[$0 * (ramp.count - 1) / (levelLimit - 1)] }
  }

  /// Which numbers are shown where on a canvas of some size.
  public struct Frame: Hashable, Sendable {
    /// The cells of the numbers.
    public var plot: Rect
    public var columnWidth: Int
    public var rowsPerCell: Int
    /// The numbers in view.
    public var rows: Range<Int>
    public var columns: Range<Int>

    /// The number at a cell of the canvas (the upper one of two), nil where there is none.
    public func index(x: Int, y: Int) -> (row: Int, column: Int)? {
      guard plot.contains(x: x, y: y) else { return nil }
      let row = rows.lowerBound + (y - plot.y) * rowsPerCell
      let column = columns.lowerBound + (x - plot.x) / columnWidth
      return rows.contains(row) && columns.contains(column) ? (row, column) : nil
    }
  }

  /// The frame that `draw` uses on a canvas of this size.
  public func frame(in size: Size, _ capabilities: Capabilities) -> Frame {
    let halves = HeatMap.usesHalfBlocks(capabilities)
    let digits = String(max(rows - 1, 0)).count
    let gutter = showsRowNumbers && size.width >= digits + 9 ? digits + 1 : 0
    let columnWidth = halves ? 1 : 2
    let rowsPerCell = halves ? 2 : 1
    let visibleColumns = max((size.width - gutter) / columnWidth, 0)
    let visibleRows = max(size.height * rowsPerCell, 0)
    let shownRows = HeatMap.window(rows, visibleRows, around: cursor?.row ?? 0, unit: rowsPerCell)
    let shownColumns = HeatMap.window(columns, visibleColumns, around: cursor?.column ?? 0, unit: 1)
    return Frame(
      plot: Rect(
        x: gutter, y: 0, width: shownColumns.count * columnWidth,
        height: (shownRows.count + rowsPerCell - 1) / rowsPerCell),
      columnWidth: columnWidth, rowsPerCell: rowsPerCell, rows: shownRows, columns: shownColumns)
  }

  static func usesHalfBlocks(_ capabilities: Capabilities) -> Bool {
    capabilities.unicode && capabilities.colors == .palette256
  }

  /// A window of `visible` out of `count` that holds `index`. It moves by half windows: a cursor on
  /// its way repaints the map only now and then.
  static func window(
    _ count: Int, _ visible: Int, around index: Int, unit: Int
  ) -> Range<Int> {
    guard visible > 0, count > 0 else { return 0..<0 }
    guard count > visible else { return 0..<count }
    let step = max(visible / 2 / unit * unit, unit)
    let index = min(max(index, 0), count - 1)
    var start = max((index / step) * step - (visible - step) / 2 / unit * unit, 0)
    start = min(start, (count - visible + unit - 1) / unit * unit)
    return start..<min(start + visible, count)
  }

  public func draw(on canvas: Canvas, _ capabilities: Capabilities) {
    let frame = frame(in: canvas.bounds.size, capabilities)
    guard !frame.rows.isEmpty, !frame.columns.isEmpty else { return }
    if frame.plot.x > 0 {
      for y in 0..<frame.plot.height {
        let row = frame.rows.lowerBound + y * frame.rowsPerCell
        let selected = cursor.map { $0.row / frame.rowsPerCell == row / frame.rowsPerCell } ?? false
        guard selected || y % 2 == 0 else { continue }
        let number = selected ? cursor?.row ?? row : row
        canvas.text(String(number), endingAt: frame.plot.x - 2, y: y, labelStyle)
        if selected {
          canvas.put(capabilities.unicode ? "▸" : ">", x: frame.plot.x - 1, y: y, labelStyle)
        }
      }
    }
    for y in 0..<frame.plot.height {
      let row = frame.rows.lowerBound + y * frame.rowsPerCell
      for column in frame.columns {
        let x = frame.plot.x + (column - frame.columns.lowerBound) * frame.columnWidth
        if frame.rowsPerCell == 2 {
          putHalves(row, column, on: canvas, x: x, y: y, isLast: row + 1 >= frame.rows.upperBound)
        } else {
          putShade(row, column, on: canvas, x: x, y: y, capabilities)
        }
      }
    }
  }

  private func value(_ row: Int, _ column: Int) -> Float {
    values[values.startIndex + row * columns + column]
  }

  private func color(_ value: Float) -> Color? {
    let position = scale.position(of: value)
    guard !position.isNaN, !ramp.isEmpty else { return nil }
    return ramp[Int((position * Double(ramp.count - 1)).rounded())]
  }

  /// Two numbers in a cell. The cursor is a half filled circle: its full half is the number meant.
  private func putHalves(
    _ row: Int, _ column: Int, on canvas: Canvas, x: Int, y: Int, isLast: Bool
  ) {
    let upper = color(value(row, column))
    let lower = isLast ? nil : color(value(row + 1, column))
    if let cursor, cursor.column == column, cursor.row == row || (cursor.row == row + 1 && !isLast)
    {
      let ground = (cursor.row == row ? upper : lower) ?? .standard
      let style = Style(HeatMap.contrast(to: ground), on: ground, .bold)
      canvas.put(cursor.row == row ? "◓" : "◒", x: x, y: y, style)
      return
    }
    switch (upper, lower) {
    case (let upper?, let lower?):
      // One colour needs no half block: a blank compresses and redraws better.
      if upper == lower {
        canvas.put(" ", x: x, y: y, Style(.standard, on: upper))
      } else {
        canvas.put("▀", x: x, y: y, Style(upper, on: lower))
      }
    case (let upper?, nil):
      if isLast {
        canvas.put("▀", x: x, y: y, Style(upper))
      } else {
        canvas.put("▄", x: x, y: y, Style(labelStyle.foreground, on: upper))
      }
    case (nil, let lower?):
      canvas.put("?", x: x, y: y, Style(labelStyle.foreground, on: lower))
    case (nil, nil):
      canvas.put("?", x: x, y: y, labelStyle)
    }
  }

  /// Black or white, whichever can be read on a colour.
  static func contrast(to color: Color) -> Color {
    guard case .rgb(let red, let green, let blue) = color else { return .standard }
    // Weights of Rec. 601 luma.
    let luma = (Int(red) * 299 + Int(green) * 587 + Int(blue) * 114) / 1000
    return luma > 127 ? .rgb(0, 0, 0) : .rgb(255, 255, 255)
  }

  private func putShade(
    _ row: Int, _ column: Int, on canvas: Canvas, x: Int, y: Int, _ capabilities: Capabilities
  ) {
    let number = value(row, column)
    let isCursor = cursor.map { $0 == (row, column) } ?? false
    let (glyph, isNegative) = shade(number, capabilities)
    let style = Style(shadeColor(number, capabilities), on: .standard, isCursor ? .bold : [])
    if isCursor {
      canvas.put(capabilities.unicode ? "◧" : "[", x: x, y: y, style)
      canvas.put(capabilities.unicode ? "◨" : "]", x: x + 1, y: y, style)
      return
    }
    let first: Unicode.Scalar =
      isNegative ? (capabilities.unicode ? "−" : "-") : (capabilities.unicode ? glyph : " ")
    canvas.put(first, x: x, y: y, style)
    canvas.put(glyph, x: x + 1, y: y, style)
  }

  private static let shades: [Unicode.Scalar] = [" ", "·", "░", "▒", "▓", "█"]
  private static let asciiShades: [Unicode.Scalar] = [
    " ", ".", ":", "-", "=", "+", "*", "#", "%", "@",
  ]

  /// The shade of a number, and whether it counts as negative (never where it is as good as 0).
  private func shade(
    _ number: Float, _ capabilities: Capabilities
  ) -> (glyph: Unicode.Scalar, isNegative: Bool) {
    let shades = capabilities.unicode ? HeatMap.shades : HeatMap.asciiShades
    let position = scale.position(of: number)
    guard !position.isNaN else { return ("?", false) }
    switch scale {
    case .symmetric:
      let size = abs(position * 2 - 1)
      let level = Int((size * Double(shades.count - 1)).rounded())
      return (shades[level], position < 0.5 && level > 0)
    case .range:
      return (shades[Int((position * Double(shades.count - 1)).rounded())], false)
    }
  }

  /// Shades are coloured by thirds only: below, about and above the middle.
  private func shadeColor(_ number: Float, _ capabilities: Capabilities) -> Color {
    guard capabilities.colors > .mono, let low = ramp.first, let high = ramp.last else {
      return .standard
    }
    let position = scale.position(of: number)
    if position.isNaN { return labelStyle.foreground }
    switch scale {
    case .symmetric: return position < 0.4 ? low : position > 0.6 ? high : labelStyle.foreground
    case .range: return high
    }
  }

  /// The scale as a row: `-1.31 █▓▒░·░▒▓█ +1.31`. Returns the column after it.
  @discardableResult
  public func drawLegend(
    on canvas: Canvas, x: Int, y: Int, _ capabilities: Capabilities
  ) -> Int {
    let (low, high) = scale.ends
    var isSymmetric = false
    if case .symmetric = scale { isSymmetric = true }
    let minus = capabilities.unicode ? "−" : "-"
    let lower = isSymmetric ? minus + Numbers.general(high) : Numbers.general(low)
    let upper = (isSymmetric ? "+" : "") + Numbers.general(high)
    var column = canvas.text(lower + " ", x: x, y: y, labelStyle)
    let steps = 9
    for step in 0..<steps {
      let value = Float(low + (high - low) * Double(step) / Double(steps - 1))
      if HeatMap.usesHalfBlocks(capabilities) {
        canvas.put(" ", x: column, y: y, Style(.standard, on: color(value) ?? .standard))
      } else {
        let glyph = shade(value, capabilities).glyph
        canvas.put(glyph, x: column, y: y, Style(shadeColor(value, capabilities)))
      }
      column += 1
    }
    return canvas.text(" " + upper, x: column, y: y, labelStyle)
  }
}
