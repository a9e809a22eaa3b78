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
