/// A line of text being typed, with the editing keys of a shell.
public struct TextField: Hashable, Sendable {
  public private(set) var scalars: [Unicode.Scalar]
  /// Before which character the next one goes; 0…count.
  public private(set) var cursor: Int

  public init(_ text: String = "") {
    scalars = Array(text.unicodeScalars)
    cursor = scalars.count
  }

  public var text: String {
    get { String(String.UnicodeScalarView(scalars)) }
    set { self = TextField(newValue) }
  }

  public var isEmpty: Bool { scalars.isEmpty }

  /// Takes an editing key; false for a key that is none (Enter, Escape, Tab, arrows up and down…).
  public mutating func handle(_ key: Key) -> Bool {
    switch (key.code, key.control) {
    case (.character("a"), true), (.home, _): cursor = 0
    case (.character("e"), true), (.end, _): cursor = scalars.count
    case (.character("b"), true), (.left, false): cursor = max(cursor - 1, 0)
    case (.character("f"), true), (.right, false): cursor = min(cursor + 1, scalars.count)
    case (.left, true): cursor = wordStart
    case (.right, true): cursor = wordEnd
    case (.character("u"), true): remove(0..<cursor)
    case (.character("k"), true): remove(cursor..<scalars.count)
    case (.character("w"), true): remove(wordStart..<cursor)
    case (.character("h"), true), (.backspace, _): remove(max(cursor - 1, 0)..<cursor)
    case (.character("d"), true), (.delete, _):
      remove(cursor..<min(cursor + 1, scalars.count))
    case (.character(let scalar), false):
      scalars.insert(scalar, at: cursor)
      cursor += 1
    default: return false
    }
    return true
  }

  private mutating func remove(_ range: Range<Int>) {
    scalars.removeSubrange(range)
    cursor = range.lowerBound
  }

  private var wordStart: Int {
    var index = cursor
    while index > 0, scalars[index - 1] == " " { index -= 1 }
    while index > 0, scalars[index - 1] != " " { index -= 1 }
    return index
  }

  private var wordEnd: Int {
    var index = cursor
    while index < scalars.count, scalars[index] == " " { index += 1 }
    while index < scalars.count, scalars[index] != " " { index += 1 }
    return index
  }

  /// Draws the text, shifted so that the cursor is in view; the cursor is a reversed cell.
  public func draw(on canvas: Canvas, x: Int, y: Int, width: Int, _ style: Style = .plain) {
    guard width > 0 else { return }
    let start = max(cursor - width + 1, 0)
    for column in 0..<width {
      let index = start + column
      let scalar = index < scalars.count ? scalars[index] : " "
      var cell = style
      if index == cursor { cell.attributes.formSymmetricDifference(.reverse) }
      canvas.put(scalar.isNarrow ? scalar : "?", x: x + column, y: y, cell)
    }
  }
}
