import Terminal

/// What everything is drawn with: a theme brought down to what the terminal shows, as styles by role.
/// Backgrounds are left open; `Screen` lays the theme's own under everything at the end.
package struct Ink: Sendable {
  let capabilities: Capabilities
  let theme: Theme
  /// −, 0, + in an odd number of levels. Few: a level more is a pair of colours more for the
  /// terminal, and a cell more that changes when a weight moves a little.
  let heat: [Color]
  /// From no light to all of it.
  let light: [Color]

  static let heatLevels = 17
  static let lightLevels = 12

  package init(_ theme: Theme, _ capabilities: Capabilities) {
    self.capabilities = capabilities
    let theme =
      switch capabilities.colors {
      case .palette256: theme
      case .ansi16: Theme.sixteen(isDark: theme.isDark)
      case .mono: Theme.colorless
      }
    self.theme = theme
    let half = Ink.heatLevels / 2
    heat = (-half...half).map { level in
      theme.zero.mixed(
        with: level < 0 ? theme.negative : theme.positive,
        share: Float(abs(level)) / Float(half))
    }
    light = (0..<Ink.lightLevels).map { level in
      theme.dark.mixed(with: theme.bright, share: Float(level) / Float(Ink.lightLevels - 1))
    }
  }

  var unicode: Bool { capabilities.unicode }
  /// Whether colours can be told apart at all.
  var hasColor: Bool { capabilities.colors > .mono }

  var text: Style { Style(theme.text) }
  var strong: Style { Style(theme.title, on: .standard, .bold) }
  var subdued: Style { Style(theme.subdued, on: .standard, hasColor ? [] : .faint) }
  var border: Style { Style(theme.border, on: .standard, hasColor ? [] : .faint) }
  var focus: Style { Style(theme.focus, on: .standard, .bold) }
  var accent: Style { Style(theme.accent) }
  var success: Style { Style(theme.success, on: .standard, .bold) }
  var warning: Style { Style(theme.warning, on: .standard, .bold) }
  var failure: Style { Style(theme.failure, on: .standard, .bold) }
  var anchorA: Style { Style(theme.anchorA, on: .standard, .bold) }
  var anchorB: Style { Style(theme.anchorB, on: .standard, .bold) }
  /// Laid over the row that is selected; where there is no colour the cursor's glyph says it.
  var selection: Style {
    hasColor ? Style(.standard, on: theme.selection) : Style(.standard, on: .standard, .bold)
  }
  /// A key in a hint.
  var key: Style { Style(theme.focus, on: .standard, .bold) }

  func series(_ index: Int) -> Style {
    Style(theme.series.isEmpty ? theme.text : theme.series[index % theme.series.count])
  }

  /// A curve's raw values behind its smoothed ones.
  func faintSeries(_ index: Int) -> Style {
    guard capabilities.colors == .palette256 else {
      return border
    }
    return Style(series(index).foreground.mixed(with: theme.background, share: 0.6))
  }

  /// The colour of a number on the diverging ramp.
  func heat(_ value: Float, limit: Float) -> Style {
    guard hasColor, value.isFinite, limit > 0 else { return text }
    guard capabilities.colors == .palette256 else {
      return Style(value < 0 ? theme.negative : theme.positive)
    }
    let half = Float(Ink.heatLevels / 2)
    let level = Int((min(max(value / limit, -1), 1) * half).rounded()) + Ink.heatLevels / 2
    return Style(heat[level])
  }

  /// One sign where all of Unicode can be shown, and its stand-in.
  func glyph(_ unicode: Unicode.Scalar, _ ascii: Unicode.Scalar) -> Unicode.Scalar {
    self.unicode ? unicode : ascii
  }

  func glyph(_ mark: Mark) -> Unicode.Scalar { unicode ? mark.glyphs.unicode : mark.glyphs.ascii }

  /// Signs that mean something, in both sets. None of them is told from another by colour alone.
  enum Mark {
    case cursor, trained, heldOut, fitted, learning, context, right, wrong, rebuild, play, pause

    fileprivate var glyphs: (unicode: Unicode.Scalar, ascii: Unicode.Scalar) {
      switch self {
      case .cursor: ("▸", ">")
      case .trained: ("●", "*")
      case .heldOut: ("○", "o")
      case .fitted: ("◐", "@")
      case .learning: ("◉", "!")
      case .context: ("✛", "+")
      case .right: ("✓", "=")
      case .wrong: ("✗", "x")
      case .rebuild: ("↻", "@")
      case .play: ("▶", ">")
      case .pause: ("‖", "|")
      }
    }
  }
}

extension Theme {
  /// The sixteen colours every terminal has, by role: the nearest of them to a scheme's soft colours
  /// would mostly be grey. Values are xterm's, which a backend maps onto themselves.
  static func sixteen(isDark: Bool) -> Theme {
    let black = Color(hex: 0x000000)
    let white = Color(hex: 0xFFFFFF)
    let grey = Color(hex: 0x7F7F7F)
    let silver = Color(hex: 0xE5E5E5)
    let blue = Color(hex: isDark ? 0x5C5CFF : 0x0000EE)
    let red = Color(hex: isDark ? 0xFF0000 : 0xCD0000)
    let green = Color(hex: isDark ? 0x00CD00 : 0x00CD00)
    let yellow = Color(hex: isDark ? 0xCDCD00 : 0xCDCD00)
    let magenta = Color(hex: 0xCD00CD)
    let cyan = Color(hex: 0x00CDCD)
    // On white, green, yellow and cyan cannot be read; black can.
    func readable(_ color: Color) -> Color { isDark ? color : black }
    return Theme(
      name: "sixteen", background: isDark ? black : white, text: isDark ? silver : black,
      subdued: isDark ? silver : grey, border: grey, focus: isDark ? white : blue,
      title: isDark ? white : black, accent: readable(cyan), success: readable(green),
      warning: readable(yellow), failure: red, selection: isDark ? Color(hex: 0x0000EE) : silver,
      anchorA: magenta, anchorB: isDark ? green : blue,
      series: [
        blue, isDark ? yellow : red, isDark ? green : magenta, magenta, readable(cyan), red,
      ],
      negative: blue, zero: grey, positive: red)
  }

  /// Nothing but the terminal's own.
  static let colorless = Theme(
    name: "mono", background: .standard, text: .standard, subdued: .standard, border: .standard,
    focus: .standard, title: .standard, accent: .standard, success: .standard, warning: .standard,
    failure: .standard, selection: .standard, anchorA: .standard, anchorB: .standard, series: [],
    negative: .standard, zero: .standard, positive: .standard)

  /// The darker and the lighter of background and text: what pictures are made of.
  var dark: Color { isDark ? background : text }
  var bright: Color { isDark ? text : background }
}

extension Ink {
  func sign(_ mark: Mark) -> String { String(Character(glyph(mark))) }
  func sign(_ unicode: Unicode.Scalar, _ ascii: Unicode.Scalar) -> String {
    String(Character(glyph(unicode, ascii)))
  }
}
