extension Unicode.Scalar {
  /// What stands for it where only ASCII can be shown: itself where it is ASCII, a sign of the same
  /// shape where there is one, else `?`.
  public var ascii: Unicode.Scalar {
    if value < 0x7F { return value < 0x20 ? "?" : self }
    switch self {
    case "─", "┄", "┈", "╌", "╍", "━", "┅", "┉", "–", "—", "−", "▁", "▔": return "-"
    case "═": return "="
    case "│", "┃", "┆", "┇", "║", "‖", "▏", "▕": return "|"
    case "┊", "┋", "╎", "╏": return ":"
    case "┤", "├", "╡", "╞", "┫", "┣": return "|"
    case "╭", "╮", "╰", "╯", "┌", "┐", "└", "┘", "┏", "┓", "┗", "┛", "┬", "┴", "┼", "╋", "✛", "✚":
      return "+"
    case "·", "⋅", "∙", "•", "…", "▖", "▗": return "."
    case "░", "▂", "▃": return "."
    case "▒", "▄", "▅", "▌", "▐": return "o"
    case "▓", "▆", "▇": return "O"
    case "█", "▀", "■", "▉", "▊", "▋": return "#"
    case "▸", "▶", "›", "»", "→": return ">"
    case "◂", "◀", "‹", "«", "←": return "<"
    case "↑", "▲", "△": return "^"
    case "↓", "▼", "▽": return "v"
    case "◆", "★", "✶", "✳", "✓", "✔": return "*"
    case "●", "◉", "○", "∘", "◦", "°", "◇", "◌": return "o"
    case "×", "✗", "✘", "╳", "χ": return "x"
    case "◧": return "["
    case "◨": return "]"
    case "≤": return "<"
    case "≥": return ">"
    case "≈", "∼", "≃": return "~"
    case "±", "∓": return "+"
    case "↵", "⏎": return "<"
    case "↺", "⟲", "↻", "◐": return "@"
    case "Δ", "∆", "δ": return "D"
    case "σ": return "s"
    case "∂": return "d"
    case "θ", "Θ": return "O"
    case "μ", "µ": return "u"
    case "β": return "B"
    case "φ": return "p"
    case "π": return "p"
    case "∞": return "8"
    case "²": return "2"
    case "³": return "3"
    case "₀"..."₉": return Unicode.Scalar(UInt8(0x30 + value - 0x2080))
    case "“", "”", "„": return "\""
    case "‘", "’", "′": return "'"
    case "\u{A0}": return " "
    case "\u{2801}"..."\u{28FF}": return BrailleCanvas.ascii(UInt8(value & 0xFF))
    case "\u{2800}": return " "
    default: return "?"
    }
  }
}

extension CellBuffer {
  /// Puts an ASCII sign in place of every glyph that is not: the net under everything that draws
  /// without asking what the terminal can show.
  public func transliterateToASCII() {
    for y in 0..<size.height {
      for x in 0..<size.width where self[x, y].glyph.value > 0x7E {
        self[x, y].glyph = self[x, y].glyph.ascii
      }
    }
  }
}
