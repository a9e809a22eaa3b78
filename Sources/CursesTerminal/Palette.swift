import Terminal

/// The nearest colour of a terminal that has only numbered ones.
public struct Palette: Hashable, Sendable {
  /// 8, 16 or 256.
  public let count: Int

  public init(count: Int) { self.count = count >= 256 ? 256 : count >= 16 ? 16 : 8 }

  /// The number of a colour; -1 for the terminal's own.
  public func index(of color: Color, isBackground: Bool = false) -> Int {
    guard case .rgb(let red, let green, let blue) = color else { return -1 }
    let rgb = (Int(red), Int(green), Int(blue))
    if count == 256 { return Palette.index256(rgb) }
    let nearest = Palette.nearest(rgb, among: Palette.ansi)
    if count == 16 { return nearest }
    // Eight colours have no bright ones, and dark grey must not vanish on black.
    return nearest == 8 ? (isBackground ? 0 : 7) : nearest & 7
  }

  /// Colours 16…231 are a cube of six levels, 232…255 greys. The first 16 are left alone: they
  /// look as their owner has set them.
  private static func index256(_ rgb: (Int, Int, Int)) -> Int {
    func level(_ value: Int) -> Int { value < 48 ? 0 : value < 115 ? 1 : (value - 35) / 40 }
    func shade(_ level: Int) -> Int { level == 0 ? 0 : 55 + 40 * level }
    let (r, g, b) = (level(rgb.0), level(rgb.1), level(rgb.2))
    let average = (rgb.0 + rgb.1 + rgb.2) / 3
    let grey = min(max((average - 3) / 10, 0), 23)
    let greyShade = 8 + 10 * grey
    let cubeDistance = distance(rgb, (shade(r), shade(g), shade(b)))
    let greyDistance = distance(rgb, (greyShade, greyShade, greyShade))
    return greyDistance < cubeDistance ? 232 + grey : 16 + 36 * r + 6 * g + b
  }

  /// xterm's 16 colours.
  private static let ansi: [(Int, Int, Int)] = [
    (0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205), (0, 205, 205),
    (229, 229, 229), (127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0), (92, 92, 255),
    (255, 0, 255), (0, 255, 255), (255, 255, 255),
  ]

  private static func nearest(_ rgb: (Int, Int, Int), among palette: [(Int, Int, Int)]) -> Int {
    palette.indices.min { distance(rgb, palette[$0]) < distance(rgb, palette[$1]) } ?? 7
  }

  /// Squared, weighted as the eye weighs red, green and blue (about 2 : 4 : 3).
  private static func distance(_ a: (Int, Int, Int), _ b: (Int, Int, Int)) -> Int {
    let (r, g, b) = (a.0 - b.0, a.1 - b.1, a.2 - b.2)
    return 2 * r * r + 4 * g * g + 3 * b * b
  }
}
