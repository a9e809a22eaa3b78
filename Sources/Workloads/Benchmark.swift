import Autodiff
import CAllocations
import Foundation
import Learning

extension Workload {
  /// Trains and times once; see ``timed(sizes:seed:threads:_:)``.
  public func run(
    sizes: KnobValues? = nil, seed: UInt64 = 0, threads: Int = 1, seconds: Double = 5
  ) throws -> BenchmarkResult {
    try timed(sizes: sizes, seed: seed, threads: threads) { $0.measure(seconds: seconds) }
  }

  /// Warms up, with 1 + 20 steps and half a second, for what `body` measures.
  ///
  /// The calling thread, and the threads it starts, are confined to the first `threads` processors
  /// they may use. Throws where the system does not allow that.
  public func timed<R>(
    sizes: KnobValues? = nil, seed: UInt64 = 0, threads: Int = 1,
    _ body: (WorkloadTimer) throws -> R
  ) throws -> R {
    ResidentMemory.forgetPeak()
    let sizes = sizes ?? KnobValues(self.sizes)
    return try Affinity.confined(to: threads) {
      let run = try WorkloadRun(self, sizes: sizes, seed: seed, threads: threads)
      return try body(WorkloadTimer(name, run, threads: threads))
    }
  }
}

/// A workload that is warm.
public struct WorkloadTimer {
  private let name: String
  private let training: WorkloadRun
  private let threads: Int
  private let firstLoss: Float
  /// Steps that are timed together, which take at least 20 ms.
  private let block: Int
  private let clock = ContinuousClock()

  init(_ name: String, _ training: WorkloadRun, threads: Int) {
    self.name = name
    self.training = training
    self.threads = threads
    firstLoss = training.step()
    for _ in 0..<20 { training.step() }
    let warm = clock.now
    var warmed = 0
    while clock.now - warm < .milliseconds(500) {
      training.step()
      warmed += 1
    }
    let perStep = (clock.now - warm).inSeconds / Double(warmed)
    block = max(1, Int((0.02 / perStep).rounded(.up)))
  }

  /// Goes on training and times blocks of steps for `seconds`, then averages the losses of 20 more.
  /// Median and minimum are over blocks.
  public func measure(seconds: Double) -> BenchmarkResult {
    var times: [Double] = []
    times.reserveCapacity(Int(seconds / 0.02) + 16)
    var total = 0.0
    var allocations: UInt64 = 0
    while total < seconds || times.count < 5 {
      let before = weft_allocations_of_process()
      let start = clock.now
      for _ in 0..<block { training.step() }
      let elapsed = (clock.now - start).inSeconds
      allocations += weft_allocations_of_process() - before
      times.append(elapsed / Double(block))
      total += elapsed
    }
    let last = (0..<20).reduce(0) { sum, _ in sum + training.step() } / 20
    times.sort()
    let steps = block * times.count
    let median = (times[(times.count - 1) / 2] + times[times.count / 2]) / 2
    return BenchmarkResult(
      workload: name, threads: threads, threadsUsed: training.plan.threadCount,
      microsecondsMedian: rounded(median * 1e6), microsecondsMinimum: rounded(times[0] * 1e6),
      steps: steps, firstLoss: firstLoss, lastLoss: last,
      allocationsPerStep: Double(allocations) / Double(steps),
      arenaBytes: training.plan.arenaBytes, parameterBytes: training.parameterBytes,
      stateBytes: training.stateBytes, peakResidentBytes: ResidentMemory.peak)
  }

  private func rounded(_ x: Double) -> Double { (x * 100).rounded() / 100 }
}

/// A problem with its storage and plan, at some step.
package final class WorkloadRun {
  package let plan: Plan
  package let variables: Variables
  /// How long planning took.
  let planningSeconds: Double
  /// How long it took to draw the parameters and the batch.
  private(set) var drawingSeconds = 0.0
  private let problem: Problem
  private let seed: UInt64
  private let inputs: [UnsafeMutableBufferPointer<Float>]
  private var count = 0

  /// - Parameters:
  ///   - sizes: the definition's, if none are given. Throws where they do not fit each other, or what
  ///     they need does not fit the memory there is.
  ///   - evenIfSlower: whether all threads are used where fewer would be faster.
  package init(
    _ workload: Workload, sizes: KnobValues? = nil, seed: UInt64 = 0, threads: Int = 1,
    evenIfSlower: Bool = false
  ) throws(KnobError) {
    let problem = try workload.problem(sizes ?? KnobValues(workload.sizes))
    self.problem = problem
    self.seed = seed
    let start = ContinuousClock.now
    let draft = PlanDraft(problem.graph, outputs: [problem.loss])
    let others = problem.initialValues.map {
      PlanDraft(problem.graph, outputs: [$0.value], updates: false)
    }
    try KnobError.requireMemory(
      Variables.bytes(problem.graph.variableShapes) + draft.bytes(threads: threads)
        + (others.map { $0.bytes() }.max() ?? 0),
      for: "\(workload.name) in these sizes")
    variables = Variables(problem.graph)
    plan = Plan(draft, variables: variables, threads: threads, evenIfSlower: evenIfSlower)
    let planned = ContinuousClock.now
    planningSeconds = (planned - start).inSeconds
    inputs = problem.batch.names.map { [plan] in plan.input($0) }
    plan.input("adam.rate")[0] = problem.rate
    for (index, parameter) in problem.parameters.enumerated() {
      parameter.fill(
        variables.storage(parameter.name),
        RandomKey(seed: seed, stream: .initialization, step: index))
    }
    problem.batch.draw(inputs, RandomKey(seed: seed, stream: .batch))
    for ((name, tensor), draft) in zip(problem.initialValues, others) {
      let initial = evaluation(draft)
      let (value, input) = (initial.value(tensor), plan.input(name))
      for i in input.indices { input[i] += value[i] }
    }
    drawingSeconds = (ContinuousClock.now - planned).inSeconds
  }

  /// Values with the parameters and the batch as they are: a plan that has been run.
  private func evaluation(_ draft: PlanDraft) -> Plan {
    let plan = Plan(draft, variables: variables)
    for (name, numbers) in zip(problem.batch.names, inputs) {
      _ = plan.input(name).update(from: numbers)
    }
    plan.run()
    return plan
  }

  var parameterBytes: Int {
    problem.parameters.reduce(0) { $0 + $1.tensor.shape.count } * MemoryLayout<Float>.stride
  }

  var stateBytes: Int { variables.count * MemoryLayout<Float>.stride - parameterBytes }

  /// One training step; returns its loss.
  @discardableResult
  package func step() -> Float {
    if problem.batch.isFresh {
      problem.batch.draw(inputs, RandomKey(seed: seed, stream: .batch, step: count))
    }
    count += 1
    plan.run()
    return plan.value(problem.loss)[0]
  }

  package var parameterNames: [String] { problem.parameters.map(\.name) }

  /// The arrays of the batch in order.
  var batchEntries: [ParityRecord.Entry] {
    zip(problem.batch.names, inputs).map { name, numbers in
      let shape = problem.graph.inputShapes.first { $0.name == name }?.shape.dimensions
      return ("batch/\(name)", shape ?? [], Array(numbers))
    }
  }

  /// The first step: its loss, and the gradient of every parameter as it is before clipping. Throws where
  /// a record of all of them, which is a file that is made in memory, does not fit what there is.
  func firstStep() throws(KnobError) -> (loss: Float, gradients: [ParityRecord.Entry]) {
    let draft =
      problem.isClipped
      ? PlanDraft(problem.graph, outputs: problem.gradients, updates: false) : nil
    try KnobError.requireMemory(
      (draft?.bytes() ?? 0) + 6 * parameterBytes, for: "a record of the step in these sizes")
    let unclipped = draft.map(evaluation)
    let loss = step()
    let gradients = zip(problem.parameters, problem.gradients).map { parameter, gradient in
      let numbers =
        unclipped.map { Array($0.value(gradient)) }
        ?? variables[parameter.firstMoment].map { $0 / (1 - Problem.beta1) }
      return ("gradient/\(parameter.name)", gradient.shape.dimensions, numbers)
    }
    return (loss, gradients)
  }
}

extension Duration {
  var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
