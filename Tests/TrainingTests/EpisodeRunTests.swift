import CAllocations
import Foundation
import Learning
import Testing
import Training

/// The experiment that reads episodes: it learns, tells what the labels are for, and is looked at, kept
/// and taken up again like any other.
struct EpisodeRunTests {
  private static let small = [
    "channels": "4", "feature-channels": "8", "model": "32", "tasks-per-step": "4",
  ]

  private func small(seed: UInt64 = 1, _ more: [String: String] = [:]) throws -> Run {
    try smallRun("few-shot-glyphs", seed: seed, Self.small.merging(more) { $1 })
  }

  /// After a few steps it is far better than chance on scripts never trained on, but not with labels
  /// that belong to other images.
  @Test func itLearnsWhatLabelsAreFor() throws {
    let run = try small(["tasks-per-step": "8"])
    train(run, to: 100)
    let metrics = Dictionary(
      uniqueKeysWithValues: run.finalMetrics().map { ($0.name, $0.value) })
    func value(_ name: String) throws -> Float { try #require(metrics[name]) }
    #expect(try value("test_accuracy") > 0.4)
    #expect(abs(try value("shuffled_accuracy") - 0.2) < 0.03)
    #expect(0.44...0.52 ~= (try value("nearest_neighbour_accuracy")))
    #expect(try value("chance_accuracy") == 0.2)
    for name in ["test", "training_scripts", "shuffled", "nearest_neighbour"] {
      // 1000 episodes of 25 images: at most as far as single guesses would be.
      #expect(0.003...0.031 ~= (try value("\(name)_accuracy_interval")), "\(name)")
    }
  }

  @Test func aStepAllocatesNothing() throws {
    let run = try small()
    for _ in 0..<5 { run.advance() }
    let before = weft_allocations_of_thread()
    // Fewer than the history needs to grow.
    for _ in 0..<3 { run.advance() }
    #expect(weft_allocations_of_thread() - before <= 1)
  }

  /// The context of a shown episode is a unit vector, and the line between two of them is one between
  /// their networks.
  @Test func contextsMixNetworks() throws {
    let run = try small()
    train(run, to: 3)
    run.evaluate()
    let tasks = run.description.tasks
    #expect(tasks.count == 12 && run.statusesWithContexts().allSatisfy { $0.context != nil })
    let names = [tasks[1].name, tasks[8].name]
    let ends = try names.map { try run.generate(.task($0)) }
    #expect(ends[1].context == (0..<12).map { $0 == 8 ? 1 : 0 })
    let middle = try run.generate(.between(names[0], names[1], 0.25)).tensors
    for (index, tensor) in middle.enumerated() {
      for (i, value) in tensor.values.enumerated() {
        let (a, b) = (ends[0].tensors[index].values[i], ends[1].tensors[index].values[i])
        #expect(abs(value - (0.75 * a + 0.25 * b)) < 1e-5)
      }
    }
    #expect(zip(ends[0].tensors, ends[1].tensors).contains { $0.values != $1.values })
    // With what somebody needs to compute with them.
    #expect(ends[1].metadata.contains { $0.name == "formula" })
    #expect(ends[1].inputs.count == ends[1].outputs.count && !ends[1].inputs.isEmpty)
    #expect(ends[1].inputs != ends[0].inputs && ends[1].outputs != ends[0].outputs)
  }

  /// What the target pane shows is what the task was measured by.
  @Test func theBoardShowsTheMeasuredEpisode() throws {
    let run = try small()
    train(run, to: 20)
    run.evaluate()
    let trainer = SteppedTrainer(run, saving: Saving(path: nil, autosavePath: nil))
    let snapshot = try #require(trainer.latest)
    let prober = Prober {}
    for task in [0, 4, 11] {
      let context = try #require(snapshot.tasks[task].context)
      prober.ask(.init(context: context, reference: task, snapshot: snapshot))
      prober.finish()
      let result = try #require(prober.latest)
      guard case .episode(let episode) = result.behaviour else {
        Issue.record("an episode is shown")
        return
      }
      #expect(result.reference == task && episode.isTested == (task >= 6))
      #expect(episode.accuracy == snapshot.tasks[task].metric)
      #expect(episode.support.map(\.label) == [0, 1, 2, 3, 4])
      #expect(episode.queries.count == 25 && episode.classNames.count == 5)
      #expect(snapshot.description.tasks[task].name.hasPrefix(episode.script.lowercased()))
      for query in episode.queries {
        #expect(abs(query.probabilities.reduce(0, +) - 1) < 1e-4)
      }
    }
  }

  /// Images or a folder that cannot be used are about data, and turn no knob.
  @Test func dataThatAreNotThereAreASentence() throws {
    let error = #expect(throws: KnobError.self) { try small(["data": "/nowhere/at/all"]) }
    #expect(error?.isOfData == true)
    let run = try small()
    #expect(throws: KnobError.self) { try run.set("data", to: .text("/nowhere/at/all")) }
    #expect(run.knobs.text("data").isEmpty)
    let few = #expect(throws: KnobError.self) {
      try small(["warp": "0", "shots": "9"])
    }
    #expect(few?.description.contains("9-shot") == true)
  }
}

/// The methods that read a set, beside the others, on the same episodes.
struct FewShotRaceTests {
  @Test func theNearestImageNeedsNoTraining() throws {
    let contest = try #require(Contests.named("few-shot-glyphs"))
    var knobs = KnobValues(contest.knobs)
    for (knob, value) in [
      ("channels", "2"), ("tasks-per-step", "2"), ("examples", "1"), ("feature-channels", "4"),
    ] {
      try knobs.set(knob, to: value)
    }
    let comparison = try Comparison(
      contest, knobs: knobs,
      entries: ["nearest", "prototypes"].map { word throws(KnobError) in
        try Comparison.Entry(word, knobs: contest.knobs)
      }, seeds: [1], budget: .steps(3))
    var rounds = 0
    while !comparison.isDone, rounds < 10_000 {
      comparison.advance(seconds: 0.05)
      rounds += 1
    }
    let rows = comparison.standing.rows
    #expect(rows.map(\.failure) == [nil, nil])
    #expect(rows[0].step == 0 && rows[1].step == 3)
    let nearest = rows[0].newTasks.map(\.mean)
    #expect(nearest.count == 4 && Set(nearest).count == 1)
    #expect(0.44...0.52 ~= nearest[0])
    #expect(rows[1].newTasks[0].mean > 0.3)
    #expect(comparison.methods[0].trainableCount == 0)
  }

  /// Such methods are for tasks that compare classes.
  @Test func theyAreRefusedElsewhere() throws {
    let contest = try #require(Contests.named("sine-family"))
    let setting = try contest.setting(KnobValues(contest.knobs))
    for choice in [MethodChoice.hyperTransformer, .prototypes, .nearest] {
      let error = #expect(throws: KnobError.self) { try choice.method(setting) }
      #expect(error?.description.contains("several classes") == true)
    }
  }
}
