import Foundation

/// JSON under construction: members in the order they are added, one a line where an indentation is
/// given and all on one line where not.
struct JSONText {
  private struct Level {
    /// What its members are indented by; nil puts them on one line.
    var indentation: String?
    /// The indentation of its closing bracket.
    var outer: String
    var isEmpty = true
  }

  private(set) var bytes = Data()
  private var levels: [Level] = []

  init(reserving count: Int) { bytes.reserveCapacity(count) }

  mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }

  /// Begins an object or array whose bracket closes at `indentation`; members stand two further in.
  mutating func open(_ bracket: String, _ indentation: String?) {
    raw(bracket)
    levels.append(Level(indentation: indentation.map { $0 + "  " }, outer: indentation ?? ""))
  }

  mutating func close(_ bracket: String) {
    let level = levels.removeLast()
    if level.indentation != nil, !level.isEmpty { raw("\n" + level.outer) }
    raw(bracket)
  }

  mutating func member(_ name: String, _ value: (inout JSONText) -> Void) {
    separate()
    string(name)
    raw(": ")
    value(&self)
  }

  mutating func element(_ value: (inout JSONText) -> Void) {
    separate()
    value(&self)
  }

  private mutating func separate() {
    guard let level = levels.last else { return }
    levels[levels.count - 1].isEmpty = false
    if !level.isEmpty { raw(",") }
    if let indentation = level.indentation {
      raw("\n" + indentation)
    } else if !level.isEmpty {
      raw(" ")
    }
  }

  mutating func string(_ text: String) {
    raw("\"")
    var plain = true
    for byte in text.utf8 where byte < 0x20 || byte == 0x22 || byte == 0x5C { plain = false }
    if plain {
      raw(text)
    } else {
      for scalar in text.unicodeScalars {
        switch scalar {
        case "\"", "\\": raw("\\\(scalar)")
        case _ where scalar.value < 0x20:
          let digits = String(scalar.value, radix: 16)
          raw("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
        default: raw(String(scalar))
        }
      }
    }
    raw("\"")
  }

  /// The shortest decimal that reads back as the same bits.
  mutating func number(_ value: Float) { raw(value.description) }

  mutating func numbers(_ values: some Sequence<Float>) {
    raw("[" + values.map(\.description).joined(separator: ", ") + "]")
  }

  mutating func integers(_ values: some Sequence<Int>) {
    raw("[" + values.map(String.init).joined(separator: ", ") + "]")
  }
}
