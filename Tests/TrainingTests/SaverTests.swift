import Foundation
import Learning
import Testing
import Training

struct SaverTests {
  private func bytes(_ path: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path))
  }

  private func reason(_ work: () throws(SessionError) -> Void) -> String {
    do throws(SessionError) {
      try work()
      return ""
    } catch { return error.description }
  }

  private func own(_ path: String, interval: Double = 15) -> Saver {
    Saver(Saving(path: nil, autosavePath: path, interval: interval))
  }

  // MARK: By itself

  @Test func itSavesWhenItIsTimeAndThereIsSomethingNew() throws {
    let scratch = try Scratch()
    let run = try smallRun()
    let saver = own(scratch.file("a.json"), interval: 10)
    let now = Saver.now
    #expect(saver.saveIfDue(run, now: now + 100) == nil, "nothing was trained")
    run.advance()
    let wait = try #require(saver.saveIfDue(run, now: now + 4))
    #expect(abs(wait - 6) < 1)
    #expect(scratch.names.isEmpty)
    #expect(saver.saveIfDue(run, now: now + 11) == nil)
    try saver.saveAtEnd(run)
    #expect(scratch.names == ["a.json"])
    #expect(try SessionFile.open(scratch.file("a.json"), threads: 1).state == run.state)
    #expect(saver.status.path == scratch.file("a.json"))
    #expect(saver.status.step == 1)
    #expect(saver.saveIfDue(run, now: now + 100) == nil, "it is saved already")
    run.advance()
    #expect(saver.saveIfDue(run, now: now + 12) != nil, "the interval starts anew")
    // Half a step is not saved.
    _ = run.advancePhase()
    #expect(saver.saveIfDue(run, now: now + 100) == nil)
    try saver.saveAtEnd(run)
    #expect(SessionFile.summary(scratch.file("a.json")).step == 1)
  }

  @Test func whoeverReadsFindsAWholeFileAtAnyTime() throws {
    let scratch = try Scratch()
    let run = try smallRun()
    let saver = own(scratch.file("a.json"), interval: 0)
    run.advance()
    try saver.saveAtEnd(run)
    var steps: [Int] = []
    for _ in 0..<60 {
      run.advance()
      saver.saveIfDue(run)
      steps.append(try SessionFile.open(scratch.file("a.json"), threads: 1).step)
    }
    try saver.saveAtEnd(run)
    #expect(steps == steps.sorted())
    #expect(scratch.names == ["a.json"])
    #expect(try SessionFile.open(scratch.file("a.json"), threads: 1).state == run.state)
  }

  @Test func aFileThatSomebodyElseMadeIsLeftAlone() throws {
    let scratch = try Scratch()
    let saver = own(scratch.file("0001-sine-family.json"))
    let theirs = try scratch.write("theirs", to: "0001-sine-family.json")
    let run = try smallRun()
    run.advance()
    try saver.saveAtEnd(run)
    #expect(try String(contentsOfFile: theirs, encoding: .utf8) == "theirs")
    #expect(saver.status.path == scratch.file("0002-sine-family.json"))
    run.advance()
    try saver.saveAtEnd(run)
    #expect(scratch.names == ["0001-sine-family.json", "0002-sine-family.json"])
    #expect(SessionFile.summary(scratch.file("0002-sine-family.json")).step == 2)
  }

  // MARK: When it cannot

  @Test func aSaveThatFailsSaysSoAndTheFileBeforeStays() throws {
    let scratch = try Scratch()
    let file = scratch.file("a.json")
    let run = try smallRun()
    let saver = own(file)
    run.advance()
    try saver.saveAtEnd(run)
    let before = try bytes(file)
    // A folder in the place of the hidden file: not even root writes to it.
    let obstacle = scratch.file(".a.json.saving")
    try FileManager.default.createDirectory(
      atPath: obstacle, withIntermediateDirectories: false)
    run.advance()
    let sentence = reason { () throws(SessionError) in try saver.saveAtEnd(run) }
    #expect(sentence.contains("a.json") && sentence.contains("cannot be written"), "\(sentence)")
    #expect(saver.status.error == sentence)
    #expect(saver.status.step == 1, "the last that was saved")
    #expect(try bytes(file) == before)
    // Nothing is lost: the same step is saved once that is possible, without a change since.
    try FileManager.default.removeItem(atPath: obstacle)
    try saver.saveAtEnd(run)
    #expect(saver.status.error == nil)
    #expect(try SessionFile.open(file, threads: 1).state == run.state)
    #expect(scratch.names == ["a.json"])
  }

  @Test func aFolderThatWasTakenAwayIsMadeAgainOrMissed() throws {
    let scratch = try Scratch()
    let run = try smallRun()
    let saver = own(scratch.file("folder/a.json"))
    run.advance()
    try saver.saveAtEnd(run)
    try FileManager.default.removeItem(atPath: scratch.file("folder"))
    run.advance()
    try saver.saveAtEnd(run)
    #expect(SessionFile.summary(scratch.file("folder/a.json")).step == 2)
    try FileManager.default.removeItem(atPath: scratch.file("folder"))
    _ = try scratch.write("not a folder", to: "folder")
    run.advance()
    let sentence = reason { () throws(SessionError) in try saver.saveAtEnd(run) }
    #expect(sentence.contains(scratch.file("folder")), "\(sentence)")
    #expect(!sentence.contains("\n"))
    #expect(scratch.names == ["folder"])
  }

  @Test func aRunWithoutAFileAsksForOne() throws {
    let scratch = try Scratch()
    let run = try smallRun()
    let saver = Saver(Saving(path: nil, autosavePath: nil))
    run.advance()
    #expect(saver.saveIfDue(run, now: Saver.now + 1000) == nil)
    saver.save(run, to: nil)
    #expect(saver.status.error == "this run has no file yet: name one to save it to")
    saver.save(run, to: scratch.file("a.json"))
    try saver.saveAtEnd(run)
    #expect(saver.status.error == nil)
    run.advance()
    // From then on that is its file.
    saver.save(run, to: nil)
    try saver.saveAtEnd(run)
    #expect(SessionFile.summary(scratch.file("a.json")).step == 2)
  }

  @Test func aRunThatFailedIsSavedWhereItWasStillGood() throws {
    let scratch = try Scratch()
    let file = scratch.file("a.json")
    let trainer = SteppedTrainer(
      try smallRun(), saving: Saving(path: nil, autosavePath: file))
    for _ in 0..<53 { trainer.send(.step) }
    trainer.send(.write(variable: "head.b2.bias", index: 0, value: 1e30))
    trainer.send(.step)
    trainer.send(.quit)
    trainer.refresh()
    let run = try smallRun()
    train(run, to: 50)
    #expect(try SessionFile.open(file, threads: 1).state == run.state)
  }
}
