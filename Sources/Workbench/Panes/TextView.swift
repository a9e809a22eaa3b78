import Learning
import Terminal
import Training

/// Text that a network speaks, and under every character how much reading it moved each gate's
/// weights: two rows of half blocks where there are colours (i above f, g above o), else one row of
/// shades.
struct TextView {
  private let text: Behaviour.Text
  private let model: Model
  private let ink: Ink

  init(_ text: Behaviour.Text, _ model: Model, _ ink: Ink) {
    self.text = text
    self.model = model
    self.ink = ink
  }

  /// The character under the cursor; the newest where there is none.
  static func cursor(_ text: Behaviour.Text, _ model: Model) -> Int {
    let last = text.characters.count - 1
    return model.target.hasCursor ? min(max(model.target.cursor, 0), last) : last
  }

  private var cursor: Int { Self.cursor(text, model) }
  private var showsColors: Bool { ink.unicode && ink.capabilities.colors == .palette256 }

  func draw(on canvas: Canvas) {
    guard !text.characters.isEmpty, canvas.width > 2 else {
      return canvas.wrapped("the network has said nothing yet", y: 0, ink.subdued, ink)
    }
    let (area, line) = canvas.bounds.rows(canvas.height - (canvas.height >= 4 ? 1 : 0))
    let rows = showsColors ? 3 : 2
    let width = canvas.width - 2
    let shown = max(area.height / rows, 1)
    // Lines are cut by place in the conversation, so that they stay when old characters go.
    let firstLine = text.first / width
    let lines = (text.first + text.characters.count - 1) / width - firstLine + 1
    let cursorLine = (text.first + cursor) / width - firstLine
    let top = max(min(cursorLine - shown / 2, lines - shown), 0)
    let limit = heatLimit
    for (index, spoken) in text.characters.enumerated() {
      let place = text.first + index
      let y = (place / width - firstLine - top) * rows
      guard y >= 0, y < area.height else { continue }
      draw(
        spoken, isCursor: index == cursor && model.target.hasCursor, x: 1 + place % width, y: y,
        limit: limit, on: canvas.sub(area))
    }
    if !line.isEmpty { canvas.line(legend, x: 1, y: line.y, separator: Span("  "), ink) }
  }

  private func draw(
    _ spoken: Behaviour.Text.Spoken, isCursor: Bool, x: Int, y: Int, limit: Float, on canvas: Canvas
  ) {
    var style = spoken.isPrompt ? ink.accent : ink.text
    if isCursor { style = ink.focus }
    canvas.put(glyph(spoken.character), x: x, y: y, style)
    if isCursor { canvas.restyle(x: x, y: y) { $0.attributes.insert(.reverse) } }
    if showsColors {
      canvas.put(
        "▀", x: x, y: y + 1, Style(color(spoken.heat[0], limit), on: color(spoken.heat[1], limit)))
      canvas.put(
        "▀", x: x, y: y + 2, Style(color(spoken.heat[2], limit), on: color(spoken.heat[3], limit)))
    } else {
      let heat = spoken.heat.max()
      let level = heat.isFinite ? min(max(heat / limit, 0), 1) * Float(Self.ramp.count - 1) : 0
      canvas.put(Self.ramp[Int(level.rounded())], x: x, y: y + 1, ink.subdued)
    }
  }

  private static let ramp: [Unicode.Scalar] = [" ", ".", ":", "-", "=", "+", "*", "#", "%", "@"]

  private func color(_ heat: Float, _ limit: Float) -> Color {
    // From none to much: the upper half of the ramp.
    let levels = ink.heat.suffix(Ink.heatLevels / 2 + 1)
    let share = heat.isFinite ? min(max(heat / limit, 0), 1) : 0
    return levels[levels.startIndex + Int((share * Float(levels.count - 1)).rounded())]
  }

  /// What is drawn brightest: nearly the largest change in view, on a ladder so that it stays.
  private var heatLimit: Float {
    let sizes = text.characters.map { $0.heat.max() }.filter(\.isFinite).sorted()
    guard !sizes.isEmpty else { return 1 }
    return Figures.ladder(sizes[sizes.count * 19 / 20])
  }

  /// A character in one column: what has no glyph of its own gets a sign.
  private func glyph(_ character: Character) -> Unicode.Scalar {
    switch character {
    case "\n": return ink.glyph("↵", "/")
    case "\t": return ink.glyph("→", "_")
    default: break
    }
    guard let scalar = character.unicodeScalars.first, scalar.isNarrow else { return "?" }
    guard !ink.unicode, scalar.value > 126 else { return scalar }
    switch scalar {
    case "‘", "’": return "'"
    case "“", "”": return "\""
    case "—", "–": return "-"
    default: return "?"
    }
  }

  private var legend: [Segment] {
    let spoken = text.characters[cursor]
    var items = [Segment("'\(glyph(spoken.character))'", ink.strong)]
    if let bits = spoken.bits {
      items.append(
        Segment([Span(Figures.value(bits), ink.text), Span(" bits", ink.subdued)], rank: 1))
    }
    for (gate, name) in text.gateNames.enumerated() where gate < 4 {
      items.append(
        Segment(
          [
            Span("\(name) ", ink.subdued),
            Span(Figures.percent(spoken.heat[gate]), ink.text),
          ], rank: 2 + gate))
    }
    return items
  }

  var figures: [Figure] {
    guard !text.characters.isEmpty else { return [] }
    let spoken = text.characters.suffix(40).map { String(glyph($0.character)) }.joined()
    let bits = text.characters.filter { !$0.isPrompt }.compactMap(\.bits)
    return [
      Figure("says", spoken),
      Figure("bits", Figures.value(bits.reduce(0, +) / Float(max(bits.count, 1)))),
    ]
  }
}
