import Learning

extension Conditioning {
  /// Why a hypernetwork does not use its context.
  public enum Cause: Sendable, Equatable {
    case oneTask
    /// Generated weights are so many times larger than a network's should be, or not finite.
    case explosion(ratio: Double)
    /// The weight of ‖z‖² in the loss holds all contexts at zero.
    case pulledToZero(pull: Float)
    /// All tasks have one context; the deviation they began with, where it is known.
    case sameContexts(spread: Float?)
    /// Heads whose weights are 0 hand no gradient on to z.
    case silentHead
    /// The trunk's units do not answer to z.
    case deafTrunk
    /// Noise on z is larger than what lies between the tasks.
    case drowned(noise: Float, spread: Double)
    /// So many of the target's units give the same for every input.
    case deadUnits(share: Double)
    /// Weights differ from task to task, and the losses do not care.
    case unusedWeights

    /// What is wrong.
    public var reason: String {
      switch self {
      case .oneTask: "there is one task only, nothing tells contexts apart"
      case .explosion(let ratio):
        ratio.isFinite
          ? "generated weights are \(Int(min(ratio, 1e9))) times too large"
          : "generated weights are not finite"
      case .pulledToZero(let pull): "pull \(Self.short(pull)) holds every z at zero"
      case .sameContexts(let spread):
        "every task has the same z" + (spread == 0 ? " (spread 0)" : "")
      case .silentHead: "a head's weights are 0, so no gradient reaches z"
      case .deafTrunk: "the hypernetwork's units are dead or saturated"
      case .drowned(let noise, let spread):
        "noise \(Self.short(noise)) on z drowns what lies between tasks "
          + "(\((spread * 1000).rounded() / 1000))"
      case .deadUnits(let share): "\(Int((share * 100).rounded()))% of the target's units are dead"
      case .unusedWeights: "weights differ between tasks, but losses do not"
      }
    }

    /// What to do about it.
    public var cure: String {
      switch self {
      case .oneTask: "train on more tasks"
      case .explosion: "set initialization hyperfan-in and clip 1"
      case .pulledToZero: "set pull 0"
      case .sameContexts: "set spread 0.1"
      case .silentHead: "set initialization hyperfan-in"
      case .deafTrunk: "set a smaller rate, initialization hyperfan-in"
      case .drowned: "set noise 0"
      case .deadUnits: "set initialization hyperfan-in, a smaller rate"
      case .unusedWeights: "set a larger rate, or choose tasks that differ"
      }
    }

    /// A knob's value without a fraction that says nothing.
    private static func short(_ value: Float) -> String {
      value == value.rounded() ? "\(Int(value))" : "\(value)"
    }

    /// Both in a sentence without a full stop.
    public var sentence: String { "z is ignored: \(reason); \(cure)" }
  }

  /// What else is known of the run when its conditioning is judged.
  struct Circumstances {
    var knobs: KnobValues
    /// The step at which the standard run ends.
    var standardSteps: Int
    /// How many tasks there will be in all.
    var trainingTasks: Int
    var hasSilentHead: Bool
    /// The largest mean square of a generated matrix against c / fan-in.
    var ratio: Double
    /// Share of the target's hidden units that give the same for every input.
    var deadUnits: Double
  }

  /// z explains less of the weights than this: it makes no difference.
  private static let leastShare = 1e-4
  /// A wrong context costs less than this share of its loss: the losses do not care about z.
  static let leastGain = 0.05
  /// The losses have had time to tell tasks apart after this share of the standard run.
  static let lossPatience = 10
  private static let explosion = 100.0

  /// Why z makes no difference; nil where it does, or where it is too early to say.
  func cause(_ run: Circumstances) -> Cause? {
    guard taskCount > 1 else { return run.trainingTasks > 1 ? nil : .oneTask }
    let sees = varianceShare >= Self.leastShare
    let isEarly = step < max(run.standardSteps / Self.lossPatience, Self.firstAlarm)
    // Written so that what is not a number counts as flat.
    if sees, isEarly || matters { return nil }
    let pull = run.knobs["pull"] == nil ? 0 : run.knobs.real("pull")
    let noise = run.knobs["noise"] == nil ? 0 : run.knobs.real("noise")
    if !(run.ratio.squareRoot() < Self.explosion) {
      return .explosion(ratio: run.ratio.squareRoot())
    }
    if pull > 0, contextSize < 0.02 { return .pulledToZero(pull: pull) }
    if contextSpread < 1e-3 {
      return .sameContexts(spread: run.knobs["spread"] == nil ? nil : run.knobs.real("spread"))
    }
    if !sees { return run.hasSilentHead ? .silentHead : .deafTrunk }
    if Double(noise) > 3 * contextSpread { return .drowned(noise: noise, spread: contextSpread) }
    if run.deadUnits > 0.8 { return .deadUnits(share: run.deadUnits) }
    return .unusedWeights
  }
}
