import Dispatch
import Foundation
import Learning
import Synchronization
import Testing
import Training

/// Waits until something is so. Returns whether it came to be in ten seconds.
func eventually(_ condition: () -> Bool) -> Bool {
  let limit = Date() + 10
  while !condition() {
    guard Date() < limit else { return false }
    usleep(500)
  }
  return true
}

struct TrainerTests {
  private func trainer(
    _ run: sending Run, onSnapshot: @escaping @Sendable () -> Void = {}
  ) -> Trainer {
    Trainer(
      run, saving: Saving(path: nil, autosavePath: nil), onSnapshot: onSnapshot)
  }

  private func latest(_ trainer: Trainer) throws -> Snapshot {
    trainer.finish()
    return try #require(trainer.latest)
  }

  @Test func thereIsASnapshotBeforeTheFirstCommand() throws {
    let snapshot = try #require(trainer(try smallRun(seed: 6)).latest)
    #expect(snapshot.step == 0)
    #expect(snapshot.state == .paused)
    #expect(snapshot.seed == 6)
    #expect(snapshot.trainingLoss == nil)
    #expect(snapshot.description.experiment == "sine-family")
  }

  @Test func singleStepsAreTheStepsOfAHeadlessRun() throws {
    let trainer = trainer(try smallRun())
    for _ in 0..<60 { trainer.send(.step) }
    let snapshot = try latest(trainer)
    let run = try smallRun()
    train(run, to: 60)
    #expect(snapshot.step == 60)
    #expect(snapshot.state == .paused)
    #expect(snapshot.history == run.history)
    #expect(snapshot.tasks == run.statusesWithContexts())
    #expect(snapshot.validationLoss == run.validationLoss)
  }

  /// The step that is completed on the way counts like any other, its evaluation included.
  @Test(arguments: [1, 3, 5])
  func aStepBegunInPhasesIsCompleted(phases: Int) throws {
    let trainer = trainer(try smallRun())
    for _ in 0..<49 { trainer.send(.step) }
    for _ in 0..<phases { trainer.send(.phase) }
    let begun = try latest(trainer)
    try #require(begun.description.phases.count == 5)
    #expect(begun.phase == begun.description.phases[phases - 1])
    #expect(begun.step == (phases == 5 ? 50 : 49))
    trainer.send(.step)
    let run = try smallRun()
    train(run, to: 51)
    let snapshot = try latest(trainer)
    #expect(snapshot.phase == nil)
    #expect(snapshot.step == 51)
    #expect(snapshot.history == run.history)
    #expect(snapshot.tasks == run.statusesWithContexts())
  }

  @Test func aRunGoesUntilItIsPaused() throws {
    let trainer = trainer(try smallRun())
    trainer.send(.run)
    #expect(eventually { (trainer.latest?.step ?? 0) > 60 })
    #expect(trainer.latest?.state == .running)
    trainer.send(.toggle)
    let paused = try latest(trainer)
    #expect(paused.state == .paused)
    #expect(paused.stepsPerSecond == 0)
    for _ in 0..<3 { #expect(try latest(trainer).step == paused.step) }
    // Nobody's watching changes what is learned.
    let run = try smallRun()
    train(run, to: paused.step)
    #expect(paused.history == run.history)
    #expect(paused.tasks == run.statusesWithContexts())

    trainer.send(.toggle)
    #expect(eventually { (trainer.latest?.step ?? 0) > paused.step })
    trainer.send(.step)
    #expect(try latest(trainer).state == .paused)
  }

  @Test func speedLimitsTheSteps() throws {
    let trainer = trainer(try smallRun())
    trainer.send(.speed(.five))
    let start = Saver.now
    trainer.send(.run)
    #expect(eventually { (trainer.latest?.step ?? 0) >= 7 })
    let steps = try latest(trainer).step
    // At 20 steps a second, the first at once.
    #expect(Saver.now - start >= Double(steps - 1) / 20)
    trainer.send(.speed(.full))
    #expect(eventually { (trainer.latest?.step ?? 0) >= steps + 100 })
    #expect(try latest(trainer).speed == .full)
  }

  @Test func aLiveKnobIsTurnedWhileItRuns() throws {
    let trainer = trainer(try smallRun())
    trainer.send(.run)
    #expect(eventually { (trainer.latest?.step ?? 0) > 0 })
    trainer.send(.set(knob: "rate", to: .real(0)))
    let turned = try latest(trainer)
    #expect(turned.knobs["rate"] == .real(0))
    #expect(turned.state == .running)
    #expect(turned.notice?.text == "learning rate 0, live")
    // Steps of size 0: it goes on, and no parameter moves.
    #expect(eventually { (trainer.latest?.step ?? 0) > turned.step + 20 })
    #expect(trainer.latest?.parameters.values == turned.parameters.values)
    trainer.send(.set(knob: "rate", to: .real(0.01)))
    #expect(eventually { trainer.latest?.parameters.values != turned.parameters.values })
    trainer.send(.pause)
    trainer.finish()
  }

  @Test func aRebuildingKnobIsTurnedWhileItRuns() throws {
    let trainer = trainer(try smallRun())
    trainer.send(.speed(.hundred))
    trainer.send(.run)
    #expect(eventually { (trainer.latest?.step ?? 0) > 100 })
    trainer.send(.set(knob: "target-widths", to: .widths([3])))
    let rebuilt = try latest(trainer)
    #expect(rebuilt.state == .running)
    #expect(rebuilt.step < 100)
    #expect(rebuilt.description.tensors.map(\.shape.count) == [3, 3, 3, 1])
    #expect(rebuilt.notice?.text == "target widths 3: networks built anew, training starts over")
    trainer.send(.set(knob: "target-widths", to: .widths([0])))
    let refused = try latest(trainer)
    #expect(refused.notice?.text.contains("target-widths") == true)
    #expect(refused.knobs["target-widths"] == .widths([3]))
    trainer.send(.pause)
    trainer.finish()
  }

  @Test func commandsOfManyThreadsAllCount() throws {
    let trainer = trainer(try smallRun())
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      for _ in 0..<25 { trainer.send(.step) }
    }
    #expect(try latest(trainer).step == 200)
  }

  @Test func theNewestSnapshotIsTheOneThatIsKept() throws {
    let calls = Mutex(0)
    let trainer = trainer(try smallRun()) { calls.withLock { $0 += 1 } }
    let start = Saver.now
    trainer.send(.run)
    var seen: [(revision: Int, step: Int)] = []
    #expect(
      eventually {
        if let snapshot = trainer.latest { seen.append((snapshot.revision, snapshot.step)) }
        return (seen.last?.revision ?? 0) >= 8
      })
    trainer.send(.pause)
    let last = try latest(trainer)
    for (a, b) in zip(seen, seen.dropFirst()) {
      #expect(a.revision <= b.revision && a.step <= b.step)
      if a.revision == b.revision { #expect(a.step == b.step, "a snapshot never changes") }
    }
    #expect(last.revision >= seen.last?.revision ?? 0)
    // Many steps share a picture: 20 a second, and one for each command.
    let count = calls.withLock { $0 }
    #expect(Double(count) <= (Saver.now - start) * 20 + 4)
    #expect(count == last.revision - 1, "each is announced but the first")
    // Nothing happens: nothing new.
    for _ in 0..<5 { #expect(try latest(trainer).revision == last.revision) }
  }
}
