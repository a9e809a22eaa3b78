import Autodiff
import CAllocations
import Foundation
import Testing

/// Steps that go through the batch together, some entries at a time: the bits of step after step.
@Suite struct SlicingTests {
  /// A network for each of some tasks, with more activations than stay in a cache, and the gradient by
  /// their weights. `mixing` puts a step between whose entries read each other's.
  private func problem(tasks: Int, rows: Int, mixing: Bool = false) -> (Graph, [Tensor]) {
    let graph = Graph()
    let x = graph.input("x", [tasks, rows, 16])
    let w = graph.variable("w", [tasks, 16, 48])
    let v = graph.variable("v", [tasks, 48, 48])
    var h = (x.matmul(w) + graph.variable("b", [tasks, 1, 48])).tanh()
    if mixing { h = h.reshaped(to: [rows, tasks, 48]).transposed([1, 0, 2]).tanh() }
    let y = (h.matmul(v).relu() * 0.5 + h).square()
    let loss = y.mean()
    return (graph, [loss] + loss.gradient(of: [w, v]))
  }

  private func bits(_ plan: Plan, _ outputs: [Tensor], _ run: () -> Void) -> [[UInt32]] {
    plan.poison()
    run()
    return outputs.map { plan.value($0).map(\.bitPattern) }
  }

  @Test(arguments: [(8, 700, false), (8, 700, true), (7, 900, false), (32, 150, false)])
  func sameBitsAsStepByStep(_ tasks: Int, _ rows: Int, _ mixing: Bool) {
    var expected: [[UInt32]]?
    for threads in [1, 2, 3, 5] {
      let (graph, outputs) = problem(tasks: tasks, rows: rows, mixing: mixing)
      let variables = Variables(graph)
      var generator = SeededGenerator(9)
      for name in ["w", "v", "b"] {
        variables[name] = generator.array(variables.shape(name).dimensions, in: -0.3...0.3).values
          .map { Float($0) }
      }
      let plan = Plan(
        PlanDraft(graph, outputs: outputs), variables: variables, threads: threads,
        evenIfSlower: true)
      plan.write(generator.array([tasks, rows, 16], in: -1...1), to: "x")
      #expect(!plan.slices.isEmpty)
      let single = bits(plan, outputs) {
        for step in plan.steps.indices { plan.run(steps: step..<step + 1) }
      }
      if expected == nil { expected = single }
      #expect(single == expected, "\(threads) threads, step by step")
      #expect(bits(plan, outputs) { plan.run() } == expected, "\(threads) threads")
      #expect(
        bits(plan, outputs) { for phase in plan.phases.indices { plan.run(phase: phase) } }
          == expected, "\(threads) threads, phase by phase")
      plan.disturb { member, step in
        if (step * 7 + member * 3) % 5 == 0 { usleep(200) }
      }
      #expect(bits(plan, outputs) { plan.run() } == expected, "\(threads) threads, disturbed")
    }
    // The whole is no accident of zeros.
    #expect(expected?[1].contains { $0 << 1 != 0 } == true)
  }

  /// What fits the cache goes step by step, and so do rows that share a large weight.
  @Test func whatGainsNothingGoesStepByStep() {
    let (small, outputs) = problem(tasks: 8, rows: 20)
    #expect(Plan(small, outputs: outputs, variables: Variables(small)).slices.isEmpty)
    let graph = Graph()
    var h = graph.input("x", [64, 512])
    for layer in 0..<4 { h = h.matmul(graph.variable("w\(layer)", [512, 512])).tanh() * 2 }
    let gradients = h.sumOfSquares().gradient(of: [graph.variable("w0", [512, 512])])
    #expect(Plan(graph, outputs: gradients, variables: Variables(graph)).slices.isEmpty)
  }

  @Test func slicesAllocateNothing() {
    for threads in [1, 2] {
      let (graph, outputs) = problem(tasks: 8, rows: 700)
      let plan = Plan(graph, outputs: outputs, variables: Variables(graph), threads: threads)
      #expect(!plan.slices.isEmpty)
      plan.run()
      let before = weft_allocations_of_thread()
      for _ in 0..<5 { plan.run() }
      #expect(weft_allocations_of_thread() == before)
    }
  }

  /// Groups lie one after the other, and a slice is some of the batch.
  @Test func groupsAreInOrder() {
    let (graph, outputs) = problem(tasks: 32, rows: 150)
    let plan = Plan(graph, outputs: outputs, variables: Variables(graph))
    var end = 0
    for (steps, entries, batch) in plan.slices {
      #expect(steps.lowerBound >= end && steps.count > 1 && steps.upperBound <= plan.steps.count)
      #expect(batch == 32 && entries < batch && batch % entries == 0)
      end = steps.upperBound
    }
    #expect(end > 0)
  }
}
