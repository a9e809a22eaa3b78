import CDataSets
import Foundation

/// What some persons or animals were measured at: each has rows of inputs and an output of its own. A third
/// of everybody's rows is unseen; a fifth of them, of those who have rows enough, are new users.
package struct UserCurves: ClientFamily {
  package let tasks: [TaskDescription]
  package let rows: ClientRows
  package let objective = Objective.squaredError
  package let pictureCount = 101

  private let inputs: [Standard]
  private let output: Standard
  /// The span of the first input.
  private let span: ClosedRange<Double>
  /// By task: its rows as they were given, with one input.
  private let points: [[(x: Float, y: Float)]]
  /// By task: its inputs' means, scaled.
  private let centres: [[Float]]

  /// How many units of the output one is.
  package var outputScale: Float? { Float(output.deviation) }

  /// - Parameter split: which of the ways to part rows and users.
  package init(_ table: UserTable, split: Int) throws(KnobError) {
    let users = table.users
    // New users give rows: those with few are trained on.
    let counts = users.map(\.rows.count).sorted()
    let enough = max(2, counts[counts.count / 2] * 3 / 4)
    let order = RandomKey(seed: UInt64(split), stream: .split).permutation(users.count)
    let new = Set(
      order.filter { users[$0].rows.count >= enough }.prefix(
        max(1, Int((Double(users.count) / 5).rounded()))))
    let all = users.indices.filter { !new.contains($0) } + users.indices.filter(new.contains)
    var parts: [(training: [UserTable.Row], unseen: [UserTable.Row])] = []
    for user in all {
      let own = users[user].rows
      let shuffled = RandomKey(seed: UInt64(split), stream: .split, step: 1 + user)
        .permutation(own.count).map { own[$0] }
      let unseen = min(max(own.count / 3, 1), own.count - 1)
      parts.append((Array(shuffled.dropFirst(unseen)), Array(shuffled.prefix(unseen))))
    }
    let trained = parts.prefix(users.count - new.count).flatMap(\.training)
    inputs = table.inputs.indices.map { input in Standard(trained.map { $0.x[input] }) }
    output = Standard(trained.map(\.y))
    let (inputs, output) = (inputs, output)
    func scaled(_ rows: [UserTable.Row]) -> [ClientRows.Client.Row] {
      rows.map { row in
        (x: zip(inputs, row.x).map { $0.scaled($1) }, y: [output.scaled(row.y)])
      }
    }
    rows = ClientRows(
      parts.map { .init(training: scaled($0.training), unseen: scaled($0.unseen)) },
      inputs: inputs.count, outputs: 1)
    tasks = all.map { user in
      TaskDescription(
        users[user].name, role: new.contains(user) ? .heldOut : .training,
        attributes: users[user].attributes.prefix(3).map { .init($0.name, $0.value) })
    }
    let first = users.flatMap { $0.rows.map { $0.x[0] } }
    span = (first.min() ?? 0)...(first.max() ?? 1)
    points = all.map { user in
      table.inputs.count > 1 ? [] : users[user].rows.map { (x: Float($0.x[0]), y: Float($0.y)) }
    }
    centres = all.map { user in
      inputs.indices.map { input in
        inputs[input].scaled(Standard(users[user].rows.map { $0.x[input] }).mean)
      }
    }
  }

  private func place(_ index: Int) -> Double {
    span.lowerBound + (span.upperBound - span.lowerBound) * Double(index)
      / Double(pictureCount - 1)
  }

  /// Along the first input, the others being what they are on average for the reference.
  package func fillPicture(reference: Int?, x: UnsafeMutableBufferPointer<Float>) {
    let count = inputCount
    for index in 0..<pictureCount {
      for input in 0..<count {
        x[index * count + input] =
          input == 0
          ? inputs[0].scaled(place(index)) : reference.map { centres[$0][input] } ?? 0
      }
    }
  }

  package func behaviour(
    reference: Int?, outputs: UnsafeBufferPointer<Float>
  ) -> Behaviour {
    .curve(
      .init(
        x: (0..<pictureCount).map { Float(place($0)) },
        prediction: outputs.map { Float(output.unscaled($0)) }, truth: nil,
        points: reference.map { points[$0] } ?? [], error: nil))
  }
}

/// Rows of users as a file has them.
package struct UserTable: Sendable {
  package struct Row: Sendable {
    let x: [Double]
    let y: Double
  }

  package struct User: Sendable {
    package let name: String
    package var rows: [Row] = []
    /// What is the same in all of its rows.
    package var attributes: [(name: String, value: Double)] = []
  }

  package let users: [User]
  package let inputs: [String]
  package let output: String

  /// More would make networks that measure all of them at once too large.
  private static let mostUsers = 5000

  private static let embedded = Result { () throws(KnobError) in
    let file = weft_chick_weights()
    let table = try CSVTable(
      Data(UnsafeBufferPointer(start: file.start, count: file.count)), named: "the embedded table")
    return try UserTable(table, user: "", output: "")
  }

  /// The embedded chicks, or a file's rows.
  package static func named(
    _ path: String, user: String, output: String
  ) throws(KnobError) -> UserTable {
    path.isEmpty
      ? try embedded.get() : try UserTable(CSVTable(path: path), user: user, output: output)
  }

  /// The column `user` says whose a row is, and the last one is the output; the others are inputs, but
  /// those that never change within a user tell users apart and are no input. The chicks' own table is
  /// known by its columns.
  /// - Parameters:
  ///   - user: the column of users, if it has another name.
  ///   - output: the column of the output, if it is not the last.
  package init(_ table: CSVTable, user: String, output: String) throws(KnobError) {
    let isOfChicks = table.columns == ["weight", "time", "chick", "diet"]
    let userName = user.isEmpty ? (isOfChicks ? "chick" : "user") : user
    let outputName =
      output.isEmpty ? (isOfChicks ? "weight" : table.columns.last ?? "") : output
    let userColumn = try table.index(of: userName)
    let outputColumn = try table.index(of: outputName)
    func wrong(_ what: String) -> KnobError { KnobError("\(table.name) \(what)", ofData: true) }
    guard userColumn != outputColumn else {
      throw wrong(
        "has '\(userName)' as the column of users and as the output; say which column is which with "
          + "--set user=… and --set output=…")
    }
    var names: [String] = []
    var rowsOfUsers: [String: [Int]] = [:]
    for (index, row) in table.rows.enumerated() {
      let name = row.fields[userColumn]
      guard !name.isEmpty else {
        throw wrong("has no \(userName) in line \(row.line)")
      }
      if rowsOfUsers[name] == nil { names.append(name) }
      rowsOfUsers[name, default: []].append(index)
    }
    guard names.count >= 3 else {
      throw wrong(
        "has \(names.count) \(names.count == 1 ? "user" : "users"); three are needed, two to learn from "
          + "and a new one")
    }
    guard names.count <= Self.mostUsers else {
      throw wrong("has \(names.count) users, more than the \(Self.mostUsers) that are taken")
    }
    for name in names {
      guard let own = rowsOfUsers[name], let first = own.first, own.count < 2 else { continue }
      throw wrong(
        "has one row of \(userName) '\(name)', in line \(table.rows[first].line); two are needed, one to "
          + "learn from and one to measure: leave it out")
    }
    let others = table.columns.indices.filter { $0 != userColumn && $0 != outputColumn }
    let fixed = Set(
      others.filter { column in
        rowsOfUsers.values.allSatisfy { own in
          Set(own.map { table.rows[$0].fields[column] }).count == 1
        }
      })
    let inputColumns = others.filter { !fixed.contains($0) }
    guard !inputColumns.isEmpty else {
      throw wrong(
        "has no input: a column beside '\(userName)' and '\(outputName)' that changes within a user"
      )
    }
    func present(_ row: CSVTable.Row, _ column: Int) throws(KnobError) -> Double {
      guard let value = try table.number(row, column) else {
        throw KnobError(
          "line \(row.line) of \(table.name): \(table.columns[column]) is missing; leave the row out or "
            + "fill it in", ofData: true)
      }
      return value
    }
    var users: [User] = []
    for name in names {
      var own = User(name: name)
      for index in rowsOfUsers[name] ?? [] {
        let row = table.rows[index]
        var x: [Double] = []
        for column in inputColumns { x.append(try present(row, column)) }
        own.rows.append(Row(x: x, y: try present(row, outputColumn)))
      }
      users.append(own)
    }
    // Of what tells users apart, columns of numbers are shown.
    for column in fixed.sorted() {
      let values = names.map { name in
        rowsOfUsers[name]?.first.flatMap { Double(table.rows[$0].fields[column]) }
      }
      guard values.allSatisfy({ $0?.isFinite == true }) else { continue }
      for (index, value) in values.enumerated() {
        users[index].attributes.append((table.columns[column], value ?? 0))
      }
    }
    self.users = users
    inputs = inputColumns.map { table.columns[$0] }
    self.output = outputName
  }
}
