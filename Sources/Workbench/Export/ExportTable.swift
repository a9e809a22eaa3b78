/// What a pane shows as rows of named columns: what CSV and JSON are made of.
struct ExportTable: Sendable, Equatable {
  enum Cell: Sendable, Equatable {
    case text(String)
    case integer(Int)
    case number(Float)
    case none

    init(_ value: Float?) { self = value.map(Cell.number) ?? .none }

    /// As it stands in a table: the shortest digits that read back as the same number.
    var text: String {
      switch self {
      case .text(let text): text
      case .integer(let value): "\(value)"
      case .number(let value): value.isFinite ? "\(value)" : ""
      case .none: ""
      }
    }

    var json: JSONValue {
      switch self {
      case .text(let text): .string(text)
      case .integer(let value): .integer(value)
      case .number(let value): .number(value)
      case .none: .null
      }
    }
  }

  var columns: [String]
  /// Each as long as `columns`.
  var rows: [[Cell]]

  /// Comma-separated values as RFC 4180 has them: CRLF, quotes where a field needs them.
  var csv: String {
    func line(_ fields: [String]) -> String {
      fields.map(ExportTable.quoted).joined(separator: ",") + "\r\n"
    }
    return line(columns) + rows.map { line($0.map(\.text)) }.joined()
  }

  private static func quoted(_ field: String) -> String {
    let needsQuotes = field.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
    guard needsQuotes else { return field }
    return "\""
      + field.split(separator: "\"", omittingEmptySubsequences: false)
      .joined(separator: "\"\"") + "\""
  }

  var markdown: String {
    func line(_ fields: [String]) -> String {
      let plain = fields.map { $0.split(separator: "|").joined(separator: "/") }
      return "| " + plain.joined(separator: " | ") + " |\n"
    }
    return line(columns) + line(columns.map { _ in "---" })
      + rows.map { line($0.map(\.text)) }.joined()
  }

  /// One object a row.
  var json: JSONValue {
    .array(rows.map { row in .object(zip(columns, row).map { ($0, $1.json) }) })
  }
}
