/// Something a person can turn: its name, what it may be set to, and what turning it costs.
public struct Knob: Hashable, Sendable {
  /// What a knob can be set to.
  public enum Domain: Hashable, Sendable {
    case integer(ClosedRange<Int>)
    /// A real number; `logarithmic` says that steps multiply instead of add.
    case real(ClosedRange<Double>, logarithmic: Bool)
    case choice([String])
    /// Hidden-layer widths, written `64-32`: how many layers, and how wide each may be.
    case widths(layers: ClosedRange<Int>, width: ClosedRange<Int>)
    /// Any line of text; what it is, in words.
    case text(String)
  }

  /// What happens to a run when the knob is turned.
  public enum Effect: String, Hashable, Sendable {
    /// The next step uses the new value.
    case live
    /// The networks are built anew and training starts over.
    case rebuild
  }

  /// The name on the command line (`--set batch=32`) and in a session: lower case, hyphens.
  public let name: String
  /// The name on the screen.
  public let title: String
  /// One sentence on what it does.
  public let help: String
  public let domain: Domain
  public let standard: KnobValue
  public let effect: Effect

  public init(
    _ name: String, title: String, help: String, _ domain: Domain, standard: KnobValue,
    effect: Effect
  ) {
    self.name = name
    self.title = title
    self.help = help
    self.domain = domain
    self.standard = standard
    self.effect = effect
  }
}

/// The value a knob is set to.
public enum KnobValue: Hashable, Sendable {
  case integer(Int)
  case real(Double)
  case choice(String)
  case widths([Int])
  case text(String)
}

extension KnobValue: CustomStringConvertible {
  /// The value as it is typed: `32`, `0.001`, `adam`, `64-32`. `Knob.parse` reads it back.
  public var description: String {
    switch self {
    case .integer(let value): "\(value)"
    case .real(let value):
      value == value.rounded() && abs(value) < 1e6 ? "\(Int(value))" : "\(value)"
    case .choice(let value): value
    case .widths(let widths): widths.map(String.init).joined(separator: "-")
    case .text(let text): text
    }
  }
}

/// A knob that does not exist, or a value it cannot take; worded for the person who typed it.
public struct KnobError: Error, Hashable, CustomStringConvertible, Sendable {
  public let description: String
  /// Whether the fault is not in what was typed but in the data it leads to.
  public let isOfData: Bool

  public init(_ description: String, ofData isOfData: Bool = false) {
    self.description = description
    self.isOfData = isOfData
  }
}

extension Knob {
  /// What may be typed for this knob, in words: `a whole number from 1 to 256`.
  public var domainDescription: String {
    switch domain {
    case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .real(let range, _):
      "a number from \(KnobValue.real(range.lowerBound)) to \(KnobValue.real(range.upperBound))"
    case .choice(let names): "one of \(names.joined(separator: ", "))"
    case .widths(let layers, let width):
      "\(layers.lowerBound) to \(layers.upperBound) widths from \(width.lowerBound) to "
        + "\(width.upperBound), joined by hyphens, such as 64-32"
    case .text(let words): words
    }
  }

  /// Reads a typed value. Throws `KnobError` naming the knob, or whatever it is called, and what it takes.
  public func parse(_ text: String, called word: String = "knob") throws(KnobError) -> KnobValue {
    let value: KnobValue? =
      switch domain {
      case .integer: Int(text).map(KnobValue.integer)
      case .real: Double(text).map(KnobValue.real)
      case .choice: .choice(text)
      case .widths:
        widths(text).map(KnobValue.widths)
      case .text: .text(text)
      }
    guard let value, contains(value) else {
      throw KnobError("\(word) '\(name)' takes \(domainDescription), not '\(text)'")
    }
    return value
  }

  private func widths(_ text: String) -> [Int]? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Int($0) }
    return numbers.count == parts.count ? numbers : nil
  }

  /// Bytes of the longest text a knob takes.
  public static let longestText = 1000

  /// Whether the knob can be set to this value.
  public func contains(_ value: KnobValue) -> Bool {
    switch (domain, value) {
    case (.integer(let range), .integer(let value)): range.contains(value)
    case (.real(let range, _), .real(let value)): range.contains(value)
    case (.choice(let names), .choice(let value)): names.contains(value)
    case (.widths(let layers, let width), .widths(let value)):
      layers.contains(value.count) && value.allSatisfy(width.contains)
    case (.text, .text(let text)):
      text.utf8.count <= Knob.longestText && !text.unicodeScalars.contains { $0.value < 32 }
    default: false
    }
  }

  /// The value some key presses away: `steps` fine ones (±1) or coarse ones (±10). Stays in range.
  public func nudged(_ value: KnobValue, by steps: Int) -> KnobValue {
    switch (domain, value) {
    case (.integer(let range), .integer(let value)):
      let (sum, overflow) = value.addingReportingOverflow(steps)
      return .integer(overflow ? value : min(max(sum, range.lowerBound), range.upperBound))
    case (.real(let range, let logarithmic), .real(let value)):
      let moved =
        logarithmic
        ? Knob.stepped(value, by: steps, lowest: range.lowerBound)
        : value + Double(steps) * (range.upperBound - range.lowerBound) / 100
      let rounded = (moved * 1e9).rounded() / 1e9
      return .real(min(max(rounded, range.lowerBound), range.upperBound))
    case (.choice(let names), .choice(let value)):
      guard let index = names.firstIndex(of: value) else { return standard }
      let count = names.count
      return .choice(names[((index + steps.signum()) % count + count) % count])
    case (.widths(let layers, let width), .widths(let value)):
      guard layers.contains(value.count) else { return standard }
      return .widths(value.map { min(max($0 + steps, width.lowerBound), width.upperBound) })
    case (.text, .text): return value
    default:
      return standard
    }
  }

  /// Walks the ladder 1, 2, 5, 10, 20, 50, …; from the lowest rung one step down is 0 if the range
  /// begins there.
  private static func stepped(_ value: Double, by steps: Int, lowest: Double) -> Double {
    let mantissas = [1.0, 2.0, 5.0]
    var current = value
    for _ in 0..<min(abs(steps), 60) {
      if current <= 0 {
        if steps < 0 { return 0 }
        current = 1e-5
        continue
      }
      var power = 1.0
      while current >= power * 9.999_999 { power *= 10 }
      while current < power * 0.999_999_9 { power /= 10 }
      let mantissa = current / power
      if steps > 0 {
        current = (mantissas.first { $0 > mantissa * 1.000_01 } ?? 10) * power
      } else {
        current = (mantissas.last { $0 < mantissa * 0.999_99 } ?? 0.5) * power
      }
      if steps < 0, lowest == 0, current < 0.999e-5 { return 0 }
    }
    return current
  }
}
