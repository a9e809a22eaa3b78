import Terminal

/// A piece of a line that is shown whole or not at all.
struct Segment {
  var spans: [Span]
  /// What goes first where there is no room: the largest.
  var rank: Int

  init(_ spans: [Span], rank: Int = 0) {
    self.spans = spans
    self.rank = rank
  }

  init(_ text: String, _ style: Style = .plain, rank: Int = 0) {
    self.init([Span(text, style)], rank: rank)
  }

  var width: Int { spans.reduce(0) { $0 + $1.width } }
}

extension [Segment] {
  /// What fits into a width with separators of some length between the pieces.
  func fitting(_ width: Int, separator: Int) -> [Segment] {
    var kept = filter { $0.width > 0 }
    func total() -> Int {
      kept.reduce(0) { $0 + $1.width } + Swift.max(kept.count - 1, 0) * separator
    }
    while kept.count > 1, total() > width {
      let worst = kept.indices.max { (kept[$0].rank, $0) < (kept[$1].rank, $1) }
      guard let worst else { break }
      kept.remove(at: worst)
    }
    return kept
  }
}

extension String {
  /// Its beginning and its end with a mark between them: of a path, the end says more.
  func shortenedInTheMiddle(to width: Int, _ mark: String) -> String {
    let scalars = Array(unicodeScalars)
    guard scalars.count > width, width > mark.unicodeScalars.count else { return self }
    let room = width - mark.unicodeScalars.count
    let begin = room / 3
    return String(String.UnicodeScalarView(scalars.prefix(begin))) + mark
      + String(String.UnicodeScalarView(scalars.suffix(room - begin)))
  }

  /// A sentence that has no room, with the longest path in it shortened; a name is still known by
  /// two dozen letters.
  func withShortenedPath(in width: Int, _ mark: String) -> String {
    let excess = unicodeScalars.count - width
    let words = split(separator: " ", omittingEmptySubsequences: false)
    let paths = words.indices.filter { words[$0].contains("/") }
    guard excess > 0,
      let longest = paths.max(by: {
        words[$0].unicodeScalars.count < words[$1].unicodeScalars.count
      })
    else { return self }
    let word = String(words[longest])
    var shorter = words.map(String.init)
    shorter[longest] = word.shortenedInTheMiddle(
      to: max(word.unicodeScalars.count - excess, 24), mark)
    return shorter.joined(separator: " ")
  }
}

extension Canvas {
  /// The pieces of a line that have room; returns the column after the last one.
  @discardableResult
  func line(
    _ segments: [Segment], x: Int = 0, y: Int, separator: Span, _ ink: Ink, width: Int? = nil
  ) -> Int {
    let room = min(width ?? self.width - x, self.width - x)
    guard room > 0 else { return x }
    var column = x
    for (index, segment) in segments.fitting(room, separator: separator.width).enumerated() {
      if index > 0 { column = text([separator], x: column, y: y) }
      column = fitted(segment.spans, x: column, y: y, width: x + room - column, ink)
    }
    return column
  }

  /// Spans in so many columns, with `…` where something is cut off.
  @discardableResult
  func fitted(_ spans: [Span], x: Int, y: Int, width: Int, _ ink: Ink) -> Int {
    let width = min(width, self.width - x)
    guard width > 0 else { return x }
    let needed = spans.reduce(0) { $0 + $1.width }
    let end = text(spans, x: x, y: y, limit: width)
    if needed > width, let cell = cell(x: x + width - 1, y: y) {
      put(ink.glyph("…", "~"), x: x + width - 1, y: y, cell.style)
    }
    return end
  }

  /// Text broken into lines at spaces, at most down to the last row; what is left over ends in `…`.
  func wrapped(_ text: String, y: Int, _ style: Style, _ ink: Ink) {
    guard width > 0 else { return }
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let last = lines.last, last.unicodeScalars.count + word.unicodeScalars.count < width {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(String(word))
      }
    }
    let room = height - y
    guard room > 0 else { return }
    for (index, line) in lines.prefix(room).enumerated() {
      let isCut = index == room - 1 && lines.count > room
      fitted([Span(isCut ? line + " …" : line, style)], x: 0, y: y + index, width: width, ink)
    }
  }
}
