/// A JSON value whose keys keep the order they are given in, written on one line.
package indirect enum JSON: CustomStringConvertible {
  case null
  case boolean(Bool)
  case integer(Int)
  case natural(UInt64)
  case float(Float)
  case double(Double)
  case string(String)
  case array([JSON])
  case object([(String, JSON)])

  /// A number, or null where there is none.
  package init(_ value: Float?) { self = value.map(JSON.float) ?? .null }
  package init(_ value: String?) { self = value.map(JSON.string) ?? .null }

  /// JSON has no word for a number that is not finite: it is null.
  package var description: String {
    switch self {
    case .null: "null"
    case .boolean(let value): value ? "true" : "false"
    case .integer(let value): "\(value)"
    case .natural(let value): "\(value)"
    case .float(let value): value.isFinite ? "\(value)" : "null"
    case .double(let value): value.isFinite ? "\(value)" : "null"
    case .string(let text): JSON.quoted(text)
    case .array(let values): "[" + values.map(\.description).joined(separator: ",") + "]"
    case .object(let fields):
      "{" + fields.map { JSON.quoted($0) + ":" + $1.description }.joined(separator: ",") + "}"
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
