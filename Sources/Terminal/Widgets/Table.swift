/// Rows of texts in columns, one of them selected (`▸`); also a plain list, with one column.
public struct Table {
  public struct Column: Hashable, Sendable {
    public enum Width: Hashable, Sendable {
      case fixed(Int)
      /// What its texts need, at most so much.
      case fit(Int)
      /// A share of what the others leave.
      case flexible
    }
    public var title: String
    public var width: Width
    public var alignment: Alignment
    /// Whether a text that is too long goes on where the next column's, which stands to the right,
    /// leaves room.
    public var spills: Bool

    public init(
      _ title: String = "", _ width: Width = .flexible, _ alignment: Alignment = .left,
      spills: Bool = false
    ) {
      self.title = title
      self.width = width
      self.alignment = alignment
      self.spills = spills
    }
  }

  public var columns: [Column]
  /// A text for every column; missing ones are blank.
  public var rows: [[Span]]
  public var selection: Int?
  public var titleStyle: Style
  /// Laid over the selected row: colours that are not standard and all attributes.
  public var selectionStyle: Style

  public init(
    _ columns: [Column], rows: [[Span]], selection: Int? = nil, titleStyle: Style = .plain,
    selectionStyle: Style = .plain
  ) {
    self.columns = columns
    self.rows = rows
    self.selection = selection
    self.titleStyle = titleStyle
    self.selectionStyle = selectionStyle
  }

  /// A list of lines.
  public static func list(
    _ lines: [Span], selection: Int? = nil, selectionStyle: Style = .plain
  ) -> Table {
    Table(
      [Column()], rows: lines.map { [$0] }, selection: selection, selectionStyle: selectionStyle)
  }

  private var hasTitles: Bool { columns.contains { !$0.title.isEmpty } }

  /// The rows in view on a canvas of some height. They move by half pages, so that a selection on
  /// its way does not repaint everything.
  public func visibleRows(height: Int) -> Range<Int> {
    let height = height - (hasTitles ? 1 : 0)
    return HeatMap.window(rows.count, height, around: selection ?? 0, unit: 1)
  }

  /// The row at a line of the canvas, for the mouse.
  public func row(atY y: Int, height: Int) -> Int? {
    let visible = visibleRows(height: height)
    let row = visible.lowerBound + y - (hasTitles ? 1 : 0)
    return y >= (hasTitles ? 1 : 0) && visible.contains(row) ? row : nil
  }

  public func draw(on canvas: Canvas, _ capabilities: Capabilities) {
    let visible = visibleRows(height: canvas.height)
    // One column for the mark of the selection, one for those of scrolling where there are any.
    let margin = visible.count < rows.count && canvas.width > 3 ? 2 : 1
    let widths = widths(in: canvas.width - margin, of: visible)
    var y = 0
    if hasTitles, canvas.height > 0 {
      draw(columns.map { Span($0.title, titleStyle) }, widths, on: canvas, y: 0, capabilities)
      y = 1
    }
    for row in visible {
      draw(rows[row], widths, on: canvas, y: y, capabilities)
      if row == selection {
        canvas.put(capabilities.unicode ? "▸" : ">", x: 0, y: y)
        for x in 0..<canvas.width { canvas.restyle(x: x, y: y) { $0 = $0.under(selectionStyle) } }
      }
      y += 1
    }
    drawScrollMarks(visible, on: canvas, capabilities)
  }

  private func draw(
    _ cells: [Span], _ widths: [Int], on canvas: Canvas, y: Int, _ capabilities: Capabilities
  ) {
    var x = 1
    var widths = widths
    for index in widths.indices where widths[index] > 0 {
      if columns[index].spills, index + 1 < cells.count, widths[index + 1] > 0 {
        let missing = max(cells[index].width - widths[index], 0)
        let spill = min(missing, max(widths[index + 1] - cells[index + 1].width, 0))
        widths[index] += spill
        widths[index + 1] -= spill
      }
      let width = widths[index]
      if index < cells.count {
        let text = cells[index].text.padded(to: width, columns[index].alignment, capabilities)
        canvas.text(text, x: x, y: y, cells[index].style, limit: width)
      }
      x += width + 1
    }
  }

  /// Says that there is more above or below, at the right edge.
  private func drawScrollMarks(
    _ visible: Range<Int>, on canvas: Canvas, _ capabilities: Capabilities
  ) {
    guard canvas.width > 3 else { return }
    if visible.lowerBound > 0 {
      let y = hasTitles ? 1 : 0
      canvas.put(capabilities.unicode ? "▲" : "^", x: canvas.width - 1, y: y, titleStyle)
    }
    if visible.upperBound < rows.count {
      canvas.put(
        capabilities.unicode ? "▼" : "v", x: canvas.width - 1, y: canvas.height - 1, titleStyle)
    }
  }

  /// The width of each column. Where there is too little for all, flexible ones
  /// give way first, then those on the right.
  private func widths(in total: Int, of visible: Range<Int>) -> [Int] {
    var room = total - max(columns.count - 1, 0)
    var widths = Array(repeating: 0, count: columns.count)
    for (index, column) in columns.enumerated() {
      switch column.width {
      case .fixed(let width): widths[index] = min(width, max(room, 0))
      case .fit(let limit):
        let longest = visible.lazy.map { row in
          index < rows[row].count ? rows[row][index].width : 0
        }.max()
        widths[index] = min(
          max(longest ?? 0, column.title.unicodeScalars.count), limit, max(room, 0))
      case .flexible: continue
      }
      room -= widths[index]
    }
    let flexible = columns.indices.filter { columns[$0].width == .flexible }
    for (place, index) in flexible.enumerated() {
      let left = flexible.count - place
      widths[index] = max((room + left - 1) / left, 0)
      room -= widths[index]
    }
    return widths
  }
}

extension Style {
  /// This style with another laid over it: its colours where they are not standard, and all
  /// attributes of both.
  public func under(_ other: Style) -> Style {
    Style(
      other.foreground == .standard ? foreground : other.foreground,
      on: other.background == .standard ? background : other.background,
      attributes.union(other.attributes))
  }
}
