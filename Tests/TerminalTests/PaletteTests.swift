import CursesTerminal
import Terminal
import Testing

struct PaletteTests {
  @Test func exactColoursOf256() {
    let palette = Palette(count: 256)
    #expect(palette.index(of: .standard) == -1)
    #expect(palette.index(of: .rgb(0, 0, 0)) == 16)
    #expect(palette.index(of: .rgb(255, 255, 255)) == 231)
    #expect(palette.index(of: .rgb(255, 0, 0)) == 196)
    #expect(palette.index(of: .rgb(95, 135, 175)) == 67)
    #expect(palette.index(of: .rgb(128, 128, 128)) == 244)
    #expect(palette.index(of: .rgb(8, 8, 8)) == 232)
  }

  /// The nearest of a brute-force search over cube and greys is never much nearer.
  @Test func nearestOf256() {
    let levels = [0, 95, 135, 175, 215, 255]
    var colors: [(Int, Int, Int)] = []
    for r in levels { for g in levels { for b in levels { colors.append((r, g, b)) } } }
    for grey in 0..<24 { colors.append((8 + 10 * grey, 8 + 10 * grey, 8 + 10 * grey)) }
    func distance(_ a: (Int, Int, Int), _ b: (Int, Int, Int)) -> Int {
      let (r, g, b) = (a.0 - b.0, a.1 - b.1, a.2 - b.2)
      return 2 * r * r + 4 * g * g + 3 * b * b
    }
    let palette = Palette(count: 256)
    for value in stride(from: 0, to: 1 << 24, by: 4_099) {
      let rgb = (value >> 16, value >> 8 & 255, value & 255)
      let color = Color.rgb(UInt8(rgb.0), UInt8(rgb.1), UInt8(rgb.2))
      let chosen = distance(rgb, colors[palette.index(of: color) - 16])
      let best = colors.map { distance(rgb, $0) }.min() ?? 0
      #expect(Double(chosen).squareRoot() <= Double(best).squareRoot() + 12, "\(rgb)")
    }
  }

  @Test func smallPalettes() {
    #expect(Palette(count: 16).index(of: .rgb(250, 10, 10)) == 9)
    #expect(Palette(count: 8).index(of: .rgb(250, 10, 10)) == 1)
    // Dark grey does not vanish on black.
    #expect(Palette(count: 8).index(of: .rgb(110, 110, 110)) == 7)
    #expect(Palette(count: 8).index(of: .rgb(110, 110, 110), isBackground: true) == 0)
    #expect(Palette(count: 7).count == 8 && Palette(count: 88).count == 16)
  }
}
