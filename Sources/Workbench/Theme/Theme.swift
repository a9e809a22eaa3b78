import Terminal

/// Colours by role. A pane never names a colour, only what it is for.
public struct Theme: Sendable, Equatable {
  public var name: String
  public var background: Color
  public var text: Color
  /// Labels, axes, help: less important than text.
  public var subdued: Color
  public var border: Color
  public var focus: Color
  public var title: Color
  public var accent: Color
  public var success: Color
  public var warning: Color
  public var failure: Color
  public var selection: Color
  public var anchorA: Color
  public var anchorB: Color
  /// Curves, in order: training, validation, and others.
  public var series: [Color]
  /// The ends and the middle of a diverging ramp: −, 0, +.
  public var negative: Color
  public var zero: Color
  public var positive: Color
}

extension Theme {
  /// The roles of a base16 scheme's colours. Minus is its blue and plus its orange, which most people
  /// who do not tell red from green tell apart.
  public init(_ scheme: Scheme) {
    let base = scheme.colors
    self.init(
      name: scheme.name, background: base[0x0], text: base[0x5], subdued: base[0x4],
      border: base[0x3], focus: base[0xD], title: base[0x6], accent: base[0xC],
      success: base[0xB], warning: base[0xA], failure: base[0x8], selection: base[0x2],
      anchorA: base[0xE], anchorB: base[0xB],
      series: [
        base[0xD], base[0x9], base[0xB], base[0xE], base[0xC], base[0xA], base[0x8], base[0xF],
      ],
      negative: base[0xD], zero: base[0x1], positive: base[0x9])
  }

  public static let loom = Theme(.loom)
  public static let paper = Theme(.paper)
  /// What is shown when nobody asked for another.
  public static let standard = loom

  /// Whether text is lighter than its background.
  public var isDark: Bool { (background.luminance ?? 0) < (text.luminance ?? 1) }
}
