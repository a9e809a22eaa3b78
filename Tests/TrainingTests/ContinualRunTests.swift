import Foundation
import Learning
import Testing
import Training

/// Tasks learned one after another: milestones, drift, and the way back.
struct ContinualRunTests {
  private static let settings = ["steps-per-task": "60", "beta": "1"]

  @Test(arguments: ["hypernetwork", "film", "fine-tuning", "ewc", "si", "joint"])
  func everyMethodLearnsEveryTask(_ method: String) throws {
    for name in ["split-digits", "permuted-digits"] {
      let run = try smallRun(
        name, ["steps-per-task": "200", "method": method, "examples": "32"])
      train(run, to: 1000)
      #expect(run.isFinite)
      let chance: Float = name == "split-digits" ? 0.5 : 0.1
      let accuracies = run.statuses.compactMap(\.metric)
      #expect(accuracies.count == 5)
      #expect(accuracies[4] > chance + 0.2, "\(name) \(method): \(accuracies)")
      let metrics = Dictionary(uniqueKeysWithValues: run.finalMetrics())
      #expect((metrics["training_accuracy"] ?? 0) > chance)
      if method != "joint" {
        for metric in ["cl2_accuracy", "cl3_accuracy", "task_by_entropy_accuracy"] {
          #expect((0...1).contains(metrics[metric] ?? -1), "\(metric)")
        }
        #expect((metrics["cl3_accuracy"] ?? 1) <= (metrics["task_by_entropy_accuracy"] ?? 0))
        #expect(metrics["forgotten"] != nil)
      }
    }
  }

  @Test func milestonesSayHowTasksStood() throws {
    let run = try smallRun("split-digits", Self.settings)
    train(run, to: 59)
    #expect(run.milestones.isEmpty)
    train(run, to: 150)
    #expect(run.milestones.map(\.task) == [0, 1] && run.milestones.map(\.step) == [60, 120])
    #expect(run.milestones.allSatisfy { $0.measures.count == 5 })
    train(run, to: 320)
    #expect(run.milestones.map(\.step) == [60, 120, 180, 240, 300])
    run.rewind()
    #expect(run.milestones.isEmpty)
  }

  @Test func driftIsMeasuredForEarlierTasksOnly() throws {
    let run = try smallRun("split-digits", Self.settings)
    train(run, to: 60)
    run.evaluate()
    #expect(run.statuses.allSatisfy { $0.drift == nil })
    train(run, to: 170)
    run.evaluate()
    #expect(run.statuses.map { $0.drift != nil } == [true, true, false, false, false])
    #expect(run.statuses.prefix(2).allSatisfy { ($0.drift ?? 0) > 0 })
    let free = try smallRun("split-digits", ["steps-per-task": "60", "beta": "0"])
    train(free, to: 170)
    free.evaluate()
    #expect((free.statuses[0].drift ?? 0) > 2 * (run.statuses[0].drift ?? .infinity))
  }

  /// Back at a task's end the same steps give the same bits; with another β others.
  @Test func aTasksEndIsAPlaceToBranch() throws {
    let run = try smallRun("split-digits", Self.settings)
    train(run, to: 130)
    let end = try #require(run.stateAtEnd(of: 0))
    #expect(end.step == 60 && run.stateAtEnd(of: 2) == nil)
    let whole = run.state
    run.state = end
    #expect(run.milestones.count == 1)
    train(run, to: 130)
    #expect(run.state == whole)
    run.state = end
    _ = try run.set("beta", to: .real(0))
    train(run, to: 130)
    #expect(run.state != whole && run.milestones.count == 2)
  }

  @Test func aPersonCanGoBack() throws {
    let scratch = try Scratch()
    let run = try smallRun("split-digits", Self.settings)
    train(run, to: 130)
    let path = scratch.file("a.json")
    let trainer = Trainer(
      run, saving: Saving(path: path, autosavePath: path, interval: 1e9), onSnapshot: {})
    trainer.send(.goBack(toEndOf: 1))
    trainer.finish()
    let snapshot = try #require(trainer.latest)
    #expect(snapshot.step == 120 && snapshot.milestones.count == 2)
    #expect(snapshot.notice?.text.contains("step 120") == true)
    trainer.send(.goBack(toEndOf: 4))
    trainer.finish()
    #expect(trainer.latest?.step == 120)
    #expect(trainer.latest?.notice?.text.contains("no state to go back to") == true)
  }

  @Test func forgettingIsWhatWasLost() {
    let milestones = [
      Milestone(task: 0, step: 10, measures: [0.9, 0.5, 0.5]),
      Milestone(task: 1, step: 20, measures: [0.8, 1, 0.5]),
      Milestone(task: 2, step: 30, measures: [0.7, 0.9, 0.8]),
    ]
    let lost = milestones.forgotten(now: [0.7, 0.9, 0.8], before: 2, isLoss: false)
    #expect(abs((lost ?? 0) - 0.15) < 1e-6)
    let grown = milestones.forgotten(now: [1.1, 1, 0.8], before: 2, isLoss: true)
    #expect(abs((grown ?? 0) - 0.1) < 1e-6)
    #expect(milestones.forgotten(now: [0.7, 0.9, 0.8], before: 0, isLoss: false) == nil)
  }

  /// Milestones that cannot be are refused.
  @Test(arguments: [("60", "61"), ("\"task\": 0", "\"task\": 3")])
  func brokenMilestonesAreRefused(_ from: String, _ to: String) throws {
    let scratch = try Scratch()
    let run = try smallRun("split-digits", Self.settings)
    train(run, to: 70)
    try SessionFile.write(run, to: scratch.file("a.json"))
    let text = try String(contentsOfFile: scratch.file("a.json"), encoding: .utf8)
    let start = try #require(text.range(of: "\"milestones\""))
    let end = try #require(text.range(of: from, range: start.upperBound..<text.endIndex))
    let changed = text.replacingCharacters(in: end, with: to)
    try Data(changed.utf8).write(to: URL(fileURLWithPath: scratch.file("b.json")))
    #expect(throws: SessionError.self) {
      try SessionFile.open(scratch.file("b.json"), threads: 1)
    }
  }
}
