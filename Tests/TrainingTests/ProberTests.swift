import Dispatch
import Foundation
import Learning
import LearningTesting
import Synchronization
import Testing
import Training

struct ProberTests {
  private func trainer(_ run: sending Run) -> SteppedTrainer {
    SteppedTrainer(run, saving: Saving(path: nil, autosavePath: nil))
  }

  private func answer(
    _ context: [Float], reference: Int? = nil, _ snapshot: Snapshot, by prober: Prober = Prober {}
  ) throws -> ProbeResult {
    prober.ask(.init(context: context, reference: reference, snapshot: snapshot))
    prober.finish()
    return try #require(prober.latest)
  }

  private func trained(_ name: String, _ settings: [String: String] = [:]) throws -> Run {
    let run = try smallRun(name, settings)
    train(run, to: 100)
    return run
  }

  @Test(arguments: ["sine-family", "digit-views", "three-polynomials"])
  func itSeesTheWeightsThatAreGenerated(name: String) throws {
    let run = try trained(name)
    let context = (0..<run.description.contextCount).map { 0.3 - 0.2 * Float($0) }
    let generated = try run.generate(.context(context)).tensors
    let seen = try answer(context, try #require(trainer(run).latest))
    #expect(seen.context == context)
    #expect(seen.step == 100)
    #expect(seen.weights.map(\.specification) == generated.map(\.specification))
    #expect(seen.weights.map(\.values) == generated.map(\.values))
  }

  @Test func aCurveAndItsErrorAreThoseOfPlainArithmetic() throws {
    let run = try trained("sine-family")
    let plain = try PlainHypernetwork(run)
    let snapshot = try #require(trainer(run).latest)
    for task in [0, 13, 35] {
      let context = try #require(snapshot.tasks[task].context)
      let result = try answer(context, reference: task, snapshot)
      #expect(result.reference == task)
      guard case .curve(let curve) = result.behaviour else {
        Issue.record("a sine is a curve")
        return
      }
      let weights = plain.weights(plain.embeddings[task])
      for (x, y) in zip(curve.x, curve.prediction) {
        #expect(agree(y, Plain.mlp([Double(x)], weights)[0]))
      }
      let truth = try #require(curve.truth)
      let expected = plain.error(
        plain.embeddings[task], x: curve.x.map(Double.init), y: truth.map(Double.init))
      #expect(agree(try #require(curve.error), expected))
      // Nearly the evaluator's, who looks at other points of the same curve.
      let measured = try #require(snapshot.tasks[task].loss)
      #expect(abs(try #require(curve.error) / measured - 1) < 0.1)
    }
  }

  @Test func imagesAreJudgedAsTheEvaluatorJudgesThem() throws {
    let run = try trained("digit-views")
    let snapshot = try #require(trainer(run).latest)
    for task in [0, 7, 17] {
      let context = try #require(snapshot.tasks[task].context)
      guard case .images(let images) = try answer(context, reference: task, snapshot).behaviour
      else {
        Issue.record("digits are images")
        return
      }
      #expect(images.accuracy == snapshot.tasks[task].metric)
      #expect(images.accuracy > 0.15, "better than guessing")
    }
  }

  @Test func ofSeveralQuestionsThatWaitTheNewestIsAnswered() throws {
    let snapshot = try #require(trainer(try smallRun()).latest)
    let begun = DispatchSemaphore(value: 0)
    let goOn = DispatchSemaphore(value: 0)
    let answers = Mutex(0)
    // The first answer keeps the probe's queue busy until three more questions were asked.
    let prober = Prober {
      let number = answers.withLock { count in
        count += 1
        return count
      }
      guard number == 1 else { return }
      begun.signal()
      _ = goOn.wait(timeout: .now() + 30)
    }
    func ask(_ number: Float) {
      let context = [Float](repeating: number, count: 6)
      prober.ask(.init(context: context, reference: nil, snapshot: snapshot))
    }
    ask(1)
    try #require(begun.wait(timeout: .now() + 30) == .success)
    #expect(prober.latest?.context.first == 1)
    for number in 2...4 { ask(Float(number)) }
    goOn.signal()
    prober.finish()
    #expect(prober.latest?.context.first == 4)
    #expect(answers.withLock { $0 } == 2)
  }

  @Test func itAnswersWhetherTheRunGoesOnOrNot() throws {
    let trainer = Trainer(
      try smallRun(), saving: Saving(path: nil, autosavePath: nil), onSnapshot: {})
    let prober = Prober {}
    let context = [Float](repeating: 0.5, count: 6)
    let paused = try answer(context, try #require(trainer.latest), by: prober)
    #expect(paused.step == 0)
    #expect(
      try answer(context, try #require(trainer.latest), by: prober).weights[0].values
        == paused.weights[0].values)
    trainer.send(.run)
    #expect(eventually { (trainer.latest?.step ?? 0) > 10 })
    let snapshot = try #require(trainer.latest)
    let running = try answer(context, snapshot, by: prober)
    #expect(running.step == snapshot.step)
    #expect(running.weights[0].values != paused.weights[0].values)
    // Other networks are no obstacle, nor is going back to earlier ones.
    trainer.send(.set(knob: "target-widths", to: .widths([2, 3])))
    trainer.send(.pause)
    trainer.finish()
    let other = try answer(context, try #require(trainer.latest), by: prober)
    #expect(other.weights.map(\.values.count) == [2, 2, 6, 3, 3, 1])
    let again = try answer(context, snapshot, by: prober)
    #expect(again.weights.map(\.values) == running.weights.map(\.values))
  }

  @Test func aContextOfAnotherLengthHasNoAnswer() throws {
    let snapshot = try #require(trainer(try smallRun()).latest)
    let prober = Prober {}
    let known = try answer([1, 2, 3, 4, 5, 6], snapshot, by: prober)
    #expect(try answer([1, 2], snapshot, by: prober).context == known.context)
    // A reference that does not exist is none.
    let lost = try answer([1, 2, 3, 4, 5, 6], reference: 99, snapshot, by: prober)
    #expect(lost.reference == nil)
  }
}
