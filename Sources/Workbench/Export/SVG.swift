import Terminal

/// A vector picture, written element by element.
struct SVG {
  let width: Double
  let height: Double
  let theme: Theme
  private var body = ""

  init(width: Double, height: Double, theme: Theme) {
    self.width = width
    self.height = height
    self.theme = theme
  }

  enum Anchor: String { case start, middle, end }

  mutating func rect(
    x: Double, y: Double, width: Double, height: Double, fill: String?, stroke: String? = nil
  ) {
    body += """
      <rect x="\(x.svg)" y="\(y.svg)" width="\(width.svg)" height="\(height.svg)" \
      fill="\(fill ?? "none")"\(stroke.map { " stroke=\"\($0)\"" } ?? "")/>

      """
  }

  mutating func line(
    _ from: (x: Double, y: Double), _ to: (x: Double, y: Double), stroke: String, width: Double = 1,
    isDashed: Bool = false
  ) {
    body += """
      <line x1="\(from.x.svg)" y1="\(from.y.svg)" x2="\(to.x.svg)" y2="\(to.y.svg)" \
      stroke="\(stroke)" stroke-width="\(width.svg)"\(isDashed ? " stroke-dasharray=\"3 4\"" : "")/>

      """
  }

  /// A line through points.
  mutating func path(
    _ points: [(x: Double, y: Double)], stroke: String, width: Double = 1.5, opacity: Double = 1,
    isDashed: Bool = false
  ) {
    guard points.count > 1 else { return }
    let list = points.map { "\($0.x.svg),\($0.y.svg)" }.joined(separator: " ")
    body += """
      <polyline points="\(list)" fill="none" stroke="\(stroke)" stroke-width="\(width.svg)" \
      stroke-opacity="\(opacity.svg)" stroke-linejoin="round"\
      \(isDashed ? " stroke-dasharray=\"5 4\"" : "")/>

      """
  }

  mutating func circle(x: Double, y: Double, radius: Double, fill: String?, stroke: String) {
    body += """
      <circle cx="\(x.svg)" cy="\(y.svg)" r="\(radius.svg)" fill="\(fill ?? "none")" \
      stroke="\(stroke)"/>

      """
  }

  mutating func text(
    _ text: String, x: Double, y: Double, fill: String? = nil, anchor: Anchor = .start,
    size: Double = 11
  ) {
    body += """
      <text x="\(x.svg)" y="\(y.svg)" font-size="\(size.svg)" text-anchor="\(anchor.rawValue)" \
      fill="\(fill ?? self.text)">\(text.escapedForXML)</text>

      """
  }

  // MARK: Colours

  var background: String { theme.background.hexadecimal(else: "#ffffff") }
  var text: String { theme.text.hexadecimal(else: "#202020") }
  var subdued: String { theme.subdued.hexadecimal(else: "#808080") }
  var accent: String { theme.accent.hexadecimal(else: "#0060c0") }

  func series(_ index: Int) -> String {
    guard !theme.series.isEmpty else { return accent }
    return theme.series[index % theme.series.count].hexadecimal(else: text)
  }

  /// A colour of the diverging ramp, for −1 … 1; like the screen's, in 33 levels.
  func diverging(_ value: Double) -> String {
    let level = (min(max(value.isFinite ? value : 0, -1), 1) * 16).rounded() / 16
    let end = level < 0 ? theme.negative : theme.positive
    return theme.zero.mixed(with: end, share: abs(level))
  }

  var document: String {
    """
    <?xml version="1.0" encoding="UTF-8"?>
    <svg xmlns="http://www.w3.org/2000/svg" width="\(width.svg)" height="\(height.svg)" \
    viewBox="0 0 \(width.svg) \(height.svg)" font-family="ui-monospace, Menlo, Consolas, monospace">
    <rect width="100%" height="100%" fill="\(background)"/>
    \(body)</svg>

    """
  }
}

extension Double {
  /// A coordinate with at most two digits after the point.
  var svg: String {
    guard isFinite, abs(self) < 1e9 else { return "0" }
    let rounded = (self * 100).rounded() / 100
    return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
  }
}

extension String {
  /// Without anything XML would read as markup or cannot hold.
  var escapedForXML: String {
    var result = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case _ where scalar.value < 0x20 && scalar != "\t" && scalar != "\n": result += " "
      case "\u{FFFE}", "\u{FFFF}": result += " "
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

extension Color {
  fileprivate var components: (Double, Double, Double)? {
    guard case .rgb(let red, let green, let blue) = self else { return nil }
    return (Double(red), Double(green), Double(blue))
  }

  fileprivate func hexadecimal(else standard: String) -> String {
    components.map { Color.hexadecimal($0) } ?? standard
  }

  fileprivate func mixed(with other: Color, share: Double) -> String {
    let a = components ?? (238, 238, 238)
    let b = other.components ?? (0, 96, 192)
    return Color.hexadecimal(
      (a.0 + (b.0 - a.0) * share, a.1 + (b.1 - a.1) * share, a.2 + (b.2 - a.2) * share))
  }

  private static func hexadecimal(_ color: (Double, Double, Double)) -> String {
    "#"
      + [color.0, color.1, color.2].map { value in
        let digits = String(Int(min(max(value, 0), 255)), radix: 16)
        return digits.count == 1 ? "0" + digits : digits
      }.joined()
  }
}
