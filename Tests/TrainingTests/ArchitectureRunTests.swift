import CAllocations
import Foundation
import Learning
import Testing
import Training

/// Architectures: generators in training, what their weights come to, training for real, and the search.
struct ArchitectureRunTests {
  private func small(_ more: [String: String] = [:]) throws -> Run {
    try smallRun(
      "architectures",
      ["space": "mlp", "state": "8", "hidden": "16", "tasks-per-step": "4", "examples": "16"]
        .merging(more) { $1 })
  }

  @Test(arguments: ["graph", "smash", "shared"])
  func networksThatNobodyTrainedClassify(_ generator: String) throws {
    let run = try small(["generator": generator])
    train(run, to: 600)
    let metrics = Dictionary(
      uniqueKeysWithValues: run.finalMetrics().map { ($0.name, $0.value) })
    func value(_ name: String) throws -> Float { try #require(metrics[name]) }
    #expect(try value("test_architectures") == Float(TrainedTable.measured))
    #expect(try value("test_generated_accuracy") > (generator == "shared" ? 0.2 : 0.5))
    #expect(try value("test_pearson") > 0.3)
    #expect(try value("test_pearson_low") < (try value("test_pearson")))
    #expect(try value("deeper_generated_accuracy") > 0.15)
    #expect(try value("wider_generated_accuracy") > 0.2)
  }

  @Test(arguments: ["graph", "smash"], ["cnn", "mlp"])
  func aStepAllocatesNothing(_ generator: String, _ space: String) throws {
    let run = try small(["generator": generator, "space": space])
    for _ in 0..<5 { run.advance() }
    let before = weft_allocations_of_thread()
    for _ in 0..<3 { run.advance() }
    #expect(weft_allocations_of_thread() == before)
  }

  /// What is written with the weights is what a network of the true architecture makes of the images.
  @Test func whatIsGeneratedSaysHowToComputeWithIt() throws {
    let run = try small()
    train(run, to: 50)
    let generated = try run.generate(.task("t1"))
    let about = Dictionary(uniqueKeysWithValues: generated.metadata.map { ($0.name, $0.value) })
    let graph = try #require(about["architecture"].flatMap { Architecture(line: $0) })
    #expect(about["formula"] != nil && about["width"] == "\(graph.width)")
    #expect(generated.inputs.count == 100 && generated.outputs.allSatisfy { $0.count == 10 })
    #expect(generated.inputs[0] != generated.inputs[1])
    // Between two of them it is no architecture.
    let between = try run.generate(.between("t1", "t2", 0.5))
    #expect(between.metadata.contains { $0.value.hasPrefix("a mixture") })
  }

  @Test func whatIsTrainedForRealIsTheSameAgain() throws {
    let (_, images) = try Architectures().table(KnobValues(Architectures().knobs))
    var setting = ArchitectureTraining()
    setting.steps = 40
    let graphs = SearchSpace(.cnn).architectures(.test, count: 3)
    let rows = graphs.map { TrainedTable.train($0, .test, images, setting, seeds: 2) }
    let again = graphs.map { TrainedTable.train($0, .test, images, setting, seeds: 2) }
    #expect(rows == again)
    #expect(rows.allSatisfy { $0.accuracies.count == 2 && $0.accuracy > 0.1 })
    #expect(Set(rows.map(\.accuracy)).count > 1)
  }

  @Test func aTableGoesOnWhereItWasLeft() throws {
    let (_, images) = try Architectures().table(KnobValues(Architectures().knobs))
    var setting = ArchitectureTraining()
    setting.steps = 3
    func made(_ threads: Int, after done: [TrainedTable.Row]) -> [TrainedTable.Row] {
      var table = TrainedTable(SearchSpace(.mlp), images: "digits", setting, rows: done)
      var count = done.count
      table.complete(images, threads: threads) { _, _ in
        count += 1
        return count < 7
      }
      return Array(table.rows.prefix(7))
    }
    let whole = made(1, after: [])
    #expect(whole.count == 7)
    #expect(made(3, after: Array(whole.prefix(2))) == whole)
  }

  @Test func theSearchFindsWhatIsPredictedToBeGood() throws {
    let run = try small()
    train(run, to: 300)
    func found() throws -> [ArchitectureSearch.Candidate] {
      let search = try #require(run.architectureSearch(seed: 3))
      while search.predictions < 500 { search.advance() }
      return search.best(5)
    }
    let best = try found()
    let search = try #require(run.architectureSearch(seed: 3))
    let random = search.predict(search.space.architectures(.test, count: 60)).compactMap { $0 }
    #expect(random.count == 60)
    let top = random.map(\.predicted).sorted().suffix(3)
    #expect(best.allSatisfy { $0.predicted >= top[top.startIndex] })
    #expect(try found().map(\.architecture) == best.map(\.architecture))
    let outcome = try #require(search.finish(budget: 2, given: best, shown: 5) { _ in true })
    #expect(outcome.trained == 2 && outcome.candidates.count == 5)
    let accuracy = try #require(outcome.accuracy)
    #expect(outcome.shareBetter == search.share(better: accuracy))
    #expect(outcome.random != nil && outcome.candidates.front.contains(true))
    #expect(try smallRun("three-polynomials").architectureSearch(seed: 1) == nil)
  }

  @Test func correlations() throws {
    let pairs: [(Float, Float)] = [(1, 2), (2, 1), (3, 4), (4, 3), (5, 6), (6, 5)]
    let found = try #require(Correlation(pairs))
    // By hand: Σxy − n·x̄ȳ = 14.5 of 17.5; 12 of 15 pairs in order, 3 not.
    #expect(abs(found.pearson.value - 14.5 / 17.5) < 1e-9)
    #expect(abs(found.kendall.value - 0.6) < 1e-9)
    #expect(found.pearson.low < found.pearson.value && found.pearson.high < 1)
    #expect(Correlation([(1, 1), (2, 2)]) == nil)
    #expect(Correlation((0..<9).map { (1, Float($0)) }) == nil)
    let tied = try #require(Correlation([(1, 1), (1, 2), (2, 2), (3, 3), (3, 3)]))
    // τ_b: 7 in order, ties 2 and 2 of 10.
    #expect(abs(tied.kendall.value - 7.0 / 8) < 1e-9)
  }
}
