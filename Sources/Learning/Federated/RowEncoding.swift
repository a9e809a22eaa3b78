/// A row of a client's table: numbers by column, nil where one is missing, and which outcome it had.
package struct LabelledRow: Sendable, Equatable {
  package let x: [Double?]
  package let outcome: Int

  package init(x: [Double?], outcome: Int) {
    self.x = x
    self.outcome = outcome
  }
}

/// How a client's table is read: which column is the outcome, which ones it is predicted from, and what
/// stands for a value that is not there (in small letters).
package struct TableLayout: Codable, Hashable, Sendable {
  package var label: String
  package var columns: [String]
  package var missing: Set<String>

  package init(label: String, columns: [String], missing: Set<String>) {
    self.label = label
    self.columns = columns
    self.missing = missing
  }

  /// What tables with these columns have in common; nil where that is less than a label and a column.
  /// Columns that nobody names are those that most tables have, and the label is the one that stands last
  /// in most of them.
  package init?(
    tables: [[String]], label: String?, columns: [String]?, missing: Set<String>
  ) {
    var counts: [String: Int] = [:]
    var order: [String] = []
    for column in tables.joined() {
      if counts[column] == nil { order.append(column) }
      counts[column, default: 0] += 1
    }
    let common = order.filter { 2 * (counts[$0] ?? 0) > tables.count }
    var lasts: [String: Int] = [:]
    for table in tables {
      let last = table.last { 2 * (counts[$0] ?? 0) > tables.count }
      if let last { lasts[last, default: 0] += 1 }
    }
    guard
      let label = label ?? common.max(by: { (lasts[$0] ?? 0) < (lasts[$1] ?? 0) })
    else { return nil }
    let columns = columns ?? common.filter { $0 != label }
    guard !columns.isEmpty, !columns.contains(label) else { return nil }
    self.init(label: label, columns: columns, missing: missing)
  }
}

/// Of every column how many values there are, their sum and that of their squares, and whether one is
/// missing. From the sums of all clients comes the scale that they share; of no row is anything told.
package struct ColumnSums: Codable, Hashable, Sendable {
  package var counts: [Int]
  package var sums, squares: [Double]
  package var hasGaps: [Bool]

  /// - Parameters:
  ///   - rows: those whose values are summed.
  ///   - others: in which there may be gaps too.
  package init(_ rows: [LabelledRow], and others: [LabelledRow], columns: Int) {
    counts = Array(repeating: 0, count: columns)
    sums = Array(repeating: 0, count: columns)
    squares = sums
    hasGaps = Array(repeating: false, count: columns)
    for row in rows {
      for (column, value) in row.x.enumerated() {
        guard let value else { continue }
        counts[column] += 1
        sums[column] += value
        squares[column] += value * value
      }
    }
    for row in rows + others {
      for (column, value) in row.x.enumerated() where value == nil { hasGaps[column] = true }
    }
  }

  package static func += (sum: inout ColumnSums, other: ColumnSums) {
    for column in sum.counts.indices {
      sum.counts[column] += other.counts[column]
      sum.sums[column] += other.sums[column]
      sum.squares[column] += other.squares[column]
      sum.hasGaps[column] = sum.hasGaps[column] || other.hasGaps[column]
    }
  }

  /// The largest number that a column is taken to have.
  private static let largest = 1e12

  /// Whether they can be those of so many columns and rows: numbers of a size that makes sense, and no sum of
  /// squares smaller than its sum allows.
  package func isSensible(columns: Int, rows: Int) -> Bool {
    guard
      [counts.count, sums.count, squares.count, hasGaps.count].allSatisfy({ $0 == columns })
    else { return false }
    return (0..<columns).allSatisfy { column in
      let (count, sum, square) = (Double(counts[column]), sums[column], squares[column])
      guard 0...rows ~= counts[column], sum.isFinite, square.isFinite else { return false }
      return abs(sum) <= count * Self.largest && 0...count * Self.largest * Self.largest ~= square
        && square * count >= sum * sum * (1 - 1e-9)
    }
  }
}

/// What makes inputs and targets of a row, the same for all clients.
package struct RowEncoding: Codable, Hashable, Sendable {
  /// By column; nil where numbers are taken as they are.
  package let standards: [Standard]?
  /// Columns in which values are missing somewhere: each is followed up by an input that says so.
  package let gaps: [Int]
  package let columnCount: Int
  package let outcomeCount: Int

  /// Inputs of the size of 1, by the sums of the clients that are trained with; gaps are where any client
  /// has some.
  package init(trained: [ColumnSums], all: [ColumnSums], columns: Int, outcomes: Int) {
    var (sum, every) = (
      ColumnSums([], and: [], columns: columns), ColumnSums([], and: [], columns: columns)
    )
    for sums in trained { sum += sums }
    for sums in all { every += sums }
    standards = (0..<columns).map {
      Standard(count: sum.counts[$0], sum: sum.sums[$0], squares: sum.squares[$0])
    }
    gaps = (0..<columns).filter { every.hasGaps[$0] }
    columnCount = columns
    outcomeCount = outcomes
  }

  /// Inputs that are the numbers of the columns, all of which are there.
  package init(columns: Int, outcomes: Int) {
    standards = nil
    gaps = []
    columnCount = columns
    outcomeCount = outcomes
  }

  package var inputCount: Int { columnCount + gaps.count }

  /// Whether it is one of so many columns and outcomes, however it came about.
  package func fits(columns: Int, outcomes: Int) -> Bool {
    columnCount == columns && outcomeCount == outcomes && outcomes > 1 && columns > 0
      && gaps.allSatisfy { 0..<columns ~= $0 } && Set(gaps).count == gaps.count
      && (standards.map { $0.count == columns && $0.allSatisfy(\.isSensible) } ?? true)
  }

  /// The mean stands for what is missing, and an input of its own says so.
  package func row(_ row: LabelledRow) -> ClientRows.Client.Row {
    let values = row.x.enumerated().map { column, value in
      value.map { standards?[column].scaled($0) ?? Float($0) } ?? 0
    }
    return (
      x: values + gaps.map { row.x[$0] == nil ? 1 : 0 },
      y: (0..<outcomeCount).map { $0 == row.outcome ? 1 : 0 }
    )
  }
}

/// Which of a client's rows nobody trains on.
package enum RowParting: String, Codable, Sendable {
  /// A number of a name's own: FNV-1a over its UTF-8, not 0.
  private static func number(of name: String) -> Int {
    let hash = name.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x0100_0000_01b3
    }
    return 1 + Int(hash >> 2)
  }

  /// A third of the rows of either outcome, drawn; at least one row of all, and at least one left.
  case drawn
  /// The first quarter of the rows of each outcome, at least one.
  case first

  /// - Parameters:
  ///   - rows: at least two.
  ///   - client: its name: wherever it stands among the others, its rows are parted alike.
  package func parts(
    _ rows: [LabelledRow], split: Int, client: String
  ) -> (training: [LabelledRow], unseen: [LabelledRow]) {
    var (training, unseen): ([LabelledRow], [LabelledRow]) = ([], [])
    switch self {
    case .drawn:
      let order = RandomKey(seed: UInt64(split), stream: .split, step: Self.number(of: client))
        .permutation(rows.count).map { rows[$0] }
      for outcome in [1, 0] {
        let own = order.filter { $0.outcome == outcome }
        let count = own.count > 1 ? max(own.count / 3, 1) : 0
        unseen += own.prefix(count)
        training += own.dropFirst(count)
      }
      if unseen.isEmpty, let one = training.popLast() { unseen.append(one) }
    case .first:
      var outcomes: [Int] = []
      for row in rows where !outcomes.contains(row.outcome) { outcomes.append(row.outcome) }
      for outcome in outcomes {
        let own = rows.filter { $0.outcome == outcome }
        let count = min(max(own.count / 4, 1), own.count - 1)
        unseen += own.prefix(count)
        training += own.dropFirst(count)
      }
      if unseen.isEmpty, let one = training.popLast() { unseen.append(one) }
    }
    return (training, unseen)
  }
}
