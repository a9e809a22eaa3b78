import Autodiff
import Learning

/// Methods racing on one contest under one budget, each for several seeds. They train side by side in
/// slices, whoever is furthest behind first; what each comes to is measured when it has ended.
///
/// Not for sharing: whoever makes it uses it from one thread or queue at a time.
public final class Comparison {
  /// One line of the table: a method with settings of its own.
  public struct Entry: Hashable, Sendable {
    public let choice: MethodChoice
    /// Knobs that differ from the comparison's.
    public let settings: [Setting]

    public struct Setting: Hashable, Sendable {
      public let knob: String
      public let value: KnobValue

      public init(knob: String, value: KnobValue) {
        self.knob = knob
        self.value = value
      }
    }

    public init(_ choice: MethodChoice, settings: [Setting] = []) {
      self.choice = choice
      self.settings = settings
    }

    /// `maml`, or `hypernetwork low-rank rank 4`.
    public var label: String {
      ([choice.rawValue]
        + settings.map { setting in
          if setting.knob == "strategy", case .choice(let word) = setting.value { return word }
          return "\(setting.knob) \(setting.value)"
        }).joined(separator: " ")
    }
  }

  public enum Budget: Hashable, Sendable {
    case steps(Int)
    /// Seconds of training for each method and seed.
    case seconds(Double)

    /// Nil where it is steps that are counted.
    var seconds: Double? { if case .seconds(let seconds) = self { seconds } else { nil } }
  }

  public let contest: Contest
  public let knobs: KnobValues
  public let entries: [Entry]
  public let seeds: [UInt64]
  public let budget: Budget
  public let methods: [Method]
  /// By entry and seed.
  package let contestants: [[Contestant]]
  private var meters: [Key: MethodMeter] = [:]
  private(set) var measurements: [Key: Measurement] = [:]
  /// How many points the curve of new tasks has had its chance of, and the learning rate of the last.
  private(set) var glances: [Key: Glance] = [:]
  /// Grows with everything that is new.
  public private(set) var revision = 0

  struct Key: Hashable {
    let entry: Int
    let seed: Int
  }

  struct Glance: Hashable {
    var count = 0
    var rate: Float?
  }

  /// Points of a curve of new tasks.
  static let glanceCount = 24
  /// To choose a learning rate takes many times as long as a point does: it is done for the first and
  /// once more here.
  private static let secondChoice = glanceCount / 3

  /// Steps of a method, at most: more than a day is worth.
  static let mostSteps = 1_000_000_000_000

  /// Numbers of all networks and optimisers together, 2 GB of them.
  private static let mostNumbers = 500_000_000

  /// Whether a file holds all of it.
  public var fitsFile: Bool {
    SessionFormat.holds(
      numbers: contestants.reduce(0) { $0 + $1.reduce(0) { $0 + $1.variables.count } })
  }

  /// Builds every network. Throws where an entry makes no sense on the contest, with the reason.
  /// - Parameter totals: steps of every entry; nil takes as many as the budget is worth.
  public init(
    _ contest: Contest, knobs: KnobValues, entries: [Entry], seeds: [UInt64], budget: Budget,
    totals: [[Int]]? = nil
  ) throws(KnobError) {
    self.contest = contest
    self.knobs = knobs
    self.entries = entries
    self.seeds = seeds
    self.budget = budget
    var methods: [Method] = []
    var total = 0
    var contestants: [[Contestant]] = []
    for (index, entry) in entries.enumerated() {
      let own = entry.values(knobs)
      try entry.check(knobs)
      if let twin = entries[..<index].first(where: {
        $0.choice == entry.choice && $0.values(knobs) == own
      }) {
        throw KnobError(
          twin == entry
            ? "'\(entry.label)' is named twice; name it once"
            : "'\(twin.label)' and '\(entry.label)' are the same here; name one of them")
      }
      let method = try entry.choice.method(contest.setting(own))
      let numbers = method.variables.reduce(0) { $0 + $1.shape.count } * seeds.count
      total += numbers
      guard total <= Self.mostNumbers else {
        throw KnobError(
          "'\(entry.label)' has \(numbers) numbers to keep for all seeds, more than fits beside the others; "
            + "choose smaller widths, or fewer seeds or methods")
      }
      methods.append(method)
      let steps = totals == nil ? Self.steps(of: budget, method, knobs: own) : 0
      var bySeed: [Contestant] = []
      for (place, seed) in seeds.enumerated() {
        // Where every seed has a split of its own, its tasks have other rows.
        let method =
          contest.splitsBySeed
          ? try entry.choice.method(contest.setting(contest.knobs(own, seed: seed))) : method
        bySeed.append(
          Contestant(
            method, knobs: own, seed: seed, steps: totals?[index][place] ?? steps,
            limit: budget.seconds))
      }
      contestants.append(bySeed)
    }
    self.methods = methods
    self.contestants = contestants
  }

  /// How many steps the budget is worth to a method.
  private static func steps(of budget: Budget, _ method: Method, knobs: KnobValues) -> Int {
    guard !method.stages.isEmpty else { return 0 }
    switch budget {
    case .steps(let steps): return steps
    case .seconds(let seconds):
      // Only where to begin: while it trains it is said anew from what its steps take.
      let trial = Contestant(method, knobs: knobs, seed: 0, steps: 1_000_000)
      trial.train(seconds: 0)
      let (first, begin) = (trial.step, trial.seconds)
      trial.train(seconds: min(0.1, seconds / 10))
      let each = (trial.seconds - begin) / Double(max(trial.step - first, 1))
      return min(max(Int(seconds / max(each, 1e-7)), 1), mostSteps)
    }
  }

  /// Whether everything is trained and measured.
  public var isDone: Bool { measurements.count + failures == entries.count * seeds.count }

  private var failures: Int {
    contestants.reduce(0) { $0 + $1.count { $0.failure != nil } }
  }

  /// From 0 to 1: how much of all training is done.
  public var progress: Double {
    let all = contestants.flatMap { $0 }
    return all.reduce(0) { $0 + Self.progress(of: $1) } / Double(max(all.count, 1))
  }

  private static func progress(of contestant: Contestant) -> Double {
    contestant.isDone ? 1 : Double(contestant.step) / Double(max(contestant.total, 1))
  }

  /// What the next advance is about.
  public enum Activity: Hashable, Sendable {
    case training(String)
    case measuring(String, seed: UInt64)
    case nothing
  }

  public var activity: Activity {
    switch next {
    case .train(let key): .training(entries[key.entry].label)
    case .glance(let key), .measure(let key):
      .measuring(entries[key.entry].label, seed: seeds[key.seed])
    case nil: .nothing
    }
  }

  private enum Work {
    case train(Key)
    case glance(Key)
    case measure(Key)
  }

  /// One whose curve wants a point gets it, and one that has ended is measured; else the one that is
  /// furthest behind goes on.
  private var next: Work? {
    let keys = entries.indices.flatMap { entry in
      seeds.indices.map { Key(entry: entry, seed: $0) }
    }
    if let key = keys.first(where: { dueGlances($0) > glances[$0, default: .init()].count }) {
      return .glance(key)
    }
    if let key = keys.first(where: { measurements[$0] == nil && isReady($0) }) {
      return .measure(key)
    }
    return keys.filter { !contestants[$0.entry][$0.seed].isDone }
      .min {
        Self.progress(of: contestants[$0.entry][$0.seed])
          < Self.progress(of: contestants[$1.entry][$1.seed])
      }.map { .train($0) }
  }

  /// Goes on for about some seconds: trains the one that is furthest behind, or measures one that has
  /// ended.
  public func advance(seconds: Double) { advance { $0.train(seconds: seconds, to: $1) } }

  /// The same by steps, for whoever must not depend on a clock.
  package func advance(steps: Int) { advance { $0.train(steps: steps, to: $1) } }

  private func advance(_ train: (Contestant, Int) -> Void) {
    guard let next else { return }
    revision += 1
    switch next {
    case .measure(let key):
      measurements[key] = meter(key).measure()
      // It is never asked again, and holds a copy of every number.
      meters[key] = nil
    case .train(let key):
      let contestant = contestants[key.entry][key.seed]
      // New tasks are looked at after the same steps whatever the slices are.
      let look = (glances[key, default: .init()].count + 1) * contestant.total
      train(contestant, (look + Self.glanceCount - 1) / Self.glanceCount)
    case .glance(let key):
      let before = glances[key, default: .init()]
      let due = dueGlances(key)
      let isChosenAnew = before.count < Self.secondChoice && due >= Self.secondChoice
      let known = isChosenAnew ? nil : before.rate
      guard let rate = known ?? meter(key).nextGlanceRate() else { return }
      glances[key] = Glance(count: due, rate: rate)
      contestants[key.entry][key.seed].note(newTasks: meter(key).glance(rate: rate))
    }
  }

  /// How many points the curve of new tasks should have.
  private func dueGlances(_ key: Key) -> Int {
    let contestant = contestants[key.entry][key.seed]
    return contestant.failure == nil
      ? contestant.step * Self.glanceCount / max(contestant.total, 1) : 0
  }

  private func isReady(_ key: Key) -> Bool {
    let contestant = contestants[key.entry][key.seed]
    return contestant.isDone && contestant.failure == nil
  }

  private func meter(_ key: Key) -> MethodMeter {
    if let known = meters[key] { return known }
    let contestant = contestants[key.entry][key.seed]
    let made = MethodMeter(
      contestant.method, variables: contestant.variables, seed: contestant.seed)
    meters[key] = made
    return made
  }

  /// Takes over what a file holds of an entry and seed.
  /// - Parameter glance: nil where the file does not say; then nothing is due.
  func restore(_ key: Key, measurement: Measurement?, glance: Glance?) {
    measurements[key] = measurement
    glances[key] = glance ?? Glance(count: dueGlances(key))
  }
}
