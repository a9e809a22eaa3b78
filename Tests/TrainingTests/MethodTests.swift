import Autodiff
import Foundation
import Learning
import Testing
import Training

/// Methods of a comparison: each trains and lowers its loss with every strategy it can have, keeps what
/// it says it keeps, and leaves alone what it says it leaves alone.
@Suite struct MethodTests {
  private static let contest = "sine-family"

  private func comparison(
    _ words: [String], on name: String = contest, seeds: [UInt64] = [1], steps: Int = 200,
    _ settings: [(String, String)] = []
  ) throws -> Comparison {
    let contest = try #require(Contests.named(name))
    var knobs = KnobValues(contest.knobs)
    for (knob, value) in settings { try knobs.set(knob, to: value) }
    return try Comparison(
      contest, knobs: knobs,
      entries: words.map { word throws(KnobError) in
        try Comparison.Entry(word, knobs: contest.knobs)
      }, seeds: seeds, budget: .steps(steps))
  }

  private func run(_ comparison: Comparison) {
    var rounds = 0
    while !comparison.isDone, rounds < 1_000_000 {
      comparison.advance(seconds: 0.05)
      rounds += 1
    }
  }

  /// Methods for tasks that compare classes have a test of their own.
  private static func combinations(without left: [MethodChoice] = []) -> [String] {
    MethodChoice.allCases
      .filter { !(left + [.hyperTransformer, .prototypes, .nearest]).contains($0) }
      .flatMap { choice in
        choice.hasStrategy
          ? StrategyChoice.allCases.map { "\(choice.rawValue):strategy=\($0.rawValue)" }
            + ["\(choice.rawValue):strategy=lora:base=frozen"]
          : [choice.rawValue]
      }
  }
  private static let combinations = combinations(without: [.prefix])

  @Test(arguments: combinations)
  func everyCombinationLearns(_ word: String) throws {
    let comparison = try comparison([word])
    run(comparison)
    let row = comparison.standing.rows[0]
    #expect(row.failure == nil)
    #expect(row.step == 200)
    let losses = row.history.series[0].filter { $0.count > 0 }.map(\.mean)
    let (first, last) = (losses.prefix(20), losses.suffix(20))
    let before = first.reduce(0, +) / Float(first.count)
    let after = last.reduce(0, +) / Float(last.count)
    #expect(after < before, "\(word): \(before) to \(after)")
    let training = try #require(row.trainingTasks)
    #expect(training.mean.isFinite && row.newTasks.count == Measurement.steps.count)
    #expect(row.newTasks.allSatisfy { $0.mean.isFinite })
    #expect(
      row.newTasks[3].mean < row.newTasks[0].mean, "\(word): \(row.newTasks.map(\.mean))")
  }

  @Test func whatMakesNoSenseIsRefusedWithTheReason() throws {
    for (name, words) in [
      ("digit-views", "take --set target=transformer"), ("sine-family", "no transformer to choose"),
    ] {
      #expect {
        try comparison(["prefix"], on: name)
      } throws: { "\($0)".contains("the target network is mlp") && "\($0)".contains(words) }
    }
    for widths in ["9", "8-8"] {
      #expect {
        try comparison(
          ["pooled"], on: "digit-views", [("target", "transformer"), ("target-widths", widths)])
      } throws: { "\($0)".contains("takes one target width") }
    }
    for word in ["standard", "heads", "hypernetwork", "learned-init", "lora", "hyper-lora"] {
      #expect {
        try comparison([word], on: "sinusoids")
      } throws: { "\($0)".contains("each step meets new ones") }
    }
    #expect {
      try comparison(["mmal"])
    } throws: { "\($0)".contains("there is no method 'mmal'") }
    #expect {
      try comparison(["maml:rank"])
    } throws: { "\($0)".contains("knob=value") }
  }

  @Test func settingsThatMakeNoDifferenceAreRefused() throws {
    for (word, knob) in [
      ("maml:strategy=chunked", "strategy"), ("standard:rank=3", "rank"),
      ("hyper-lora:strategy=chunked", "strategy"), ("lora:strategy=film", "strategy"),
      ("pooled:initialization=xavier", "initialization"), ("full:rank=3", "rank"),
      ("film:chunk=7", "chunk"), ("hypernetwork:base=frozen", "base"),
      ("hyper-lora:base=frozen", "base"), ("reptile:inner-steps=2", "inner-steps"),
      ("set-encoder:spread=1", "spread"), ("maml:rate=0.1", "rate"),
      ("heads:meta-rate=0.1", "meta-rate"), ("lora:prefix-length=3", "prefix-length"),
      ("prefix:target=transformer:rank=3", "rank"),
      ("pooled:target=transformer:target-activation=tanh", "target-activation"),
    ] {
      #expect {
        try comparison([word], on: "digit-views")
      } throws: {
        "\($0)".contains("does not look at \(knob)") && "\($0)".contains("it looks at ")
      }
    }
    for word in [
      "low-rank:rank=3", "hypernetwork:strategy=lora:base=frozen", "reptile:inner-rate=0.1",
    ] {
      #expect(try comparison([word]).entries.count == 1)
    }
  }

  /// Every knob a method looks at, and no other, changes what it begins with or what training makes of
  /// it.
  @Test(arguments: combinations)
  func methodsLookAtWhatMakesADifference(_ word: String) throws {
    let contest = try #require(Contests.named(Self.contest))
    // Smaller than the rest of what is shared out, so that all matters.
    let start = [
      ("tasks-per-step", "5"), ("clip", "0.01"), ("hyper-widths", "6-5"), ("target-widths", "7-6"),
      ("schedule", "constant"), ("rank", "2"), ("chunk", "10"),
    ]
    func trained(_ settings: [(String, String)]) throws -> [UInt32] {
      let comparison = try comparison([word], steps: 40, start + settings)
      let contestant = comparison.contestants[0][0]
      while !contestant.isDone { contestant.train(seconds: 0) }
      return contestant.variables.block.map(\.bitPattern)
    }
    let plain = try trained([])
    let entry = try Comparison.Entry(word, knobs: contest.knobs)
    var values = KnobValues(contest.knobs)
    for (knob, value) in start { try values.set(knob, to: value) }
    let own = Set(entry.settings.map(\.knob))
    // The examples of new tasks do not matter here.
    for knob in contest.knobs where !own.contains(knob.name) && knob.name != "test-shots" {
      let value = values[knob.name] ?? knob.standard
      // The other initialisations are alike where the size of what is generated is not theirs to say.
      let other =
        knob.name == "initialization" ? .choice("xavier") : knob.nudged(value, by: 1)
      let differs = try trained([(knob.name, other.description)]) != plain
      #expect(differs == entry.looks(at: knob.name, values), "\(word): \(knob.name)")
    }
  }

  // MARK: A transformer as the target network

  private static let small: [(String, String)] = [
    ("target", "transformer"), ("target-widths", "8"), ("hyper-widths", "8-6"),
    ("tasks-per-step", "4"), ("examples", "4"), ("shots", "4"), ("test-shots", "4"),
  ]

  /// Every method and strategy trains it, in a few steps.
  @Test(arguments: combinations())
  func everyCombinationTrainsATransformer(_ word: String) throws {
    let comparison = try comparison([word], on: "digit-views", steps: 4, Self.small)
    let contestant = comparison.contestants[0][0]
    while !contestant.isDone { contestant.train(seconds: 0) }
    let row = comparison.standing.rows[0]
    #expect(row.failure == nil && row.step == 4)
    let losses = row.history.series[0].filter { $0.count > 0 }.map(\.mean)
    #expect(!losses.isEmpty && losses.allSatisfy { $0.isFinite && $0 > 0 })
    #expect(contestant.variables.block.allSatisfy { $0.isFinite })
  }

  @Test func aPrefixLearns() throws {
    let comparison = try comparison(
      ["prefix"], on: "digit-views",
      [("target", "transformer"), ("tasks-per-step", "9"), ("examples", "16"), ("rate", "0.003")])
    run(comparison)
    let row = comparison.standing.rows[0]
    #expect(row.failure == nil && row.step == 200)
    let losses = row.history.series[0].filter { $0.count > 0 }.map(\.mean)
    #expect(losses.allSatisfy { $0.isFinite })
    func mean(_ part: some Collection<Float>) -> Float {
      part.reduce(0, +) / Float(max(part.count, 1))
    }
    // Of both stages, and of each.
    let half = losses.count / 2
    #expect(mean(losses[(half - 20)..<half]) < mean(losses[..<20]))
    #expect(mean(losses.suffix(20)) < mean(losses[(half - 20)..<half]))
    #expect(row.newTasks.count == Measurement.steps.count)
    #expect(row.newTasks.allSatisfy { $0.mean.isFinite })
    // An accuracy.
    #expect(row.newTasks[3].mean > row.newTasks[0].mean, "\(row.newTasks.map(\.mean))")
  }

  /// Keys and values of every block, and a base that the second stage leaves as it is, bit for bit.
  @Test(arguments: [1, 4, 32])
  func aPrefixCountsAndItsBaseIsFrozen(_ length: Int) throws {
    let comparison = try comparison(
      ["prefix"], on: "digit-views", steps: 20, Self.small + [("prefix-length", "\(length)")])
    let method = comparison.methods[0]
    #expect(method.adapted.reduce(0) { $0 + $1.specification.shape.count } == 1 * 2 * length * 8)
    #expect(method.storedCount(tasks: 3) - method.storedCount(tasks: 2) == 2 * length * 8)
    let contestant = comparison.contestants[0][0]
    func numbers(_ prefix: String) -> [UInt32] {
      contestant.variables.entries.filter { $0.name.hasPrefix(prefix) }
        .flatMap { contestant.variables[$0.name].map(\.bitPattern) }
    }
    let start = (base: numbers("base."), own: numbers("task."))
    #expect(start.own.count == method.family.trainingTaskCount * 2 * length * 8)
    // All tasks begin alike.
    let keys = contestant.variables["task.prefix1.keys"]
    #expect(keys.prefix(length * 8) == keys.suffix(length * 8))
    while contestant.step < 10 { contestant.train(seconds: 0) }
    let middle = numbers("base.")
    #expect(middle != start.base && numbers("task.") == start.own)
    while !contestant.isDone { contestant.train(seconds: 0) }
    #expect(numbers("base.") == middle && numbers("task.") != start.own)
  }

  /// 16 tokens of 32 numbers, in attention beside the prefix too.
  @Test func multiplyAddsOfATransformer() throws {
    let words = ["pooled", "prefix", "prefix:prefix-length=7"]
    let comparison = try comparison(
      words, on: "digit-views", steps: 2,
      [("target", "transformer"), ("tasks-per-step", "2"), ("examples", "1"), ("test-shots", "1")])
    run(comparison)
    let (tokens, model) = (16, 32)
    let products = 4 * model + model * 3 * model + model * model + 2 * model * 2 * model
    for (row, length) in zip(comparison.standing.rows, [0, 4, 7]) {
      let attention = 2 * tokens * (tokens + length) * model
      #expect(row.multiplyAdds == Double(tokens * products + attention + model * 10))
    }
  }

  /// r (in + out) numbers a matrix at every rank, and a base that the second stage leaves as it is, bit
  /// for bit. A hypernetwork emits the same.
  @Test(arguments: [1, 2, 4, 20, 100])
  func loraCountsAndItsBaseIsFrozen(_ rank: Int) throws {
    let comparison = try comparison(["lora", "hyper-lora"], steps: 100, [("rank", "\(rank)")])
    let method = comparison.methods[0]
    let own = method.adapted.reduce(0) { $0 + $1.specification.shape.count }
    #expect(own == rank * ((1 + 40) + (40 + 40) + (40 + 1)))
    #expect(comparison.methods[1].emittedCount == own)
    let contestant = comparison.contestants[0][0]
    func base() -> [UInt32] {
      contestant.variables.entries.filter { $0.name.hasPrefix("base.") }
        .flatMap { contestant.variables[$0.name].map(\.bitPattern) }
    }
    func factorsNow() -> [UInt32] {
      contestant.variables.entries.filter { $0.name.hasPrefix("task.") }
        .flatMap { contestant.variables[$0.name].map(\.bitPattern) }
    }
    let (start, startFactors) = (base(), factorsNow())
    while contestant.step < 50 { contestant.train(seconds: 0) }
    let (middle, middleFactors) = (base(), factorsNow())
    #expect(middle != start && middleFactors == startFactors)
    while !contestant.isDone { contestant.train(seconds: 0) }
    #expect(base() == middle && factorsNow() != middleFactors)
  }

  /// The encoder does not see the order of examples.
  @Test func theSetEncoderReadsASet() throws {
    let method = try comparison(["set-encoder"]).methods[0]
    let adaptation = method.adaptation(rows: 1, shots: 6, queries: 1)
    let variables = Variables(
      (method.variables + adaptation.variables).map { ($0.name, $0.shape) })
    method.initialize(variables, seed: 4)
    let plan = Plan(adaptation.begin, outputs: [], variables: variables, threads: 1)
    let x: [Float] = [-4, -2, 0.5, 1, 3, 4.5]
    func context(_ order: [Int]) -> [Float] {
      _ = plan.input("x").update(fromContentsOf: order.map { x[$0] })
      _ = plan.input("y").update(fromContentsOf: order.map { sinf(x[$0]) })
      plan.run()
      return variables["adapted.z"]
    }
    let straight = context([0, 1, 2, 3, 4, 5])
    for (a, b) in zip(straight, context([5, 3, 1, 0, 4, 2])) { #expect(abs(a - b) < 1e-5) }
    #expect(zip(straight, context([0, 0, 1, 1, 2, 2])).contains { abs($0 - $1) > 1e-3 })
  }

  /// Numbers kept for T tasks, and from how many tasks on they are fewer than a network for each.
  @Test func breakEvenIsWhereTheCountsMeet() throws {
    let methods = try comparison(["hypernetwork", "standard", "maml"]).methods
    let hyper = methods[0]
    let shared = hyper.storedCount(tasks: 0)
    let tasks = try #require(hyper.breakEvenTasks)
    #expect(tasks == Double(shared) / Double(1761 - 8))
    let above = Int(tasks.rounded(.up))
    #expect(hyper.storedCount(tasks: above) <= above * 1761)
    #expect(hyper.storedCount(tasks: above - 1) > (above - 1) * 1761)
    #expect(methods[1].storedCount(tasks: 7) == 7 * 1761 && methods[1].breakEvenTasks == nil)
    #expect(methods[2].storedCount(tasks: 7) == 7 * 1761)
  }

  @Test func variationsAreTakenWhereAMethodLooks() throws {
    let contest = try #require(Contests.named(Self.contest))
    let entries = try ["full", "low-rank", "maml"].map { word throws(KnobError) in
      try Comparison.Entry(word, knobs: contest.knobs)
    }
    let varied = try Comparison.Entry.varied(
      entries, by: "rank=1,8", KnobValues(contest.knobs))
    #expect(
      varied.map(\.label) == [
        "hypernetwork full", "hypernetwork low-rank rank 1", "hypernetwork low-rank rank 8", "maml",
      ])
    // Who has a value of their own keeps it.
    let own = try ["lora:rank=3", "lora"].map { word throws(KnobError) in
      try Comparison.Entry(word, knobs: contest.knobs)
    }
    #expect(
      try Comparison.Entry.varied(own, by: "rank=1,8", KnobValues(contest.knobs)).map(\.label)
        == ["lora rank 3", "lora rank 1", "lora rank 8"])
    let widths = try Comparison.Entry("full:hyper-widths=9", knobs: contest.knobs)
      .within(parameters: 30_000, on: contest, KnobValues(contest.knobs))
    #expect(widths.settings.count { $0.knob == "hyper-widths" } == 1)
  }

  /// 1-40-40-1: products whose inner length is 1 count too.
  @Test(arguments: ["standard", "pooled", "maml"])
  func multiplyAddsAreThoseOfTheTensors(_ word: String) throws {
    let comparison = try comparison([word], steps: 3)
    run(comparison)
    #expect(comparison.standing.rows[0].multiplyAdds == Double(1 * 40 + 40 * 40 + 40 * 1))
  }

  /// Trunk, heads, and the target network.
  @Test func multiplyAddsOfAHypernetwork() throws {
    let comparison = try comparison(["hypernetwork"], steps: 3)
    run(comparison)
    #expect(
      comparison.standing.rows[0].multiplyAdds == Double(8 * 64 + 64 * 16 + 16 * 1761 + 1680))
  }

  /// The mean with Student's t over seeds; over tasks where there is one seed.
  @Test func estimates() throws {
    let seeds = try #require(Standing.Estimate(of: [[1, 3], [2, 4], [4, 4]]))
    #expect(abs(seeds.mean - 3) < 1e-9)
    // Means 2, 3, 4: deviation 1, t(2) = 4.303.
    #expect(abs((seeds.interval ?? 0) - 4.303 / 3.0.squareRoot()) < 1e-3)
    let tasks = try #require(Standing.Estimate(of: [[1, 2, 3]]))
    #expect(abs((tasks.interval ?? 0) - 4.303 / 3.0.squareRoot()) < 1e-3)
    #expect(Standing.Estimate(of: []) == nil)
  }
}
