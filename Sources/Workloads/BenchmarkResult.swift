/// One line of a comparison; times are wall time per training step.
public struct BenchmarkResult: Codable, Hashable, Sendable {
  public var peer = "weft"
  public var workload: String
  /// The threads asked for.
  public var threads: Int
  /// The threads a step was divided among: one where more would not pay.
  public var threadsUsed: Int
  public var microsecondsMedian: Double
  public var microsecondsMinimum: Double
  /// How many steps were timed.
  public var steps: Int
  /// The loss of the very first step.
  public var firstLoss: Float
  /// The mean loss of 20 steps after timing.
  public var lastLoss: Float
  /// Heap allocations of all threads during the timed steps, per step.
  public var allocationsPerStep: Double
  /// Memory of what lives only during a step.
  public var arenaBytes: Int
  public var parameterBytes: Int
  /// Memory of the optimiser: what it keeps of each parameter, and its count of steps.
  public var stateBytes: Int
  /// The most memory the process had in use from the problem's making to the last step, everything
  /// counted.
  public var peakResidentBytes: Int

  enum CodingKeys: String, CodingKey {
    case peer, workload, threads
    case threadsUsed = "threads_used"
    case microsecondsMedian = "us_per_step_median"
    case microsecondsMinimum = "us_per_step_min"
    case steps
    case firstLoss = "loss_first"
    case lastLoss = "loss_last"
    case allocationsPerStep = "allocations_per_step"
    case arenaBytes = "arena_bytes"
    case parameterBytes = "parameter_bytes"
    case stateBytes = "state_bytes"
    case peakResidentBytes = "peak_resident_bytes"
  }
}
