import Foundation
import Learning
import Testing

/// Tables of one's own: what they become, and what is said of those that cannot be used.
struct TableTests {
  private func table(_ text: String) throws -> CSVTable {
    try CSVTable(Data(text.utf8), named: "'t.csv'")
  }

  private func refuses(_ words: String, _ body: () throws -> Void) {
    #expect {
      try body()
    } throws: {
      guard let error = $0 as? KnobError else { return false }
      return error.isOfData && error.description.contains(words)
    }
  }

  @Test func linesAndFieldsAreThoseOfTheFile() throws {
    let table = try table(
      "\u{FEFF}user, \"x, \"\"y\"\"\" ,z\r\n\r\na,1,2\r\nb,,\"-3.5e1\"\r\n")
    #expect(table.columns == ["user", "x, \"y\"", "z"])
    #expect(table.rows.map(\.line) == [3, 4])
    #expect(try table.number(table.rows[0], 1) == 1)
    #expect(try table.number(table.rows[1], 1) == nil)
    #expect(try table.number(table.rows[1], 2) == -35)
  }

  @Test func whatIsNoTableIsRefused() {
    for (text, words) in [
      ("", "is empty"), ("\n \n", "is empty"), ("a,1\n2,3\n", "no line of column names"),
      ("a,b\n", "no row"), ("a,b\n1,2,3\n", "3 fields in line 2 and 2 columns"),
      ("a,b\n1,\"2\n", "a quote in line 2"), ("a,a\n1,2\n", "'a' twice"),
    ] { refuses(words) { _ = try table(text) } }
    refuses("not text") { _ = try CSVTable(Data([65, 0xFF, 10]), named: "t") }
    refuses("more than the 64") {
      _ = try CSVTable(Data(count: (1 << 26) + (1 << 21)), named: "t")
    }
    refuses("line 2 of 't.csv': b is 'x', not a number") {
      let one = try table("a,b\n1,x\n")
      _ = try one.number(one.rows[0], 1)
    }
    for value in ["inf", "1e40", "nan(1)"] {
      refuses("not a number") {
        let one = try table("a,b\n1,\(value)\n")
        _ = try one.number(one.rows[0], 1)
      }
    }
  }

  // MARK: Users

  private func users(_ text: String, user: String = "", output: String = "") throws -> UserTable {
    try UserTable(try table(text), user: user, output: output)
  }

  private static let three =
    "user,sex,t,u,y\n"
    + (0..<9).map { "\($0 % 3),\($0 % 3),\($0),\($0 * $0),\(2 * $0)\n" }.joined()

  @Test func columnsAreKnownByTheirNames() throws {
    let plain = try users(Self.three)
    #expect(plain.inputs == ["t", "u"] && plain.output == "y")
    #expect(plain.users.map(\.name) == ["0", "1", "2"])
    #expect(plain.users[1].attributes.map(\.name) == ["sex"])
    #expect(plain.users.allSatisfy { $0.rows.count == 3 })
    let other = try users(Self.three, output: "u")
    #expect(other.inputs == ["t", "y"])
    #expect(try users(Self.three, user: "sex").users.count == 3)
  }

  @Test func usersThatCannotBeLearnedFromAreRefused() throws {
    for (text, words) in [
      ("id,t,y\na,1,2\n", "no column 'user'; it has id, t, y"),
      ("user,t,y\na,1,2\na,2,3\nb,1,2\nb,2,2\nc,1,1\n", "one row of user 'c', in line 6"),
      ("user,t,y\na,1,2\na,2,3\n", "has 1 user;"),
      (
        Self.three.replacingOccurrences(of: "3,9,6", with: ",9,6"),
        "line 5 of 't.csv': t is missing"
      ),
      (
        Self.three.replacingOccurrences(of: "3,9,6", with: "3,9,six"),
        "line 5 of 't.csv': y is 'six'"
      ),
      ("user,s,y\na,1,2\na,1,3\nb,1,2\nb,1,2\nc,1,1\nc,1,1\n", "has no input"),
      (
        ",t,y\n".replacingOccurrences(of: ",t", with: "user,t") + "a,1,2\n,2,3\n",
        "no user in line 3"
      ),
    ] { refuses(words) { _ = try users(text) } }
    refuses("as the column of users and as the output") {
      _ = try users(Self.three, output: "user")
    }
  }

  /// 40 chicks to learn from and ten new ones; nobody's row is both learned from and measured, and a new
  /// chick gives as many different days as are asked for.
  @Test(arguments: [0, 1, 7])
  func chicksArePartedEverywhere(split: Int) throws {
    let family = try UserCurves(
      UserTable.named("", user: "", output: ""), split: split)
    #expect(family.trainingTaskCount == 40 && family.heldOutTasks.count == 10)
    #expect(family.inputCount == 1 && family.outputCount == 1)
    #expect(family.rows.x.count == 578)
    #expect(family.tasks[0].attributes.map(\.name) == ["diet"])
    let most = try #require(family.mostShots)
    #expect(most >= 6)
    for task in family.heldOutTasks {
      for count in [1, 3, 5, most] {
        let batch = Batch(
          family, tasks: [task], examples: count,
          key: RandomKey(seed: 2, stream: .support, step: task))
        // A chick is weighed once a day.
        #expect(Set(batch.x).count == count)
        let unseen = Set(family.rows.unseen[task].map { family.rows.x[$0] })
        #expect(unseen.isDisjoint(with: batch.x))
      }
    }
    // Scaled by what is learned from: of the size of 1.
    let trained = family.rows.training.prefix(40).flatMap { $0.map { family.rows.y[$0] } }
    let mean = trained.reduce(0, +) / Float(trained.count)
    let square = trained.reduce(0) { $0 + $1 * $1 } / Float(trained.count)
    #expect(abs(mean) < 1e-4 && abs(square - 1) < 1e-3)
    #expect((60...80).contains(try #require(family.outputScale)), "grams")
  }

  @Test func moreRowsThanANewUserHasAreRefused() throws {
    let contest = try #require(Contests.named("growth"))
    var knobs = KnobValues(contest.knobs)
    try knobs.set("test-shots", to: "9")
    #expect {
      _ = try contest.setting(knobs)
    } throws: { "\($0)".contains("test-shots=9 is more than") }
    try knobs.set("test-shots", to: "3")
    #expect(try contest.setting(knobs).knobs.integer("test-shots") == 3)
  }
}
