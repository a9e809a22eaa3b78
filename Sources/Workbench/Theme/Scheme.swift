import Foundation
import Terminal

/// A base16 or base24 colour scheme: sixteen colours with agreed meanings (base00 background … base05
/// text … base08 red …), and eight brighter ones that base24 adds. See github.com/tinted-theming.
public struct Scheme: Sendable, Equatable {
  public let name: String
  /// Sixteen or twenty-four colours, base00 first.
  public let colors: [Color]

  /// Nil unless there are sixteen or twenty-four colours.
  public init?(name: String, colors: [Color]) {
    guard colors.count == 16 || colors.count == 24 else { return nil }
    self.name = name
    self.colors = colors
  }

  /// From hexadecimal numbers; for schemes that are part of the program.
  private init(_ name: String, hex: [UInt32]) {
    self.name = name
    colors = hex.map(Color.init(hex:))
  }

  /// The names of colours in a scheme file: `base00` … `base0F`, then `base10` … `base17`.
  package static let keys = (0..<24).map { index in
    "base" + (index < 16 ? "0" : "1") + String(index % 16, radix: 16, uppercase: true)
  }

  /// Weft's own dark scheme; the same as `themes/loom.yaml`.
  public static let loom = Scheme(
    "loom",
    hex: [
      0x12161C, 0x1C222B, 0x2A3440, 0x566374, 0x98A6B5, 0xD5DDE6, 0xE6ECF2, 0xF7FAFC,
      0xF0717B, 0xF29E5C, 0xE8C76A, 0x8CC97B, 0x63C5C0, 0x6FAEF2, 0xC698E8, 0xC08A6A,
    ])

  /// Weft's own light scheme; the same as `themes/paper.yaml`.
  public static let paper = Scheme(
    "paper",
    hex: [
      0xFAF7F0, 0xF0EBDF, 0xE6DFCF, 0xA39B8B, 0x6A6458, 0x2E2B26, 0x1F1D19, 0x0F0E0C,
      0xB3262F, 0xA8500A, 0x806000, 0x3C6E1F, 0x0B6E72, 0x1F5FA8, 0x7D3CA0, 0x7A4B2A,
    ])
}

extension Color {
  /// 0xRRGGBB.
  init(hex: UInt32) {
    self = .rgb(UInt8(hex >> 16 & 0xFF), UInt8(hex >> 8 & 0xFF), UInt8(hex & 0xFF))
  }

  /// `RRGGBB` or `RGB`, with or without `#`; nil for anything else.
  init?(hexadecimal text: some StringProtocol) {
    let digits = text.hasPrefix("#") ? text.dropFirst() : text[...]
    guard digits.utf8.count == 6 || digits.utf8.count == 3,
      digits.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit })
    else { return nil }
    let full = digits.count == 6 ? String(digits) : digits.map { "\($0)\($0)" }.joined()
    guard let value = UInt32(full, radix: 16) else { return nil }
    self.init(hex: value)
  }

  /// Part of the way to another colour; `.standard` does not mix.
  func mixed(with other: Color, share: Float) -> Color {
    guard case .rgb(let r, let g, let b) = self, case .rgb(let r2, let g2, let b2) = other else {
      return share < 0.5 ? self : other
    }
    func between(_ a: UInt8, _ b: UInt8) -> UInt8 {
      UInt8(min(max((Float(a) + (Float(b) - Float(a)) * share).rounded(), 0), 255))
    }
    return .rgb(between(r, r2), between(g, g2), between(b, b2))
  }

  /// Relative luminance, 0…1 (WCAG 2.1); nil for the terminal's own colour.
  var luminance: Double? {
    guard case .rgb(let r, let g, let b) = self else { return nil }
    func linear(_ value: UInt8) -> Double {
      let s = Double(value) / 255
      return s <= 0.040_45 ? s / 12.92 : pow((s + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
  }

  /// Contrast ratio, 1…21 (WCAG 2.1).
  package func contrast(with other: Color) -> Double? {
    guard let a = luminance, let b = other.luminance else { return nil }
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)
  }
}
