import Glibc

/// Numbers as text, the same in every locale.
public enum Numbers {
  /// With so many digits after the point: `-0.42`, `12.0`. Not a number is `nan`, infinity `inf`.
  public static func fixed(_ value: Double, _ decimals: Int) -> String {
    guard value.isFinite else { return special(value) }
    let decimals = min(max(decimals, 0), 12)
    let scale = power(10, decimals)
    let scaled = (abs(value) * scale).rounded()
    guard scaled < 9e15 else { return scientific(value, 3) }
    let whole = Int(scaled)
    let divisor = Int(scale)
    let sign = value < 0 && whole > 0 ? "-" : ""
    guard decimals > 0 else { return "\(sign)\(whole)" }
    let fraction = String(whole % divisor)
    return "\(sign)\(whole / divisor)." + String(repeating: "0", count: decimals - fraction.count)
      + fraction
  }

  /// With so many significant digits and an exponent: `3.21e-3`, `1e+0`.
  public static func scientific(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite else { return special(value) }
    guard value != 0 else { return "0" }
    let decimals = max(digits - 1, 0)
    var exponent = Int(log10(abs(value)).rounded(.down))
    // Two steps, because 10^±308 times the mantissa may leave the range of a Double.
    var mantissa = value / power(10, exponent / 2) / power(10, exponent - exponent / 2)
    if (abs(mantissa) * power(10, decimals)).rounded() >= power(10, decimals + 1) {
      exponent += 1
      mantissa /= 10
    }
    return fixed(mantissa, decimals) + "e" + (exponent < 0 ? "-" : "+") + String(abs(exponent))
  }

  /// As short as it can be with so many significant digits: `0.042`, `3.1e-3`, `12.5`, `1250`.
  public static func general(_ value: Double, _ digits: Int = 3) -> String {
    guard value.isFinite else { return special(value) }
    guard value != 0 else { return "0" }
    var exponent = Int(log10(abs(value)).rounded(.down))
    // 99.96 rounds up to one digit more.
    let scale = power(10, digits - 1 - exponent)
    if (abs(value) * scale).rounded() >= power(10, digits) { exponent += 1 }
    if exponent < -2 || exponent >= max(digits, 5) { return scientific(value, digits) }
    return fixed(value, max(digits - 1 - exponent, 0))
  }

  /// A whole number as it is, any other to so many significant digits.
  public static func plain(_ value: Double, _ digits: Int = 3) -> String {
    value == value.rounded() && abs(value) < 1e6 ? fixed(value, 0) : general(value, digits)
  }

  /// A count with a unit of thousands: `950`, `4k`, `12.5k`, `1.2M`.
  public static func count(_ value: Double) -> String {
    guard value.isFinite else { return special(value) }
    guard abs(value) < 1e13 else { return scientific(value, 3) }
    for (unit, sign) in [(1e9, "G"), (1e6, "M"), (1e3, "k")] where abs(value) >= unit {
      return trimmed(value / unit) + sign
    }
    return trimmed(value)
  }

  /// A size in memory: `950 B`, `12 KiB`, `1.5 MiB`.
  public static func bytes(_ count: Int) -> String {
    count < 1024
      ? "\(count) B"
      : count < 1_048_576 ? "\(count / 1024) KiB" : fixed(Double(count) / 1_048_576, 1) + " MiB"
  }

  /// At most two digits after the point, and none that say nothing.
  private static func trimmed(_ value: Double) -> String {
    var text = Substring(fixed(value, 2))
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return String(text)
  }

  private static func special(_ value: Double) -> String {
    value.isNaN ? "nan" : value < 0 ? "-inf" : "inf"
  }

  static func power(_ base: Double, _ exponent: Int) -> Double { pow(base, Double(exponent)) }
  static func logarithm(_ value: Double) -> Double { log10(value) }
  static func exponential(_ value: Double) -> Double { pow(10, value) }
}
