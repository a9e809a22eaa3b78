import Foundation
import Learning
import Terminal
import Testing
import Training
import Workbench

struct ScriptTests {
  private func play(_ text: String, seed: UInt64 = 3) throws -> (status: Int32, output: String) {
    let script = try Script(text, name: "test.keys")
    var output = ""
    let run = try Run(ThreePolynomials(), seed: seed)
    let status = try script.play(run: run) { output += $0 }
    return (status, output)
  }

  private func state(_ text: String) throws -> [String: Any] {
    let output = try play(text + "\n:json -").output
    return try #require(
      JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
  }

  @Test func theSameScriptAndSeedPrintTheSame() throws {
    let script = """
      SPACE
      :wait step>=120
      l*3 j h
      :wait seconds 0.5
      SPACE
      a L b p
      :wait seconds 1.3
      p
      :json -
      """
    let first = try play(script).output
    #expect(try play(script).output == first)
    #expect(try play(script, seed: 4).output != first)
  }

  @Test func stepsHappenOnlyWhileWaiting() throws {
    #expect(try state("SPACE l l l")["step"] as? Int == 0)
    #expect(try state("SPACE\n:wait step>=75\nl l l")["step"] as? Int == 75)
    #expect(try state("s s s")["step"] as? Int == 3)
  }

  @Test func speedIsKeptByTheScriptsClock() throws {
    #expect(try state(":speed 100/s\nSPACE\n:wait seconds 2")["step"] as? Int == 200)
  }

  @Test func keysTypeAndCommandsWork() throws {
    let state = try state(
      """
      # a comment

      ENTER
      :type 0.25
      ENTER
      y
      :set beta 0.5
      3
      """)
    #expect((state["context"] as? [Double])?.first == 0.25)
    #expect((state["knobs"] as? [String: String])?["beta"] == "0.5")
    #expect(state["focus"] as? String == "loss")
    #expect((state["clipboard"] as? String)?.hasPrefix("0.25,") == true)
  }

  @Test func theProbeAnswersWithinTheScript() throws {
    let state = try state("SPACE\n:wait step>=60\nSPACE\n:task 1")
    #expect((state["behaviour"] as? [String: Any])?["error"] is Double)
    #expect(state["reference"] as? String == "quadratic")
  }

  @Test func quittingEndsTheScript() throws {
    let played = try play("q\n:json -")
    #expect(played.status == 0)
    #expect(played.output.isEmpty)
  }

  @Test func anExperimentIsStartedInPlaceOfAnother() throws {
    let state = try state(":start sine-family")
    #expect(state["experiment"] as? String == "sine-family")
    #expect((state["context"] as? [Double])?.count == 8)
  }

  @Test func aSessionThatCannotBeOpenedLeavesTheRunAlone() throws {
    let state = try state("s s\n:open /nowhere/at-all.json")
    #expect(state["step"] as? Int == 2)
    #expect((state["toast"] as? String)?.contains("/nowhere/at-all.json") == true)
  }

  @Test func savingAndOpeningGoesOnWithTheSameRun() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "weft-script-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("run.json").path
    let state = try state("s s s\n:save \(file)\nr\n:open \(file)")
    #expect(state["step"] as? Int == 3)
  }

  @Test func exportsAreWritten() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "weft-export-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("loss.csv")
    let state = try state("s s 3\n:export \(file.path)")
    #expect((state["toast"] as? String)?.contains("exported") == true)
    let text = try String(contentsOf: file, encoding: .utf8)
    #expect(text.components(separatedBy: "\r\n").count == 4)
  }

  @Test func methodsRaceWhileAScriptWaits() throws {
    let script = """
      :compare seeds=1 steps=72 methods=pooled,maml
      SPACE
      :wait race>=50
      :screen -
      :wait race
      j z
      :screen -
      :json -
      """
    func play() throws -> String {
      var output = ""
      let run = try Run(SineFamily(), seed: 3)
      _ = try Script(script, name: "race.keys").play(run: run) { output += $0 }
      return output
    }
    let first = try play()
    #expect(try play() == first)
    #expect(first.contains("RACING") && first.contains("DONE"))
    #expect(first.contains("\"progress\": 1.0"))
    let error = #expect(throws: ScriptError.self) { try self.play("8\n:wait race") }
    #expect(error?.description.contains("there is no race") == true)
  }

  @Test(arguments: [
    ("h\nSPCE", "test.keys:2: there is no key 'SPCE'"), (":wait for it", "test.keys:1: wait takes"),
    (":size 80", "test.keys:1: a size"), (":screen", "test.keys:1: a file name"),
    (":nothing 3", "test.keys:1: there is no command 'nothing'"), ("h*0", "test.keys:1:"),
  ])
  func aLineThatIsNotUnderstoodIsNamed(text: String, problem: String) {
    let error = #expect(throws: ScriptError.self) { try Script(text, name: "test.keys") }
    #expect(error?.exitStatus == 65)
    #expect(error?.description.hasPrefix(problem) == true, "\(error?.description ?? "")")
  }

  @Test func aWaitThatWouldNeverEndIsAnError() {
    let error = #expect(throws: ScriptError.self) { try play("s\n:wait step>=10") }
    #expect(error?.exitStatus == 1)
    #expect(error?.description.contains("test.keys:2:") == true)
  }
}
