import Foundation
import Learning
import Testing
import Training

/// A run that goes back to step 0 leaves what it had learned in its file.
struct LeavingBehindTests {
  private static let first = "0001-sine-family.json"
  private static let second = "0002-sine-family.json"

  static let commands: [Command] = [
    .rewind, .reseed(9), .set(knob: "target-widths", to: .widths([5])),
  ]

  private func trainer(_ scratch: Scratch) throws -> SteppedTrainer {
    SteppedTrainer(
      try smallRun(),
      saving: Saving(
        path: nil, autosavePath: scratch.file(Self.first), folder: scratch.path))
  }

  @Test(arguments: commands.indices)
  func theTrainedSessionStaysAndTheRunGoesOnInANewOne(command: Int) throws {
    let scratch = try Scratch()
    let trainer = try trainer(scratch)
    for _ in 0..<55 { trainer.send(.step) }
    trainer.send(.save(path: nil))
    // Not in the file yet.
    for _ in 0..<5 { trainer.send(.step) }
    trainer.send(Self.commands[command])
    #expect(trainer.step == 0)
    let told = try #require(trainer.latest?.notice?.text)
    #expect(told.hasSuffix("what was trained stays in \(scratch.file(Self.first))"), "\(told)")
    #expect(trainer.latest?.saved.path == nil)
    let trained = try smallRun()
    train(trained, to: 60)
    #expect(try SessionFile.open(scratch.file(Self.first), threads: 1).state == trained.state)
    #expect(scratch.names == [Self.first], "nothing new was learned yet")

    let left = try Data(contentsOf: URL(fileURLWithPath: scratch.file(Self.first)))
    for _ in 0..<3 { trainer.send(.step) }
    trainer.send(.quit)
    trainer.refresh()
    #expect(scratch.names == [Self.first, Self.second])
    #expect(trainer.latest?.saved.path == scratch.file(Self.second))
    #expect(SessionFile.summary(scratch.file(Self.second)).step == 3)
    #expect(try Data(contentsOf: URL(fileURLWithPath: scratch.file(Self.first))) == left)
  }

  @Test func aRunThatHasNoFileYetLeavesNone() throws {
    let scratch = try Scratch()
    let trainer = try trainer(scratch)
    for _ in 0..<5 { trainer.send(.step) }
    trainer.send(.rewind)
    #expect(trainer.latest?.notice?.text == "back to step 0 with the same initial weights (seed 1)")
    trainer.send(.step)
    trainer.send(.quit)
    #expect(scratch.names == [Self.first])
    #expect(SessionFile.summary(scratch.file(Self.first)).step == 1)
  }

  @Test(arguments: commands.indices)
  func whatCannotBeSavedIsNotThrownAway(command: Int) throws {
    let scratch = try Scratch()
    let trainer = try trainer(scratch)
    for _ in 0..<5 { trainer.send(.step) }
    trainer.send(.save(path: nil))
    trainer.send(.step)
    let before = try #require(trainer.latest)
    try FileManager.default.createDirectory(
      atPath: scratch.file(".\(Self.first).saving"), withIntermediateDirectories: false)
    trainer.send(Self.commands[command])
    let after = try #require(trainer.latest)
    #expect(after.notice?.text.hasSuffix("; nothing was changed") == true)
    #expect(after.step == 6)
    #expect(after.seed == before.seed)
    #expect(after.knobs == before.knobs)
    #expect(after.parameters.values == before.parameters.values)
    #expect(SessionFile.summary(scratch.file(Self.first)).step == 5)
  }

  @Test func aLiveKnobLeavesNothingBehind() throws {
    let scratch = try Scratch()
    let trainer = try trainer(scratch)
    trainer.send(.step)
    trainer.send(.save(path: nil))
    trainer.send(.set(knob: "rate", to: .real(0.5)))
    // The value it has already builds nothing anew.
    trainer.send(.set(knob: "target-widths", to: .widths([8])))
    trainer.send(.step)
    trainer.send(.quit)
    #expect(scratch.names == [Self.first])
    #expect(SessionFile.summary(scratch.file(Self.first)).step == 2)
  }
}
