/// One line of a comparison; times are wall time per training step.
public struct BenchmarkResult: Codable, Hashable, Sendable {
  public var peer = "weft"
  public var workload: String
  public var threads: Int
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
  public var arenaBytes: Int

  enum CodingKeys: String, CodingKey {
    case peer, workload, threads
    case microsecondsMedian = "us_per_step_median"
    case microsecondsMinimum = "us_per_step_min"
    case steps
    case firstLoss = "loss_first"
    case lastLoss = "loss_last"
    case allocationsPerStep = "allocations_per_step"
    case arenaBytes = "arena_bytes"
  }
}
