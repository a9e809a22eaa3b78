/// A border around a pane, with titles set into it. Light by default; heavy marks the focus, which
/// is thereby visible without colour.
///
///     ╭─ 3 Loss ──────── log y ─╮
///     │                         │
///     ╰─ 12 points ─────────────╯
public struct Box {
  public enum Border: Hashable, Sendable { case light, heavy }

  public var border: Border
  public var style: Style
  /// Set into the top border on the left; spans keep their own styles.
  public var title: [Span]
  /// Set into the top border on the right; left out where the title leaves no room.
  public var note: [Span]
  /// Set into the bottom border on the left and on the right.
  public var footer: [Span]
  public var footerNote: [Span]

  public init(
    _ border: Border = .light, _ style: Style = .plain, title: [Span] = [], note: [Span] = [],
    footer: [Span] = [], footerNote: [Span] = []
  ) {
    self.border = border
    self.style = style
    self.title = title
    self.note = note
    self.footer = footer
    self.footerNote = footerNote
  }

  /// Draws the border and returns the canvas inside it (empty where there is no room).
  @discardableResult
  public func draw(on canvas: Canvas, _ capabilities: Capabilities) -> Canvas {
    let inside = canvas.sub(canvas.bounds.inset(1, 1))
    guard canvas.width >= 2, canvas.height >= 2 else { return inside }
    let glyphs = Box.glyphs(border, capabilities)
    let right = canvas.width - 1
    let bottom = canvas.height - 1
    for x in 1..<right {
      canvas.put(glyphs.horizontal, x: x, y: 0, style)
      canvas.put(glyphs.horizontal, x: x, y: bottom, style)
    }
    for y in 1..<bottom {
      canvas.put(glyphs.vertical, x: 0, y: y, style)
      canvas.put(glyphs.vertical, x: right, y: y, style)
    }
    canvas.put(glyphs.topLeft, x: 0, y: 0, style)
    canvas.put(glyphs.topRight, x: right, y: 0, style)
    canvas.put(glyphs.bottomLeft, x: 0, y: bottom, style)
    canvas.put(glyphs.bottomRight, x: right, y: bottom, style)
    inset(title, note, on: canvas, y: 0, capabilities)
    inset(footer, footerNote, on: canvas, y: bottom, capabilities)
    return inside
  }

  /// Sets texts into a border row: one space around each, one line piece before and after.
  private func inset(
    _ left: [Span], _ right: [Span], on canvas: Canvas, y: Int, _ capabilities: Capabilities
  ) {
    let room = canvas.width - 6
    var used = 0
    if !left.isEmpty, room >= 1 {
      let width = left.reduce(0) { $0 + $1.width }
      used = min(width, room)
      canvas.put(" ", x: 2, y: y, style)
      canvas.text(left, x: 3, y: y, limit: used)
      if width > used, let cell = canvas.cell(x: 2 + used, y: y) {
        canvas.put(capabilities.unicode ? "…" : "~", x: 2 + used, y: y, cell.style)
      }
      canvas.put(" ", x: 3 + used, y: y, style)
      used += 3
    }
    let width = right.reduce(0) { $0 + $1.width }
    guard width > 0, width + used <= room else { return }
    let x = canvas.width - 3 - width
    canvas.put(" ", x: x - 1, y: y, style)
    canvas.text(right, x: x, y: y)
    canvas.put(" ", x: x + width, y: y, style)
  }

  private struct Glyphs {
    var topLeft, topRight, bottomLeft, bottomRight, horizontal, vertical: Unicode.Scalar
  }

  private static func glyphs(_ border: Border, _ capabilities: Capabilities) -> Glyphs {
    switch (border, capabilities.unicode) {
    case (.light, true):
      Glyphs(
        topLeft: "╭", topRight: "╮", bottomLeft: "╰", bottomRight: "╯", horizontal: "─",
        vertical: "│")
    case (.heavy, true):
      Glyphs(
        topLeft: "┏", topRight: "┓", bottomLeft: "┗", bottomRight: "┛", horizontal: "━",
        vertical: "┃")
    case (.light, false):
      Glyphs(
        topLeft: "+", topRight: "+", bottomLeft: "+", bottomRight: "+", horizontal: "-",
        vertical: "|")
    case (.heavy, false):
      Glyphs(
        topLeft: "#", topRight: "#", bottomLeft: "#", bottomRight: "#", horizontal: "=",
        vertical: "#")
    }
  }
}
