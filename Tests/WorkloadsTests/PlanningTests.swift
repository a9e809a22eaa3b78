import CAllocations
import Foundation
import Learning
import Testing
import Workloads

@Suite(.serialized) struct PlanningTests {
  /// Time of this thread alone, the least of five, in turns: so that other work on the machine hardly counts,
  /// and a slow spell hits all alike.
  private func seconds(_ sizes: [Int]) -> [Double] {
    var least = [Double](repeating: .infinity, count: sizes.count)
    for _ in 0..<5 {
      for (place, nodes) in sizes.enumerated() {
        let start = threadSeconds()
        _ = Planning.measure(nodes: nodes)
        least[place] = min(least[place], threadSeconds() - start)
      }
    }
    return least
  }

  private func threadSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Four times the nodes may take six times as long (caches are left behind), where quadratic work
  /// would take sixteen.
  @Test func buildingAndPlanningAreLinear() {
    let times = seconds([10_000, 40_000])
    let (few, many) = (times[0], times[1])
    #expect(many < 6 * few)
  }

  /// Allocations are counted, not timed: as many for each node, however many nodes.
  @Test func allocationsOfPlanningAreLinear() {
    func perNode(_ nodes: Int) -> Double {
      let before = weft_allocations_of_thread()
      let record = Planning.measure(nodes: nodes)
      return Double(weft_allocations_of_thread() - before) / Double(record.nodes)
    }
    let (few, many) = (perNode(5000), perNode(40_000))
    #expect(few > 0)
    #expect(many < 1.2 * few)
  }

  @Test func aGraphHasTheNodesAskedFor() {
    let record = Planning.measure(nodes: 3000)
    let next = Planning.measure(nodes: record.nodes + 1)
    #expect(record.nodes >= 3000 && record.nodes < 3500)
    #expect(next.length == record.length.map { $0 + 1 } && next.steps > record.steps)
    #expect(record.arenaBytes > 0 && record.planningSeconds > 0)
  }

  /// A person who turns a knob does not wait. `weft bench planning` shows how long it takes; here it is
  /// only kept from running away.
  @Test(arguments: Experiments.all.map(\.name))
  func experimentsArePlannedAtOnce(_ name: String) throws {
    let experiment = try #require(Experiments.named(name))
    let seconds = try (0..<3).map { _ in try Planning.measure(experiment).planningSeconds }.min()
    #expect(try #require(seconds) < 1)
  }
}
