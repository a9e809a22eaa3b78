import Learning
import Testing
import Training

/// What methods are compared on.
struct ContestTests {
  @Test(arguments: Contests.all.map(\.name))
  func standardKnobsAreWhatTheirKnobsTake(_ name: String) throws {
    let contest = try #require(Contests.named(name))
    for knob in contest.knobs {
      #expect(try knob.parse(knob.standard.description) == knob.standard, "\(knob.name)")
    }
  }

  @Test(arguments: Contests.all.map(\.name))
  func aComparisonOnItIsSavedAndOpened(_ name: String) throws {
    let scratch = try Scratch()
    var setup = ComparisonSetup(contest: name)
    setup.methods = ["pooled", "low-rank:rank=1"].filter {
      $0 == "pooled" || !["sinusoids", "few-shot-glyphs"].contains(name)
    }
    // One that trains nothing has no steps.
    if name == "few-shot-glyphs" { setup.methods?.append("nearest") }
    setup.seeds = [3]
    setup.budget = .steps(2)
    let comparison = try setup.make()
    try ComparisonFile.write(comparison, to: scratch.file("r.json"))
    let opened = try ComparisonFile.open(scratch.file("r.json"))
    #expect(opened.knobs == comparison.knobs && opened.entries == comparison.entries)
    #expect(opened.standing.targetCount == comparison.standing.targetCount)
  }

  /// Whatever a step takes, training goes on until the seconds are over, and no longer than a slice beyond.
  @Test func secondsAreCountedByTheStepsThatWereTaken() throws {
    let scratch = try Scratch()
    var setup = ComparisonSetup(contest: "sine-family")
    setup.methods = ["pooled", "maml", "lora"]
    setup.seeds = [1, 2]
    // On a busy machine a step may take long.
    let budget = 1.0
    setup.budget = .seconds(budget)
    let comparison = try setup.make()
    while !comparison.isDone { comparison.advance(seconds: 0.01) }
    for row in comparison.standing.rows {
      #expect(row.failure == nil && row.step > 10, "\(row.label)")
    }
    for contestant in comparison.contestants.joined() {
      #expect(contestant.isDone && contestant.seconds >= budget, "\(contestant.seconds)")
    }
    try ComparisonFile.write(comparison, to: scratch.file("s.json"))
    #expect(try ComparisonFile.open(scratch.file("s.json")).isDone)
  }

  /// As many steps as a day may be worth are read again.
  @Test func aLongBudgetIsReadAgain() throws {
    let scratch = try Scratch()
    var setup = ComparisonSetup(contest: "sine-family")
    setup.methods = ["pooled"]
    setup.seeds = [1]
    let short = try setup.make()
    let comparison = try Comparison(
      short.contest, knobs: short.knobs, entries: short.entries, seeds: short.seeds,
      budget: .seconds(86_400), totals: [[864_000_000_000]])
    try ComparisonFile.write(comparison, to: scratch.file("r.json"))
    #expect(try ComparisonFile.open(scratch.file("r.json")).budget == .seconds(86_400))
  }
}
