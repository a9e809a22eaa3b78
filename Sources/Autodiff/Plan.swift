import CKernels

/// A graph planned for replay: its steps in order, their memory, and the kernels that do them.
///
/// Planning resolves everything that can be known beforehand, so a run only calls kernels: it
/// allocates nothing. The same plan, variables and inputs give the same bits, for any number of
/// threads. Not for two threads at once; plans that share variables run one at a time.
public final class Plan {
  public struct Step: Sendable {
    public let name: String
    public let phase: String
    public let operands: [Shape]
    public let result: Shape
    public let floatingPointOperations: Double
    public let bytes: Int
  }

  public struct Phase: Hashable, Sendable {
    public let name: String
    public let steps: Range<Int>
  }

  /// A stretch of the arena while it belongs to one value, or to a join and its parts.
  public struct Region: Hashable, Sendable {
    /// Where it starts in the arena, in bytes.
    public let offset: Int
    public let bytes: Int
    /// From the step that first writes it to the last that reads it.
    public let steps: Range<Int>
  }

  public let steps: [Step]
  public let phases: [Phase]
  /// Memory for what lives only during a run.
  public let arenaBytes: Int

  let values: Values
  let schedule: Schedule
  let memory: Memory
  private let outputs: [Int: UnsafeBufferPointer<Float>]
  private let variables: Variables
  private let kernels: UnsafeMutableBufferPointer<Kernel>
  /// Nil where one thread is as fast.
  private let team: Team?
  private let slicing: Slicing
  private let scratch: UnsafeMutableBufferPointer<Float>

  /// Plans what the outputs need, and the graph's updates unless `updates` is false.
  ///
  /// - Parameters:
  ///   - outputs: the tensors whose values can be read after a run.
  ///   - variables: storage for every variable the graph uses; it must have the graph's shapes.
  ///   - threads: how many threads a run may use, the caller's included.
  public convenience init(
    _ graph: Graph, outputs: [Tensor], updates: Bool = true, variables: Variables, threads: Int = 1
  ) {
    self.init(
      PlanDraft(graph, outputs: outputs, updates: updates), variables: variables, threads: threads)
  }

  /// A draft with its memory: at least ``PlanDraft/bytes(threads:)``, which must be there.
  public convenience init(_ draft: PlanDraft, variables: Variables, threads: Int = 1) {
    self.init(draft, variables: variables, threads: threads, evenIfSlower: false)
  }

  /// - Parameter evenIfSlower: whether all threads are used where fewer would be faster, so that a
  ///   test sees small plans divided too.
  package init(_ draft: PlanDraft, variables: Variables, threads: Int, evenIfSlower: Bool) {
    let expansion = draft.expansion
    values = draft.values
    schedule = draft.schedule
    memory = Memory(draft.map, draft.values.buffers, variables: variables)
    arenaBytes = memory.arenaBytes
    self.variables = variables

    let builder = StepBuilder(
      values: values, fusion: draft.fusion, schedule: schedule, base: memory.base)
    let made = schedule.steps.map(builder.step)
    let stride = Arena.rounded(made.map(\.scratchCount).max() ?? 0)
    scratch = allocateFloats(stride * max(threads, 1))
    scratch.update(repeating: 0)
    guard let first = scratch.baseAddress else { preconditionFailure("no scratch memory") }
    kernels = .allocate(capacity: made.count)
    for (index, step) in made.enumerated() {
      kernels.initializeElement(
        at: index, to: step.kernel(Scratch(first: first, stride: stride)))
    }
    slicing = Slicing(kernels, schedule, values, arenaBytes: memory.arenaBytes)
    team =
      threads > 1
      ? Plan.team(of: threads, for: kernels, schedule, values, slicing, evenIfSlower) : nil

    steps = schedule.steps.enumerated().map { [kernels] index, step in
      Step(draft, step, phase: expansion.graph.phases[step.phase], kernels[index])
    }
    phases = Plan.phases(of: steps)
    self.outputs = Dictionary(
      uniqueKeysWithValues: expansion.outputIndex.map { [values, memory] index, position in
        let reference = values.outputs[position]
        let pointer = memory.base[values.list[reference.value].buffer] + reference.layout.offset
        return (index, UnsafeBufferPointer(start: pointer, count: reference.layout.shape.count))
      })
  }

  deinit {
    UnsafeMutableRawPointer(scratch.baseAddress)?.deallocate()
    kernels.deinitialize()
    kernels.deallocate()
  }

  /// A team for the steps of a plan, if it is worth it.
  private static func team(
    of threads: Int, for kernels: UnsafeMutableBufferPointer<Kernel>, _ schedule: Schedule,
    _ values: Values, _ slicing: Slicing, _ evenIfSlower: Bool
  ) -> Team? {
    let division = Division(
      kernels, members: threads,
      lanes: Division.lanes(of: kernels, members: threads, schedule, values))
    guard division.isWorthIt || evenIfSlower else { return nil }
    return Team(kernels, division, slicing)
  }

  private static func phases(of steps: [Step]) -> [Phase] {
    var result: [Phase] = []
    for (index, step) in steps.enumerated() {
      if let last = result.last, last.name == step.phase {
        result[result.count - 1] = Phase(
          name: last.name, steps: last.steps.lowerBound..<index + 1)
      } else {
        result.append(Phase(name: step.phase, steps: index..<index + 1))
      }
    }
    return result
  }

  /// One replay of everything.
  public func run() { run(steps: 0..<kernels.count) }

  /// The steps of one phase; phases are run in order.
  public func run(phase: Int) { run(steps: phases[phase].steps) }

  public func run(steps: Range<Int>) {
    weft_flush_denormals()
    if let team { return team.run(steps) }
    var next = steps.lowerBound
    for group in slicing.groups
    where group.steps.lowerBound >= next && group.steps.upperBound <= steps.upperBound {
      for step in next..<group.steps.lowerBound { run(step) }
      for first in stride(from: 0, to: slicing.lanes, by: group.entries) {
        for step in group.steps {
          let each = kernels[step].units / slicing.lanes
          kernels[step].run(first * each..<(first + group.entries) * each, 0)
        }
      }
      next = group.steps.upperBound
    }
    for step in next..<steps.upperBound { run(step) }
  }

  private func run(_ step: Int) { kernels[step].run(0..<kernels[step].units, 0) }

  /// Called by every member of the team before each of its steps, so that a test can delay some.
  package func disturb(_ disturbance: (@Sendable (_ member: Int, _ step: Int) -> Void)?) {
    team?.disturb(disturbance)
  }

  /// How many threads a run uses: one where more would not pay.
  public var threadCount: Int { team?.members ?? 1 }

  /// The numbers of an input, to be written before a run. Valid as long as the plan.
  public func input(_ name: String) -> UnsafeMutableBufferPointer<Float> { memory.input(name) }

  /// The numbers of an output as the last run left them. Valid as long as the plan.
  public func value(_ output: Tensor) -> UnsafeBufferPointer<Float> {
    guard let buffer = outputs[output.index] else {
      refuse("\(output.words) (\(output.operation.name)) is no output of this plan")
    }
    return buffer
  }

  public var stepCount: Int { steps.count }

  /// Steps that go through the batch together, and how many of its entries at a time.
  public var slices: [(steps: Range<Int>, entries: Int, batch: Int)] {
    slicing.groups.map { ($0.steps, $0.entries, slicing.lanes) }
  }

  /// What lies where in the arena, and when.
  public var regions: [Region] { memory.regions }

  /// The largest sum of simultaneously live values: no arena can be smaller.
  public var liveBytes: Int {
    var change = [Int](repeating: 0, count: steps.count + 1)
    for region in regions {
      change[region.steps.lowerBound] += region.bytes
      change[region.steps.upperBound] -= region.bytes
    }
    var (sum, most) = (0, 0)
    for step in change {
      sum += step
      most = max(most, sum)
    }
    return most
  }

  /// Fills everything that lives only during a run with NaN, so that a test sees what is read before
  /// it is written.
  package func poison() { memory.poison() }
}
