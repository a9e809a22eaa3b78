import Foundation
import Learning
import Testing

/// `weft list` and `weft show`.
struct ListTests {
  @Test func listsExperimentsAndSessions() throws {
    let program = try Program()
    try program.run("train", "three-polynomials", "--steps", "10", "--save", "own/mine.json")
    try "{".write(toFile: program.file("own/broken.json"), atomically: true, encoding: .utf8)
    let text = try program.run("list")
    #expect(text.status == 0)
    for name in ["sine-family", "digit-views", "three-polynomials", "mine", "broken"] {
      #expect(text.output.contains("  \(name) "))
    }
    let object = try #require(try program.run("list", "--json").objects().first)
    let experiments = try #require(object["experiments"] as? [[String: Any]])
    #expect(
      experiments.map { $0["name"] as? String } == [
        "sine-family", "digit-views", "three-polynomials", "char-lm", "few-shot-glyphs",
        "split-digits", "permuted-digits", "non-iid-digits", "growth", "hospitals", "shapes",
        "architectures",
      ] + FaultLab.all.map(\.name))
    let knobs = try #require(experiments[0]["knobs"] as? [[String: Any]])
    #expect(knobs.contains { $0["name"] as? String == "rate" && $0["live"] as? Bool == true })
    let sessions = try #require(object["sessions"] as? [[String: Any]])
    let mine = try #require(sessions.first { $0["name"] as? String == "mine" })
    #expect(mine["step"] as? Int == 10)
    #expect(mine["problem"] is NSNull)
    let broken = try #require(sessions.first { $0["name"] as? String == "broken" })
    #expect(broken["problem"] is String)
  }

  @Test func sessionsGoByName() throws {
    let program = try Program()
    try program.run("train", "three-polynomials", "--steps", "10", "--save", "own/mine.json")
    let object = try #require(try program.run("show", "mine", "--json").objects().first)
    #expect(object["experiment"] as? String == "three-polynomials")
    #expect(object["step"] as? Int == 10)
    let tasks = try #require(object["tasks"] as? [[String: Any]])
    #expect(tasks.map { $0["name"] as? String } == ["linear", "quadratic", "cubic"])
    #expect((tasks[0]["context"] as? [Double])?.count == 2)
    let near = try program.run("show", "mien")
    #expect(near.status == 2)
    #expect(near.complaints.contains("did you mean 'mine'?"))
  }

  @Test func aBrokenSessionIsNoCrash() throws {
    let program = try Program()
    try program.run("train", "three-polynomials", "--steps", "10", "--save", "s.json")
    let whole = try Data(contentsOf: URL(fileURLWithPath: program.file("s.json")))
    for (name, bytes) in [
      ("truncated.json", whole.prefix(whole.count / 2)), ("empty.json", Data()),
      ("foreign.json", Data("{\"format\": \"other\"}".utf8)),
      ("deep.json", Data(String(repeating: "[", count: 1_000_000).utf8)),
    ] {
      try bytes.write(to: URL(fileURLWithPath: program.file(name)))
      for command in [["show"], ["train"], ["generate", "--task", "linear", "--output", "w"]] {
        let ending = try program.start([command[0], name] + command.dropFirst()).end()
        #expect(ending.status == 65, "\(command) \(name)")
        #expect(ending.complaints.split(separator: "\n").count == 1)
        #expect(ending.complaints.contains(name))
      }
    }
  }

  @Test func experimentsShowTheirKnobs() throws {
    let ending = try Program().run("show", "three-polynomials")
    #expect(ending.status == 0)
    #expect(ending.output.contains("  beta "))
  }
}
