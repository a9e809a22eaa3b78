/// The table as text: for the README, and for the manual page.
extension CommandTable {
  /// A Markdown table of every command, a part for each group.
  public static var markdown: String {
    Group.allCases.map { group in
      let lines = rows.filter { $0.group == group }.map { row in
        "| \(row.keys.map { "`\($0)`" }.joined(separator: " ")) | `\(row.usage)` | "
          + "\(row.help)\(scopeWords(row)) |"
      }
      return "**\(group.rawValue)**\n\n| keys | command | |\n|---|---|---|\n"
        + lines.joined(separator: "\n") + "\n"
    }.joined(separator: "\n")
  }

  /// The same as source of a manual page (roff, man macros): one section of keys.
  public static var manual: String {
    ".SH KEYS\n"
      + Group.allCases.map { group in
        ".SS \(roff(group.rawValue))\n"
          + rows.filter { $0.group == group }.map { row in
            let keys = row.keys.map { "\\fB\(roff($0.description))\\fR" }.joined(separator: ", ")
            let title = "\\fI\(roff(row.usage))\\fR"
            return ".TP\n\(keys.isEmpty ? "" : keys + "  ")\(title)\n"
              + "\(roff(row.help + scopeWords(row))).\n"
          }.joined()
      }.joined()
  }

  private static func scopeWords(_ row: Row) -> String {
    guard case .panes(let panes) = row.scope else { return "" }
    return " (in \(panes.map(\.title).joined(separator: ", ")))"
  }

  /// Text that roff shows as it is: no escapes, no hyphens that become dashes, no line that begins
  /// like a request.
  private static func roff(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\e"
      case "-": result += "\\-"
      case "^": result += "\\(ha"
      case "~": result += "\\(ti"
      case "`": result += "\\(ga"
      case "'": result += "\\(aq"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return (result.hasPrefix(".") ? "\\&" : "") + result
  }
}
