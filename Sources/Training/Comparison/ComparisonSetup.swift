import Learning

/// What a comparison begins with, as a value.
public struct ComparisonSetup: Sendable, Hashable {
  public var contest: String
  /// As `weft compare --methods` takes them; nil for all that make sense.
  public var methods: [String]?
  /// `knob=value` for all methods, `knob=a,b` to take each once for each value, and at most so many
  /// trained numbers.
  public var settings: [String] = []
  public var variation: String?
  public var parameters: Int?
  public var seeds: [UInt64]
  /// Nil for the contest's standard steps.
  public var budget: Comparison.Budget?

  /// As `weft compare` has it without options.
  public init(contest: String) {
    self.contest = contest
    seeds = [1, 2, 3]
  }

  /// Reads `seeds=1 steps=2000 methods=maml,lora`: any of them, and `seed=N` for the first seed,
  /// `seconds=S` or `parameters=N` for the budget, `set=rank=2`, `vary=rank=1,2,4`, and `family=NAME`.
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
      case "parameters":
        guard let value = Int(pair[1]), value > 0 else {
          throw KnobError("parameters are a whole number above 0, not '\(pair[1])'")
        }
        parameters = value
      case "set": settings.append(pair[1])
      case "vary": variation = pair[1]
      case "family":
        guard Contests.named(pair[1]) != nil else { throw Self.noFamily(pair[1]) }
        self.contest = pair[1]
      case "methods": methods = pair[1].split(separator: ",").map(String.init)
      default: throw Self.problem(word)
      }
    }
    seeds = (0..<count).map { first &+ $0 }
  }

  private static func problem(_ word: Substring) -> KnobError {
    KnobError(
      "a race takes family=NAME, methods=a,b, seeds=N, seed=N, steps=N, seconds=S, parameters=N, "
        + "set=knob=value and vary=knob=a,b, not '\(word)'")
  }

  private static func noFamily(_ name: String) -> KnobError {
    KnobError(
      "there is no family '\(name)' to compare methods on; there are "
        + Contests.all.map(\.name).joined(separator: ", "))
  }

  /// Builds all networks. Throws where there is no such contest, or a method makes no sense there.
  public func make() throws(KnobError) -> sending Comparison {
    guard let contest = Contests.named(contest) else { throw Self.noFamily(contest) }
    var knobs = KnobValues(contest.knobs)
    var turned: [String] = []
    for setting in settings {
      let pair = setting.split(separator: "=", maxSplits: 1).map(String.init)
      guard pair.count == 2, contest.knobs.contains(where: { $0.name == pair[0] }) else {
        let names = contest.knobs.map(\.name).joined(separator: ", ")
        throw KnobError("a knob is set by knob=value, not '\(setting)'; knobs are \(names)")
      }
      try knobs.set(pair[0], to: pair[1])
      turned.append(pair[0])
    }
    let sensible = MethodChoice.sensible(for: try contest.setting(knobs))
    var entries: [Comparison.Entry] = []
    for word in methods ?? sensible.map(\.rawValue) {
      entries.append(try Comparison.Entry(word, knobs: contest.knobs))
    }
    guard !entries.isEmpty else {
      throw KnobError("no method is named; there are \(MethodChoice.names)")
    }
    if let variation { entries = try Comparison.Entry.varied(entries, by: variation, knobs) }
    if let idle = turned.first(where: { knob in !entries.contains { $0.looks(at: knob, knobs) } }) {
      throw KnobError("none of these methods looks at \(idle); leave it as it is")
    }
    if let parameters {
      for index in entries.indices {
        entries[index] = try entries[index].within(parameters: parameters, on: contest, knobs)
      }
    }
    return try Comparison(
      contest, knobs: knobs, entries: entries, seeds: seeds,
      budget: budget ?? .steps(contest.standardSteps))
  }
}
