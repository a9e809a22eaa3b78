import Learning

/// What a comparison begins with, as a value.
public struct ComparisonSetup: Sendable, Hashable {
  public var contest: String
  /// As `weft compare --methods` takes them; nil for all that make sense.
  public var methods: [String]?
  public var seeds: [UInt64]
  /// Nil for the contest's standard steps.
  public var budget: Comparison.Budget?

  /// As `weft compare` has it without options.
  public init(contest: String) {
    self.contest = contest
    seeds = [1, 2, 3]
  }

  /// Reads `seeds=1 steps=2000 methods=maml,lora`: any of them, and `seed=N` for the first seed or
  /// `seconds=S` for the budget.
  public init(contest: String, words: String) throws(KnobError) {
    self.init(contest: contest)
    var first: UInt64 = 1
    var count: UInt64 = 3
    for word in words.split(separator: " ") {
      let pair = word.split(separator: "=", maxSplits: 1).map(String.init)
      guard pair.count == 2 else { throw Self.problem(word) }
      switch pair[0] {
      case "seeds":
        guard let value = UInt64(pair[1]), (1...100).contains(value) else {
          throw KnobError("seeds are 1 to 100, not '\(pair[1])'")
        }
        count = value
      case "seed":
        guard let value = UInt64(pair[1]) else {
          throw KnobError("the first seed is a whole number, not '\(pair[1])'")
        }
        first = value
      case "steps":
        guard let value = Int(pair[1]), (1...100_000_000).contains(value) else {
          throw KnobError("steps are a whole number from 1 to 10⁸, not '\(pair[1])'")
        }
        budget = .steps(value)
      case "seconds":
        guard let value = Double(pair[1]), value > 0, value <= 86_400 else {
          throw KnobError("seconds are above 0 and at most 86400, not '\(pair[1])'")
        }
        budget = .seconds(value)
      case "methods": methods = pair[1].split(separator: ",").map(String.init)
      default: throw Self.problem(word)
      }
    }
    seeds = (0..<count).map { first &+ $0 }
  }

  private static func problem(_ word: Substring) -> KnobError {
    KnobError(
      "a race takes seeds=N, seed=N, steps=N, seconds=S and methods=a,b, not '\(word)'")
  }

  /// Builds all networks. Throws where there is no such contest, or a method makes no sense there.
  public func make() throws(KnobError) -> sending Comparison {
    guard let contest = Contests.named(contest) else {
      throw KnobError("there is no family '\(contest)' to compare methods on")
    }
    let knobs = KnobValues(contest.knobs)
    let sensible = MethodChoice.sensible(for: try contest.setting(knobs))
    let words = methods ?? sensible.map(\.rawValue)
    var entries: [Comparison.Entry] = []
    for word in words { entries.append(try Comparison.Entry(word, knobs: contest.knobs)) }
    guard !entries.isEmpty else {
      throw KnobError("no method is named; there are \(MethodChoice.names)")
    }
    return try Comparison(
      contest, knobs: knobs, entries: entries, seeds: seeds,
      budget: budget ?? .steps(contest.standardSteps))
  }
}
