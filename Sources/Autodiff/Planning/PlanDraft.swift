import CKernels

/// A plan without memory: what is computed, in which order and where, so that what it takes can be
/// weighed before any of it is allocated.
public struct PlanDraft {
  let expansion: Expansion
  let values: Values
  let fusion: Fusion
  let schedule: Schedule
  let map: MemoryMap

  /// Plans what the outputs need, and the graph's updates unless `updates` is false.
  public init(_ graph: Graph, outputs: [Tensor], updates: Bool = true) {
    expansion = Expansion(graph, outputs: outputs, updates: updates)
    values = Values(expansion)
    fusion = Fusion(values.list)
    schedule = Schedule(values, fusion)
    map = MemoryMap(values, schedule, inputs: graph.inputShapes)
  }

  /// Bytes that a plan for so many threads allocates for numbers: inputs, outputs, arena and scratch.
  /// The variables, which plans share, are not among them.
  public func bytes(threads: Int = 1) -> Int {
    let scratch = Arena.rounded(schedule.scratchCount(values)) * max(threads, 1)
    return (map.count + scratch) * MemoryLayout<Float>.stride
  }
}

extension Schedule {
  /// The most scratch memory a step needs for each thread, in floats; perhaps less will do.
  func scratchCount(_ values: Values) -> Int {
    func count(_ index: Int) -> Int {
      switch values.list[index].kind {
      case .kernel(let source), .update(let source): source.scratchCount
      default: 0
      }
    }
    return steps.reduce(0) { most, step in
      switch step.work {
      case .tiles: max(most, Int(WEFT_SLOTS) * Int(WEFT_TILE))
      case .kernel(let index): max(most, count(index))
      case .updates(let updates): max(most, updates.map(count).max() ?? 0)
      }
    }
  }
}
