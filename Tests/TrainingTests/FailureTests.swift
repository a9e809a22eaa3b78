import Learning
import Testing
import Training

/// Runs that go wrong: seen at once, named, and not the end.
struct FailureTests {
  /// Plain gradient descent far too fast.
  private static let absurd = [
    "optimizer": "sgd", "rate": "1", "clip": "0", "spread": "10", "schedule": "constant",
  ]

  private func failed(_ trainer: SteppedTrainer) -> Snapshot.Failure? {
    guard case .failed(let failure) = trainer.latest?.state else { return nil }
    return failure
  }

  private func trainer(_ run: sending Run) -> SteppedTrainer {
    SteppedTrainer(run, saving: Saving(path: nil, autosavePath: nil))
  }

  private func isFinite(_ trainer: SteppedTrainer) -> Bool {
    trainer.latest?.parameters.values.allSatisfy(\.isFinite) ?? false
  }

  @Test func aLossOutOfAllProportionStopsTheRun() throws {
    let trainer = trainer(try smallRun("sine-family", Self.absurd))
    let start = trainer.latest?.parameters.values
    trainer.send(.run)
    var steps = 0
    while trainer.advance() != nil, steps < 400 { steps += 1 }
    trainer.refresh()
    let failure = try #require(failed(trainer))
    #expect(failure.step == trainer.step - 1)
    #expect(failure.sentence.hasPrefix("\(failure.tensor) "))
    #expect(failure.sentence.hasSuffix(" at step \(failure.step)") || failure.tensor == "loss")
    #expect(failure.lastGoodStep == 0)

    // It does not go on like that.
    for command in [Command.run, .step, .phase, .toggle] {
      trainer.send(command)
      #expect(trainer.latest?.step == failure.step + 1)
      #expect(failed(trainer) == failure)
    }
    trainer.send(.run)
    #expect(trainer.latest?.notice?.text.contains("go back to the last good state") == true)

    trainer.send(.restoreLastGood)
    #expect(trainer.latest?.state == .paused)
    #expect(trainer.latest?.step == 0)
    #expect(trainer.latest?.parameters.values == start)
    // Slower it is fine.
    trainer.send(.set(knob: "rate", to: .real(1e-6)))
    trainer.send(.step)
    #expect(trainer.latest?.state == .paused)
    #expect(trainer.latest?.step == 1)
  }

  /// Training, with a step in which something overflows: by whole steps and by phases.
  @Test(arguments: [false, true])
  func aNumberThatIsNotFiniteIsNamedWithItsStep(byPhases: Bool) throws {
    let trainer = trainer(try smallRun("sine-family"))
    for _ in 0..<53 { trainer.send(.step) }
    #expect(failed(trainer) == nil)
    // b2 is the last bias of the target network: its square overflows in the loss.
    trainer.send(.write(variable: "head.b2.bias", index: 0, value: 1e30))
    if byPhases {
      for _ in 0..<5 { trainer.send(.phase) }
    } else {
      trainer.send(.step)
    }
    let failure = try #require(failed(trainer))
    #expect(failure.step == 53)
    #expect(!failure.tensor.isEmpty)
    #expect(failure.sentence == "\(failure.tensor) is not finite at step 53")
    #expect(failure.lastGoodStep == 50)
    trainer.send(.restoreLastGood)
    #expect(trainer.latest?.step == 50)
    #expect(isFinite(trainer))
    // Those are the bits of a run in which nothing happened.
    let other = try smallRun("sine-family")
    train(other, to: 54)
    for _ in 0..<4 { trainer.send(.step) }
    #expect(trainer.latest?.trainingLoss == other.trainingLoss)
  }

  @Test func aRunThatFailsInItsFirstPhasesHasAStateToGoBackTo() throws {
    let trainer = trainer(try smallRun("sine-family"))
    trainer.send(.phase)
    trainer.send(.write(variable: "head.b2.bias", index: 0, value: 1e30))
    trainer.send(.phase)
    // Completes it.
    trainer.send(.step)
    let failure = try #require(failed(trainer))
    #expect(failure.lastGoodStep == 0)
    trainer.send(.restoreLastGood)
    #expect(trainer.latest?.state == .paused)
    #expect(isFinite(trainer))
  }

  @Test func parametersThatAreNotFiniteAreSeenWithTheNextEvaluation() throws {
    let run = try smallRun("three-polynomials")
    var watch = FailureWatch()
    train(run, to: 49)
    run.advance()
    let none = watch.failure(of: run, loss: 1)
    #expect(none == nil)
    var state = run.state
    state.values[0] = .infinity
    run.state = state
    #expect(!run.isFinite)
    let found = watch.failure(of: run, loss: 1, lastGoodStep: 12)
    let failure = try #require(found)
    #expect(failure.step == 49)
    #expect(failure.tensor == "embedding")
    #expect(failure.lastGoodStep == 12)
  }
}
