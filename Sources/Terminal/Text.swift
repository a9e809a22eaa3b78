/// A piece of text in one style.
public struct Span: Hashable, Sendable, ExpressibleByStringInterpolation {
  public var text: String
  public var style: Style

  public init(_ text: String, _ style: Style = .plain) {
    self.text = text
    self.style = style
  }

  public init(stringLiteral value: String) { self.init(value) }

  /// How many columns it takes.
  public var width: Int { text.unicodeScalars.count }
}

extension Canvas {
  /// Spans one after the other; returns the column after the last one written.
  @discardableResult
  public func text(_ spans: [Span], x: Int, y: Int, limit: Int? = nil) -> Int {
    let end = limit.map { x + $0 } ?? width
    var column = x
    for span in spans where column < end {
      column = text(span.text, x: column, y: y, span.style, limit: end - column)
    }
    return column
  }

  /// Spans whose last character stands in column `x`.
  public func text(_ spans: [Span], endingAt x: Int, y: Int) {
    text(spans, x: x - spans.reduce(0) { $0 + $1.width } + 1, y: y)
  }
}

extension String {
  /// At most so many columns; where something is cut off the last one says so (`…`, in ASCII `~`).
  public func truncated(to width: Int, _ capabilities: Capabilities) -> String {
    guard unicodeScalars.count > width else { return self }
    guard width > 0 else { return "" }
    var kept = UnicodeScalarView(unicodeScalars.prefix(width - 1))
    kept.append(capabilities.unicode ? "…" : "~")
    return String(kept)
  }

  /// Filled up with spaces, or cut off, to exactly so many columns.
  public func padded(
    to width: Int, _ alignment: Alignment = .left, _ capabilities: Capabilities
  ) -> String {
    let text = truncated(to: width, capabilities)
    let room = max(width - text.unicodeScalars.count, 0)
    let left = alignment == .left ? 0 : alignment == .right ? room : room / 2
    return String(repeating: " ", count: left) + text
      + String(repeating: " ", count: room - left)
  }
}

/// Where text stands in a column that is wider.
public enum Alignment: Hashable, Sendable { case left, center, right }
