import Foundation
import Testing

/// `weft compare`, and a saved comparison given to the other commands.
struct ComparisonTests {
  private func saved(_ program: Program) throws -> String {
    let ending = try program.run(
      "compare", "sine-family", "--methods", "pooled,maml", "--seeds", "1", "--steps", "48",
      "--save", "race.json", "--csv", "race.csv", "--markdown", "race.md")
    try #require(ending.status == 0, "\(ending.complaints)")
    return ending.output
  }

  @Test func theTableIsPrintedAndWritten() throws {
    let program = try Program()
    let output = try saved(program)
    #expect(output.contains("\npooled ") && output.contains("\nmaml "))
    let csv = try String(contentsOfFile: program.file("race.csv"), encoding: .utf8)
    #expect(csv.hasPrefix("method,trained,kept,") && csv.split(separator: "\n").count == 3)
    let markdown = try String(contentsOfFile: program.file("race.md"), encoding: .utf8)
    #expect(markdown.contains("| pooled | 1761 |"))
    // The table that is shown later is the one that was printed.
    let shown = try program.run("show", "race.json")
    #expect(shown.status == 0)
    for line in output.split(separator: "\n") where line.hasPrefix("maml") {
      #expect(shown.output.contains(line))
    }
    let object = try #require(try program.run("show", "race.json", "--json").objects().first)
    #expect(object["family"] as? String == "sine-family")
    #expect(object["done"] as? Bool == true)
    #expect((object["methods"] as? [[String: Any]])?.count == 2)
  }

  @Test func theListKnowsIt() throws {
    let program = try Program()
    _ = try saved(program)
    try FileManager.default.createDirectory(
      atPath: program.file("own"), withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      atPath: program.file("race.json"), toPath: program.file("own/mine.json"))
    let line = try #require(try program.run("list").lines.first { $0.contains(" mine ") })
    #expect(line.contains("comparison") && line.contains("2 methods") && line.contains("done"))
    let object = try #require(try program.run("list", "--json").objects().first)
    let sessions = try #require(object["sessions"] as? [[String: Any]])
    let mine = try #require(sessions.first { $0["name"] as? String == "mine" })
    #expect(mine["problem"] is NSNull)
    #expect((mine["comparison"] as? [String: Any])?["methods"] as? Int == 2)
  }

  @Test func theWorkbenchOpensIt() throws {
    let program = try Program()
    _ = try saved(program)
    try ":screen -\n:save again.json\n:json -\n".write(
      toFile: program.file("keys"), atomically: true, encoding: .utf8)
    let ending = try program.run("race.json", "--script", "keys")
    #expect(ending.status == 0, "\(ending.complaints)")
    #expect(ending.output.contains("8 Compare") && ending.output.contains("DONE"))
    #expect(ending.output.contains("\"saved\": true"))
    // Nothing was raced in between: but for the time of writing, the same file.
    let files = try ["race.json", "again.json"].map {
      try Data(contentsOf: URL(fileURLWithPath: program.file($0)))
    }
    #expect(files[0] == files[1])
    let refused = try program.run("race.json", "--seed", "3", "--script", "keys")
    #expect(refused.status == 2)
  }

  @Test func aBrokenOneIsNoCrash() throws {
    let program = try Program()
    _ = try saved(program)
    let whole = try Data(contentsOf: URL(fileURLWithPath: program.file("race.json")))
    try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: program.file("half.json")))
    try ":screen -\n".write(toFile: program.file("keys"), atomically: true, encoding: .utf8)
    for command in [
      ["show", "half.json"], ["compare", "half.json"], ["half.json", "--script", "keys"],
      ["train", "race.json"],
    ] {
      let ending = try program.start(command).end()
      #expect(ending.status == 65, "\(command): \(ending.complaints)")
      #expect(ending.complaints.split(separator: "\n").count == 1)
    }
    // A run is not saved over a comparison.
    let ending = try program.run(
      "train", "three-polynomials", "--steps", "5", "--save", "race.json")
    #expect(ending.status == 2)
    #expect(try Data(contentsOf: URL(fileURLWithPath: program.file("race.json"))) == whole)
  }

  // MARK: What ends in a sentence

  private func refused(
    _ arguments: [String], _ words: String, status: Int32 = 2, in program: Program
  ) throws {
    let ending = try program.start(["compare"] + arguments).end()
    #expect(ending.status == status, "\(arguments): \(ending.complaints)")
    #expect(ending.complaints.contains(words), "\(arguments): \(ending.complaints)")
  }

  @Test func aSavedOneTakesNoSeeds() throws {
    let program = try Program()
    _ = try saved(program)
    for option in [["--seeds", "7"], ["--seed", "99"], ["--steps", "9"]] {
      try refused(["race.json"] + option, "goes on as it is", in: program)
    }
  }

  @Test func whatFailsIsAFailure() throws {
    let program = try Program()
    let ending = try program.run(
      "compare", "sine-family", "--methods", "pooled,reptile", "--seeds", "1", "--steps", "20",
      "--set", "reptile-rate=1", "--set", "inner-rate=1", "--set", "target-activation=relu",
      "--csv",
      "race.csv")
    #expect(ending.status == 1, "\(ending.output) \(ending.complaints)")
    #expect(ending.complaints.contains(" failed"), "\(ending.complaints)")
    #expect(FileManager.default.fileExists(atPath: program.file("race.csv")))
  }

  @Test func tablesTakeTheirOwnPlacesOnly() throws {
    let program = try Program()
    _ = try saved(program)
    let race = ["sine-family", "--methods", "pooled", "--seeds", "1", "--steps", "2"]
    try refused(race + ["--csv", "x", "--markdown", "./x"], "are one file", in: program)
    try refused(race + ["--csv", "x", "--save", "x"], "are one file", in: program)
    try "a diary".write(toFile: program.file("diary"), atomically: true, encoding: .utf8)
    for option in ["--csv", "--markdown"] {
      try refused(race + [option, "diary"], "is left as it is", in: program)
    }
    let diary = try String(contentsOfFile: program.file("diary"), encoding: .utf8)
    #expect(diary == "a diary")
    // A table of an earlier race is replaced.
    let again = try program.start(
      ["compare"] + race + ["--csv", "race.csv", "--markdown", "race.md"]
    ).end()
    #expect(again.status == 0, "\(again.complaints)")
  }

  @Test func settingsThatDoNothingAreRefused() throws {
    let program = try Program()
    for (words, sentence) in [
      (["--methods", "maml:strategy=chunked"], "does not look at strategy"),
      (["--methods", "maml", "--set", "rank=3"], "none of these methods looks at rank"),
      (["--methods", "maml", "--vary", "rank=1,2"], "changes nothing"),
      (["--methods", "maml,maml"], "named twice"),
      (["--methods", "hypernetwork,full"], "are the same here"),
      (["--methods", "low-rank:rank=2:rank=3"], "sets rank twice"),
      (["--methods", "loar"], "hypernetwork:strategy=lora"),
    ] {
      try refused(["sine-family", "--steps", "2"] + words, sentence, in: program)
    }
  }
}
