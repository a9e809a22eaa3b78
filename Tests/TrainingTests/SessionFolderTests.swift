import Foundation
import Learning
import Testing
import Training

struct SessionFolderTests {
  @Test func ownFolderFollowsTheEnvironment() {
    #expect(SessionFolders.own(["WEFT_SESSIONS": "/a/b", "HOME": "/h"]) == "/a/b")
    #expect(SessionFolders.own(["XDG_STATE_HOME": "/s", "HOME": "/h"]) == "/s/weft/sessions")
    #expect(
      SessionFolders.own(["XDG_STATE_HOME": "s", "HOME": "/h"]) == "/h/.local/state/weft/sessions")
    #expect(
      SessionFolders.own(["WEFT_SESSIONS": "", "HOME": "/h"]) == "/h/.local/state/weft/sessions")
  }

  @Test func examplesAreFoundFromACheckoutAndFromAnInstall() throws {
    let scratch = try Scratch()
    let files = FileManager.default
    for folder in [
      "tree/sessions", "tree/Sources/Training", "tree/.build/debug", "prefix/bin",
      "prefix/share/weft/sessions", "elsewhere/sessions",
    ] {
      try files.createDirectory(
        atPath: scratch.file(folder), withIntermediateDirectories: true)
    }
    _ = try scratch.write("", to: "tree/Package.swift")
    let tree = URL(fileURLWithPath: scratch.file("tree/sessions")).resolvingSymlinksInPath().path
    let prefix = URL(fileURLWithPath: scratch.file("prefix/share/weft/sessions"))
      .resolvingSymlinksInPath().path
    func found(_ directory: String, _ executable: String) -> [String] {
      SessionFolders.shipped(
        from: scratch.file(directory), executable: scratch.file(executable))
    }
    #expect(found("tree/Sources", "prefix/bin/weft") == [tree, prefix])
    #expect(found("elsewhere", "tree/.build/debug/weft") == [tree])
    #expect(found("elsewhere", "prefix/bin/weft") == [prefix])
    #expect(found("elsewhere", "elsewhere/weft") == [])
  }

  @Test func freshNamesCountOn() throws {
    let scratch = try Scratch()
    func fresh() -> String {
      NSString(string: SessionFolders.freshPath(for: "sine-family", in: scratch.path))
        .lastPathComponent
    }
    #expect(fresh() == "0001-sine-family.json")
    for name in ["0141-digit-views.json", "7-x.json", "99999999999999999999-x.json", "notes"] {
      _ = try scratch.write("", to: name)
    }
    #expect(fresh() == "0142-sine-family.json")
    _ = try scratch.write("", to: "123456-x.json")
    #expect(fresh() == "123457-sine-family.json")
  }

  @Test func theListShowsEveryFileNewestFirstAndSaysWhatIsWrong() throws {
    let scratch = try Scratch()
    let run = try smallRun("three-polynomials", seed: 5)
    train(run, to: 100)
    try SessionFile.write(run, to: scratch.file("a.json"))
    _ = try scratch.write("{}", to: "b.json")
    _ = try scratch.write("left over", to: ".a.json.saving")
    _ = try scratch.write("no session", to: "readme.md")
    for (name, time) in [("a.json", 1000.0), ("b.json", 2000.0)] {
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: time)], ofItemAtPath: scratch.file(name))
    }
    let list = SessionFile.list([scratch.path, scratch.file("not-there")])
    #expect(list.map(\.path) == [scratch.file("b.json"), scratch.file("a.json")])
    #expect(list[0].problem?.contains("not a Weft session") == true)
    let summary = list[1]
    #expect(summary.problem == nil)
    #expect(summary.experiment == "three-polynomials")
    #expect(summary.step == 100)
    #expect(summary.seed == 5)
    #expect(summary.trainingLoss == run.trainingLoss)
    #expect(summary.validationLoss == run.validationLoss)
    #expect(summary.modified == 1000)
    #expect(summary.thumbnail.count == 32)
    // A file that changes is read anew.
    train(run, to: 101)
    try SessionFile.write(run, to: scratch.file("a.json"))
    #expect(SessionFile.summary(scratch.file("a.json")).step == 101)
    #expect(SessionFile.summary(scratch.file("gone.json")).problem?.contains("no such") == true)
  }
}
