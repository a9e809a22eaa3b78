import Foundation

/// A table of text in UTF-8: a first line of column names, then a row a line, fields joined by commas. A
/// field may stand in quotes, in which two quotes are one (RFC 4180, but for line breaks in a field).
package struct CSVTable: Sendable {
  package struct Row: Sendable {
    package let line: Int
    package let fields: [String]
  }

  /// What a sentence calls it.
  package let name: String
  package let columns: [String]
  package let rows: [Row]

  private static let mostBytes = 1 << 26
  private static let mostRows = 200_000
  /// What stands for a value that is not there, unless somebody says otherwise.
  static let missingMarks: Set<String> = ["", "na", "nan", "n/a", "null", "none", "?", "."]

  /// The table of a file.
  package init(path: String) throws(KnobError) {
    try self.init(TextFile(path).bytes(), named: "'\(path)'")
  }

  package init(_ bytes: Data, named name: String) throws(KnobError) {
    self.name = name
    func wrong(_ what: String) -> KnobError { KnobError("\(name) \(what)", ofData: true) }
    guard bytes.count <= Self.mostBytes else {
      throw wrong(
        "has \(bytes.count >> 20) MB, more than the \(Self.mostBytes >> 20) that are read; give fewer "
          + "rows")
    }
    guard let text = String(data: bytes, encoding: .utf8) else {
      throw wrong("is not text in UTF-8")
    }
    var lines: [(number: Int, fields: [String])] = []
    // A mark of the byte order is no part of the first name. Where lines end in CR LF both are one
    // character.
    let whole = text.hasPrefix("\u{FEFF}") ? text.dropFirst() : text[...]
    for (index, line) in whole.split(
      omittingEmptySubsequences: false, whereSeparator: \.isNewline
    ).enumerated() where !line.allSatisfy(\.isWhitespace) {
      guard let fields = Self.fields(of: line) else {
        throw wrong("has a quote in line \(index + 1) that does not end there")
      }
      lines.append((index + 1, fields))
      guard lines.count <= Self.mostRows + 1 else {
        throw wrong("has more than the \(Self.mostRows) rows that are read; give fewer")
      }
    }
    guard let header = lines.first else {
      throw wrong("is empty; its first line names the columns, and every other one is a row")
    }
    if let number = header.fields.first(where: { Double($0) != nil }) {
      throw wrong("has no line of column names: its first line has the number \(number)")
    }
    if let twice = header.fields.first(where: { name in
      header.fields.count { $0 == name } > 1
    }) {
      throw wrong("names the column '\(twice)' twice")
    }
    for (number, fields) in lines.dropFirst() where fields.count != header.fields.count {
      throw wrong(
        "has \(fields.count) fields in line \(number) and \(header.fields.count) columns")
    }
    guard lines.count > 1 else { throw wrong("has column names and no row") }
    columns = header.fields
    rows = lines.dropFirst().map { Row(line: $0.number, fields: $0.fields) }
  }

  private static func fields(of line: Substring) -> [String]? {
    var fields: [String] = []
    var field = ""
    var isQuoted = false
    var characters = line.makeIterator()
    var next = characters.next()
    while let character = next {
      next = characters.next()
      switch character {
      case "\"" where isQuoted && next == "\"":
        field.append("\"")
        next = characters.next()
      case "\"": isQuoted.toggle()
      case "," where !isQuoted:
        fields.append(field.trimmingCharacters(in: .whitespaces))
        field = ""
      default: field.append(character)
      }
    }
    guard !isQuoted else { return nil }
    return fields + [field.trimmingCharacters(in: .whitespaces)]
  }

  /// The place of a column; throws where there is none of that name.
  package func index(of column: String) throws(KnobError) -> Int {
    guard let index = columns.firstIndex(of: column) else {
      throw KnobError(
        "\(name) has no column '\(column)'; it has \(columns.joined(separator: ", "))", ofData: true
      )
    }
    return index
  }

  /// The number in a field; nil where it is missing. Throws where it is neither.
  package func number(
    _ row: Row, _ column: Int, missing marks: Set<String> = missingMarks
  ) throws(KnobError) -> Double? {
    let field = row.fields[column]
    if marks.contains(field.lowercased()) { return nil }
    guard let value = Double(field), value.isFinite, abs(value) < 1e30 else {
      throw KnobError(
        "line \(row.line) of \(name): \(columns[column]) is '\(field.prefix(40))', not a number",
        ofData: true)
    }
    return value
  }
}

extension CSVTable {
  /// The rows of a layout whose outcome is known, and how many there are besides.
  /// - Parameter outcomes: in words; a row's is the place of its word among them, which it must have.
  package func rows(
    _ layout: TableLayout, outcomes: [String]
  ) throws(KnobError) -> (rows: [LabelledRow], unknown: Int) {
    let label = try index(of: layout.label)
    var places: [Int] = []
    for column in layout.columns { places.append(try index(of: column)) }
    var found: [LabelledRow] = []
    var unknown = 0
    for row in rows {
      guard !layout.missing.contains(row.fields[label].lowercased()) else {
        unknown += 1
        continue
      }
      guard let outcome = outcomes.firstIndex(of: row.fields[label]) else {
        throw KnobError(
          "line \(row.line) of \(name): '\(row.fields[label].prefix(40))' is none of the outcomes of "
            + "'\(layout.label)', \(outcomes.joined(separator: ", "))", ofData: true)
      }
      var x: [Double?] = []
      for place in places { x.append(try number(row, place, missing: layout.missing)) }
      found.append(LabelledRow(x: x, outcome: outcome))
    }
    return (found, unknown)
  }
}

/// The mean and deviation of numbers, by which others are brought to the size of 1.
package struct Standard: Codable, Hashable, Sendable {
  var mean: Double
  var deviation: Double

  /// Of numbers that are all the same, or none, the deviation is 1.
  init(_ values: [Double]) {
    let count = Double(max(values.count, 1))
    let mean = values.reduce(0, +) / count
    let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    self.mean = mean
    deviation = square > 1e-20 ? square.squareRoot() : 1
  }

  /// Of numbers of which only the sum and that of their squares are known.
  init(count: Int, sum: Double, squares: Double) {
    let count = Double(max(count, 1))
    mean = sum / count
    let square = squares / count - mean * mean
    // Below that it is what rounding leaves.
    deviation = square > max(1e-20, 1e-12 * mean * mean) ? square.squareRoot() : 1
  }

  var isSensible: Bool { mean.isFinite && deviation.isFinite && deviation > 0 }

  func scaled(_ value: Double) -> Float { Float((value - mean) / deviation) }
  func unscaled(_ value: Float) -> Double { Double(value) * deviation + mean }
}
