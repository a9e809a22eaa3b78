/// A screen in memory: all drawing goes here, and a backend shows it.
public final class CellBuffer {
  // Every cell drawn goes through these two, one thread draws, and no access overlaps another: the
  // run-time check for that would be a tenth of a frame.
  @exclusivity(unchecked) public private(set) var size: Size
  @exclusivity(unchecked) public private(set) var cells: [Cell]

  public init(_ size: Size) {
    self.size = Size(max(size.width, 0), max(size.height, 0))
    cells = Array(repeating: Cell(), count: self.size.width * self.size.height)
  }

  /// Blank, at a size.
  public func clear(_ size: Size, _ style: Style = .plain) {
    let size = Size(max(size.width, 0), max(size.height, 0))
    if size == self.size {
      let blank = Cell(" ", style)
      cells.withUnsafeMutableBufferPointer { $0.update(repeating: blank) }
    } else {
      self.size = size
      cells = Array(repeating: Cell(" ", style), count: size.width * size.height)
    }
  }

  /// The cell at a place, which must be inside.
  public subscript(x: Int, y: Int) -> Cell {
    get { cells[y * size.width + x] }
    set { cells[y * size.width + x] = newValue }
  }

  /// The cells of a row.
  public func row(_ y: Int) -> ArraySlice<Cell> {
    cells[y * size.width..<(y + 1) * size.width]
  }

  /// The glyphs as lines of text, spaces at the ends of lines left out.
  public var text: String {
    (0..<size.height).map { y in
      var line = String.UnicodeScalarView(row(y).map(\.glyph))
      while line.last == " " { line.removeLast() }
      return String(line)
    }.joined(separator: "\n")
  }

  /// A copy that later drawing does not change.
  public func copy() -> CellBuffer {
    let copy = CellBuffer(Size(0, 0))
    copy.size = size
    copy.cells = cells
    return copy
  }

  /// Lays colours under everything that was drawn in the terminal's own.
  func ground(_ rect: Rect, text: Color, background: Color) {
    for y in rect.y..<rect.maxY {
      for index in y * size.width + rect.x..<y * size.width + rect.maxX {
        if cells[index].style.foreground == .standard { cells[index].style.foreground = text }
        if cells[index].style.background == .standard {
          cells[index].style.background = background
        }
      }
    }
  }

  /// All of it, to draw on.
  public var canvas: Canvas { Canvas(buffer: self, rect: Rect(size)) }
}

/// A rectangle of a buffer to draw on; coordinates count from its corner, and nothing is drawn
/// outside it.
public struct Canvas {
  let buffer: CellBuffer
  /// Where it lies in the buffer.
  public let rect: Rect

  public var width: Int { rect.width }
  public var height: Int { rect.height }
  public var bounds: Rect { Rect(rect.size) }

  init(buffer: CellBuffer, rect: Rect) {
    self.buffer = buffer
    self.rect = rect.intersection(Rect(buffer.size))
  }

  /// A part of this canvas; what would lie outside is cut off.
  public func sub(_ part: Rect) -> Canvas {
    let placed = Rect(
      x: part.x + rect.x, y: part.y + rect.y, width: part.width, height: part.height)
    return Canvas(buffer: buffer, rect: placed.intersection(rect))
  }

  public func put(_ glyph: Unicode.Scalar, x: Int, y: Int, _ style: Style = .plain) {
    guard bounds.contains(x: x, y: y) else { return }
    buffer[rect.x + x, rect.y + y] = Cell(glyph, style)
  }

  /// The cell at a place, or nil outside.
  public func cell(x: Int, y: Int) -> Cell? {
    bounds.contains(x: x, y: y) ? buffer[rect.x + x, rect.y + y] : nil
  }

  /// Changes the style of a cell, keeping its glyph.
  public func restyle(x: Int, y: Int, _ change: (inout Style) -> Void) {
    guard bounds.contains(x: x, y: y) else { return }
    change(&buffer[rect.x + x, rect.y + y].style)
  }

  /// Text on one row, cut off at the right edge (or after `limit` columns). Scalars that are not
  /// one column wide become `?`. Returns the column after the last one written.
  @discardableResult
  public func text(
    _ text: some StringProtocol, x: Int, y: Int, _ style: Style = .plain, limit: Int? = nil
  ) -> Int {
    var column = x
    let end = min(width, limit.map { x + $0 } ?? width)
    for scalar in text.unicodeScalars {
      guard column < end else { break }
      put(scalar.isNarrow ? scalar : "?", x: column, y: y, style)
      column += 1
    }
    return column
  }

  /// Text whose last character stands in column `x`; cut off at the left edge.
  public func text(_ text: String, endingAt x: Int, y: Int, _ style: Style = .plain) {
    self.text(text, x: x - text.unicodeScalars.count + 1, y: y, style)
  }

  /// Gives everything that was drawn in the terminal's own colours these instead.
  public func ground(text: Color, background: Color) {
    buffer.ground(rect, text: text, background: background)
  }

  public func fill(_ part: Rect? = nil, _ cell: Cell = Cell()) {
    let part = (part ?? bounds).intersection(bounds)
    for y in part.y..<part.maxY {
      for x in part.x..<part.maxX { put(cell.glyph, x: x, y: y, cell.style) }
    }
  }
}

extension Unicode.Scalar {
  /// Whether it takes exactly one column in every terminal.
  public var isNarrow: Bool {
    switch value {
    case 0x20..<0x7F, 0xA1..<0x300, 0x370..<0x483, 0x48A..<0x590: value != 0xAD
    case 0x2010...0x2027, 0x2030...0x205E, 0x2070...0x209C, 0x20A0...0x20C0: true
    // Letter-like signs, arrows, mathematics, technical signs without emoji and wide ones.
    case 0x2100...0x2319, 0x231C...0x2328, 0x232B...0x23E8: true
    // Box drawing, blocks, geometric shapes, dingbats used as marks, braille.
    case 0x2500...0x25FC, 0x25FF...0x2613, 0x2713...0x2718, 0x271A...0x2727: true
    case 0x2800...0x28FF: true
    default: false
    }
  }
}
