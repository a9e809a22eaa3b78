import CAllocations
import Foundation
import Testing
import Workloads

@Suite struct WorkloadTests {
  /// What is trained, as the definitions count it.
  @Test(arguments: [
    ("multitask-small", 12_001), ("multitask-medium", 287_809), ("multitask-large", 2_198_913),
  ])
  func parameterCounts(_ name: String, _ count: Int) throws {
    let run = WorkloadRun(try #require(Workloads.named(name)))
    #expect(run.parameterNames.reduce(0) { $0 + run.variables.shape($1).count } == count)
  }

  @Test func aStepLearnsAndAllocatesNothing() throws {
    let run = WorkloadRun(try #require(Workloads.named("multitask-small")))
    let first = run.step()
    let before = weft_allocations_of_thread()
    for _ in 0..<200 { run.plan.run() }
    #expect(weft_allocations_of_thread() == before)
    #expect(run.step() < 0.5 * first)
  }

  @Test func aLineHasTheKeysOfItsPeers() throws {
    let result = try #require(Workloads.named("multitask-small")).run(threads: 1, seconds: 0.05)
    let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(result))
    let keys = (object as? [String: Any])?.keys.sorted()
    #expect(
      keys == [
        "allocations_per_step", "arena_bytes", "loss_first", "loss_last", "peer", "steps",
        "threads",
        "us_per_step_median", "us_per_step_min", "workload",
      ])
    #expect(result.microsecondsMinimum > 0)
    #expect(result.microsecondsMinimum <= result.microsecondsMedian)
    #expect(result.lastLoss < result.firstLoss)
  }

  @Test func moreThreadsThanProcessorsAreRefusedInASentence() throws {
    let workload = try #require(Workloads.named("multitask-small"))
    #expect(throws: (any Error).self) { try workload.run(threads: 4096, seconds: 0.01) }
  }
}
