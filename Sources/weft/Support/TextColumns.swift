/// Columns of text, each as wide as its widest cell.
enum TextColumns {
  /// One line a row, two spaces between columns, nothing after the last.
  static func text(_ rows: [[String]], indent: Int = 0) -> String {
    let count = rows.map(\.count).max() ?? 0
    let widths = (0..<count).map { column in
      rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      let cells = row.enumerated().map { column, cell in
        row[(column + 1)...].allSatisfy(\.isEmpty)
          ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
      }
      let last = cells.lastIndex { !$0.isEmpty }.map { $0 + 1 } ?? 0
      return String(repeating: " ", count: indent)
        + cells[..<last].joined(separator: "  ") + "\n"
    }.joined()
  }
}
