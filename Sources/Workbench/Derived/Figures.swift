import Terminal

/// Numbers as the workbench writes them: one form for each kind of number, so that columns align and
/// nobody has to read twice.
enum Figures {
  /// What stands where there is no number yet.
  static let none = "-"

  /// A loss: `3.21e-3`, with fewer digits `3.2e-3`.
  static func loss(_ value: Float?, digits: Int = 3) -> String {
    value.map { Numbers.scientific(Double($0), digits) } ?? none
  }

  /// A count: `12,480`.
  static func count(_ value: Int) -> String {
    let digits = String(abs(value))
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return (value < 0 ? "-" : "") + text
  }

  /// How often a second: `1.24k/s`, `87/s`, `0.5/s`.
  static func rate(_ value: Double) -> String {
    guard value.isFinite, value > 0 else { return "0/s" }
    if value < 10 { return Numbers.fixed(value, 1) + "/s" }
    for (unit, sign) in [(1e6, "M"), (1e3, "k")] where value >= unit {
      return Numbers.general(value / unit, 3) + sign + "/s"
    }
    return Numbers.fixed(value, 0) + "/s"
  }

  /// A weight or a component of z, always with its sign: `+0.482`, `-12.3`, `+1.2e+4`.
  static func signed(_ value: Float, decimals: Int = 3) -> String {
    let number = Double(value)
    guard number.isFinite else { return Numbers.fixed(number, 0) }
    let sign = number < 0 ? "-" : "+"
    let size = abs(number)
    if size >= 1000 { return sign + Numbers.scientific(size, 2) }
    let spare = size >= 100 ? 2 : size >= 10 ? 1 : 0
    return sign + Numbers.fixed(size, max(decimals - spare, 0))
  }

  /// A number with so many digits that matter: `0.931`, `2.9e-2`.
  static func value(_ value: Float, digits: Int = 3) -> String {
    Numbers.general(Double(value), digits)
  }

  /// A short distance: `.31`, `1.2`.
  static func distance(_ value: Float) -> String {
    let text = Numbers.fixed(Double(value), value < 9.95 ? 2 : 0)
    return text.hasPrefix("0.") ? String(text.dropFirst()) : text
  }

  /// A share: `97.2%`, `100%`, `7%`.
  static func percent(_ share: Float, decimals: Int = 0) -> String {
    guard share.isFinite else { return none }
    let text = Numbers.fixed(Double(share) * 100, decimals)
    guard text.hasPrefix("100") else { return text + "%" }
    // Not all is not rounded to all.
    return share < 1 ? (decimals > 0 ? "99.9%" : "99%") : "100%"
  }

  /// How long ago something was, in words as short as can be: `now`, `4s`, `3min`, `2h`, `5d`.
  static func age(_ seconds: Double) -> String {
    guard seconds.isFinite else { return none }
    switch seconds {
    case ..<1: return "now"
    case ..<60: return "\(Int(seconds))s"
    case ..<3600: return "\(Int(seconds / 60))min"
    case ..<86_400: return "\(Int(seconds / 3600))h"
    default: return "\(min(Int(seconds / 86_400), 99_999))d"
    }
  }

  /// The next number up on the ladder 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10: scales that follow the
  /// data stay where they are for many frames, and read well.
  static func ladder(_ value: Float) -> Float {
    guard value.isFinite, value > 1e-30 else { return 1 }
    let rungs: [Double] = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10]
    var power = 1.0
    let value = Double(value)
    while power * 10 <= value { power *= 10 }
    while power > value { power /= 10 }
    let rung = rungs.first { $0 * power >= value * 0.999_999 } ?? 10
    return Float(rung * power)
  }
}
