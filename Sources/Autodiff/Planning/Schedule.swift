/// The order of a plan's steps: phase after phase, last the updates that no other step has taken over.
struct Schedule {
  enum Work {
    /// A group of elementwise values.
    case tiles(Int)
    case kernel(Int)
    /// Updates that touch nothing another of them writes.
    case updates([Int])
  }

  struct Step {
    let work: Work
    /// The values it computes, in topological order.
    let values: [Int]
    let phase: Int
  }

  private(set) var steps: [Step] = []
  /// By value: the step that computes it; nil for leaves, the last part's step for joins.
  private(set) var stepOfValue: [Int?]
  /// By value: whether it is written to memory, because something outside its step needs it.
  private(set) var isStored: [Bool]

  init(_ values: Values, _ fusion: Fusion) {
    let list = values.list
    var unordered: [Step] = fusion.survivors.map {
      Step(work: .tiles($0), values: fusion.groups[$0].members, phase: fusion.groups[$0].phase)
    }
    for (index, value) in list.enumerated() {
      if case .kernel = value.kind {
        unordered.append(Step(work: .kernel(index), values: [index], phase: value.phase))
      }
    }
    unordered.sort { ($0.values.last ?? 0) < ($1.values.last ?? 0) }

    // Which steps a step waits for.
    var owner = [Int?](repeating: nil, count: list.count)
    for (position, step) in unordered.enumerated() {
      for value in step.values { owner[value] = position }
    }
    var waits = [Int](repeating: 0, count: unordered.count)
    var unblocks = [[Int]](repeating: [], count: unordered.count)
    let producers = Producers(list, owner)
    for (position, step) in unordered.enumerated() {
      var before: Set<Int> = []
      for value in step.values {
        for operand in list[value].operands {
          for producer in producers.steps(of: operand.value) where producer != position {
            if before.insert(producer).inserted { unblocks[producer].append(position) }
          }
        }
      }
      waits[position] = before.count
    }

    // As long as a phase has a step that can run it goes on; then the earliest step decides.
    var ready = Ready()
    for (position, step) in unordered.enumerated() where waits[position] == 0 {
      ready.insert(position, phase: step.phase)
    }
    var phase = 0
    var stepOfValue = [Int?](repeating: nil, count: list.count)
    while let next = ready.next(preferring: phase) {
      phase = unordered[next].phase
      for value in unordered[next].values { stepOfValue[value] = steps.count }
      steps.append(unordered[next])
      for follower in unblocks[next] {
        waits[follower] -= 1
        if waits[follower] == 0 { ready.insert(follower, phase: unordered[follower].phase) }
      }
    }
    precondition(steps.count == unordered.count, "the steps of a plan depend on each other")
    for bundle in Schedule.bundles(values) {
      for update in bundle { stepOfValue[update] = steps.count }
      steps.append(
        Step(work: .updates(bundle), values: bundle, phase: list[bundle[0]].phase))
    }
    for (index, value) in list.enumerated() {
      if case .join = value.kind {
        stepOfValue[index] = value.operands.reduce(nil) { latest, part in
          stepOfValue[part.value].map { max($0, latest ?? 0) } ?? latest
        }
      }
    }
    var isStored = list.map { if case .kernel = $0.kind { true } else { false } }
    for (index, value) in list.enumerated() {
      for operand in value.operands {
        let isJoin = if case .join = value.kind { true } else { false }
        if isJoin || stepOfValue[operand.value] != stepOfValue[index] {
          isStored[operand.value] = true
        }
      }
    }
    for output in values.outputs { isStored[output.value] = true }
    self.stepOfValue = stepOfValue
    self.isStored = isStored
  }

  /// Updates in their order, cut where one touches what another writes.
  private static func bundles(_ values: Values) -> [[Int]] {
    var result: [[Int]] = []
    var touched: Set<Int> = []
    var written: Set<Int> = []
    for update in values.updates {
      let value = values.list[update]
      let buffers = value.operands.map { values.list[$0.value].buffer }
      let writes = (value.operation as? any UpdateOperation)?.written.map { buffers[$0] } ?? buffers
      let isFirst = result.isEmpty || value.phase != values.list[result[result.count - 1][0]].phase
      if isFirst || !written.isDisjoint(with: buffers) || !touched.isDisjoint(with: writes) {
        result.append([])
        touched = []
        written = []
      }
      result[result.count - 1].append(update)
      touched.formUnion(buffers)
      written.formUnion(writes)
    }
    return result
  }
}

/// The steps behind each value: one, or those of all parts of a join.
private struct Producers {
  private var own: [[Int]]

  init(_ list: [Value], _ owner: [Int?]) {
    own = []
    own.reserveCapacity(list.count)
    for (index, value) in list.enumerated() {
      if case .join = value.kind {
        var seen: Set<Int> = []
        own.append(value.operands.flatMap { own[$0.value] }.filter { seen.insert($0).inserted })
      } else {
        own.append(owner[index].map { [$0] } ?? [])
      }
    }
  }

  func steps(of value: Int) -> [Int] { own[value] }
}

/// Steps that can run: a heap for each phase, lowest position first.
private struct Ready {
  private var heaps: [Int: [Int]] = [:]

  mutating func insert(_ position: Int, phase: Int) {
    var heap = heaps[phase] ?? []
    heap.append(position)
    var child = heap.count - 1
    while child > 0, heap[child] < heap[(child - 1) / 2] {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
    heaps[phase] = heap
  }

  mutating func next(preferring phase: Int) -> Int? {
    if let position = pop(phase) { return position }
    let first = heaps.compactMap { phase, heap in heap.first.map { (position: $0, phase: phase) } }
      .min { $0.position < $1.position }
    return first.flatMap { pop($0.phase) }
  }

  private mutating func pop(_ phase: Int) -> Int? {
    guard var heap = heaps.removeValue(forKey: phase), let top = heap.first else { return nil }
    let last = heap.removeLast()
    if !heap.isEmpty {
      heap[0] = last
      var parent = 0
      while true {
        var least = parent
        for child in [2 * parent + 1, 2 * parent + 2]
        where child < heap.count && heap[child] < heap[least] { least = child }
        if least == parent { break }
        heap.swapAt(parent, least)
        parent = least
      }
    }
    heaps[phase] = heap
    return top
  }
}
