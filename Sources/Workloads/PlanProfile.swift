import Autodiff
import Foundation
import Learning

/// A workload's plan, and how long each of its steps takes.
public struct PlanProfile {
  public let workload: String
  public let plan: Plan
  /// The threads asked for.
  public let threads: Int
  public let planningSeconds: Double
  /// How long it took to draw the parameters and the batch.
  public let drawingSeconds: Double
  /// By step of the plan: the shortest time of all replays. What is timed by itself misses what its
  /// neighbours leave in the cache, and gains what the clock costs, so the sum is no step's time.
  public let seconds: [Double]
}

extension Workload {
  /// Replays the plan step by step for about `seconds`, at least 20 times.
  public func profile(
    sizes: KnobValues? = nil, seed: UInt64 = 0, threads: Int = 1, seconds: Double = 1
  ) throws(KnobError) -> PlanProfile {
    let clock = ContinuousClock()
    let run = try WorkloadRun(self, sizes: sizes, seed: seed, threads: threads)
    var best = [Double](repeating: .infinity, count: run.plan.steps.count)
    let start = clock.now
    var replays = 0
    while replays < 20 || (clock.now - start).inSeconds < seconds {
      var before = clock.now
      for index in best.indices {
        run.plan.run(steps: index..<index + 1)
        let after = clock.now
        best[index] = min(best[index], (after - before).inSeconds)
        before = after
      }
      replays += 1
    }
    return PlanProfile(
      workload: name, plan: run.plan, threads: threads, planningSeconds: run.planningSeconds,
      drawingSeconds: run.drawingSeconds, seconds: best)
  }
}
