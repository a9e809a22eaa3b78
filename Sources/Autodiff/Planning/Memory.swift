/// Where every value lies, before there is memory for it: pinned what outlives a run, then one arena
/// for the rest, all in one block.
struct MemoryMap {
  let lives: Lives
  let arena: Arena
  /// By name: every input of the graph, used or not.
  fileprivate var inputs: [String: (offset: Int, count: Int)] = [:]
  /// By buffer: constants and outputs.
  fileprivate var pinned: [Int: Int] = [:]
  /// Where the arena starts.
  fileprivate let arenaStart: Int

  init(_ values: Values, _ schedule: Schedule, inputs shapes: [(name: String, shape: Shape)]) {
    lives = Lives(values, schedule)
    arena = Arena(lives.requests)
    var end = 0
    for (name, shape) in shapes {
      inputs[name] = (end, shape.count)
      end += Arena.rounded(shape.count)
    }
    for (index, buffer) in values.buffers.enumerated() {
      switch buffer.kind {
      case .constant, .output:
        pinned[index] = end
        end += Arena.rounded(buffer.count)
      default: break
      }
    }
    arenaStart = end
  }

  /// The length of the block in floats.
  var count: Int { arenaStart + arena.count }

  /// What the arena holds, in order of time.
  var regions: [Plan.Region] {
    lives.requests.sorted { ($0.first, $0.buffer) < ($1.first, $1.buffer) }.map {
      Plan.Region(
        offset: (arena.offsets[$0.buffer] ?? 0) * MemoryLayout<Float>.stride,
        bytes: $0.count * MemoryLayout<Float>.stride, steps: $0.first..<$0.last + 1)
    }
  }

  /// By buffer: whether the numbers of a run are still there when it ends. Later buffers overwrite
  /// earlier ones in the same place.
  func survivors(_ buffers: [Buffer]) -> [Bool] {
    var result = [Bool](repeating: true, count: buffers.count)
    var lastWriter = [Int32](repeating: -1, count: arena.count / 16 + 1)
    for request in lives.requests.sorted(by: { $0.first < $1.first }) {
      guard let offset = arena.offsets[request.buffer] else { continue }
      for line in offset / 16..<(offset + Arena.rounded(request.count)) / 16 {
        lastWriter[line] = Int32(request.buffer)
      }
    }
    for (index, buffer) in buffers.enumerated() {
      guard case .temporary = buffer.kind else { continue }
      let root = lives.root(index)
      // A buffer overwritten in place is its successor's.
      guard lives.lastOwner[root] == index, let offset = arena.offsets[root] else {
        result[index] = false
        continue
      }
      let lines = offset / 16..<(offset + Arena.rounded(buffer.count)) / 16
      result[index] = lines.allSatisfy { lastWriter[$0] == root }
    }
    return result
  }
}

/// The memory of a plan.
final class Memory {
  let arenaBytes: Int
  let regions: [Plan.Region]
  /// By buffer: its first element.
  let base: [UnsafeMutablePointer<Float>]
  /// By buffer: whether the numbers of the last run are still there when it ends. Asked for when a run
  /// went wrong, which most never do.
  private(set) lazy var survives = map.survivors(buffers)
  private let map: MemoryMap
  private let buffers: [Buffer]
  private let inputs: [String: UnsafeMutableBufferPointer<Float>]
  private let block: UnsafeMutableBufferPointer<Float>
  private let arena: UnsafeMutableBufferPointer<Float>
  private let variables: Variables

  init(_ map: MemoryMap, _ buffers: [Buffer], variables: Variables) {
    self.map = map
    self.buffers = buffers
    self.variables = variables
    arenaBytes = map.arena.count * MemoryLayout<Float>.stride
    regions = map.regions
    let block = allocateFloats(map.count)
    // The arena is written before it is read (``poison()`` shows what is not): its pages may wait until then.
    UnsafeMutableBufferPointer(rebasing: block[..<map.arenaStart]).update(repeating: 0)
    self.block = block
    arena = UnsafeMutableBufferPointer(rebasing: block[map.arenaStart...])

    // Memory of at least one float always has an address.
    let first = block.baseAddress ?? allocateFloats(1).baseAddress.unsafelyUnwrapped
    base = buffers.enumerated().map { index, buffer in
      switch buffer.kind {
      case .input(let name): first + (map.inputs[name]?.offset ?? 0)
      case .variable(let name): variables.storage(name).baseAddress ?? first
      case .constant, .output: first + (map.pinned[index] ?? 0)
      case .temporary: first + map.arenaStart + (map.arena.offsets[map.lives.root(index)] ?? 0)
      case .external: preconditionFailure("only a scan's body is surrounded by a plan")
      }
    }
    for (index, buffer) in buffers.enumerated() {
      if case .constant(let value) = buffer.kind { base[index].pointee = value }
    }
    inputs = map.inputs.mapValues {
      UnsafeMutableBufferPointer(start: first + $0.offset, count: $0.count)
    }
  }

  deinit { UnsafeMutableRawPointer(block.baseAddress)?.deallocate() }

  func input(_ name: String) -> UnsafeMutableBufferPointer<Float> {
    guard let buffer = inputs[name] else {
      refuse("no input “\(name)”; there are \(inputs.keys.sorted().joined(separator: ", "))")
    }
    return buffer
  }

  /// Fills the arena with NaN: a value that is read before it is written shows.
  func poison() { arena.update(repeating: .nan) }
}

/// When buffers are needed, and which of them take over the memory of another in place.
struct Lives {
  private var first: [Int]
  private var last: [Int]
  private var forward: [Int]
  /// By root: the buffer whose numbers are there at the end.
  private(set) var lastOwner: [Int]
  private let buffers: [Buffer]

  init(_ values: Values, _ schedule: Schedule) {
    buffers = values.buffers
    first = Array(repeating: Int.max, count: buffers.count)
    last = Array(repeating: -1, count: buffers.count)
    forward = Array(buffers.indices)
    lastOwner = Array(buffers.indices)
    let list = values.list
    for (position, step) in schedule.steps.enumerated() {
      let own = Set(step.values)
      for value in step.values {
        if schedule.isStored[value] {
          first[list[value].buffer] = min(first[list[value].buffer], position)
          last[list[value].buffer] = max(last[list[value].buffer], position)
        }
        if let workspace = list[value].workspace {
          first[workspace] = position
          last[workspace] = position
        }
        for operand in list[value].operands where !own.contains(operand.value) {
          let buffer = list[operand.value].buffer
          last[buffer] = max(last[buffer], position)
        }
      }
    }
    for (position, step) in schedule.steps.enumerated() {
      if case .tiles = step.work { reuse(position, step, values, schedule) }
    }
  }

  /// What the arena has to hold.
  var requests: [Arena.Request] {
    buffers.indices.compactMap { index in
      guard case .temporary = buffers[index].kind, forward[index] == index,
        first[index] <= last[index]
      else { return nil }
      return Arena.Request(
        buffer: index, count: buffers[index].count, first: first[index], last: last[index])
    }
  }

  /// The buffer whose place this one has.
  func root(_ index: Int) -> Int {
    var index = index
    while forward[index] != index { index = forward[index] }
    return index
  }

  /// Lets results of a group take the place of operands that nobody reads afterwards.
  private mutating func reuse(
    _ position: Int, _ step: Schedule.Step, _ values: Values, _ schedule: Schedule
  ) {
    let list = values.list
    let own = Set(step.values)
    for (order, value) in step.values.enumerated() {
      let result = list[value]
      guard schedule.isStored[value], isWhole(result.buffer, result.layout),
        forward[result.buffer] == result.buffer
      else { continue }
      // Operands no instruction reads after this one.
      var lastRead: [Int: Int] = [:]
      var isWhole: [Int: Bool] = [:]
      for (reader, index) in step.values.enumerated() {
        for operand in list[index].operands where !own.contains(operand.value) {
          let buffer = list[operand.value].buffer
          lastRead[buffer] = reader
          isWhole[buffer] =
            (isWhole[buffer] ?? true) && self.isWhole(buffer, operand.layout)
        }
      }
      for operand in step.values.prefix(order + 1).flatMap({ list[$0].operands })
      where !own.contains(operand.value) {
        let buffer = list[operand.value].buffer
        let place = root(buffer)
        guard lastRead[buffer].map({ $0 <= order }) == true, isWhole[buffer] == true,
          last[place] == position, place != result.buffer,
          buffers[buffer].count == buffers[result.buffer].count, lastOwner[place] == buffer
        else { continue }
        forward[result.buffer] = place
        last[place] = last[result.buffer]
        lastOwner[place] = result.buffer
        break
      }
    }
  }

  /// Whether a layout is all of a temporary buffer in row-major order.
  private func isWhole(_ buffer: Int, _ layout: Layout) -> Bool {
    guard case .temporary = buffers[buffer].kind else { return false }
    return layout.offset == 0 && layout.isContiguous && layout.shape.count == buffers[buffer].count
  }
}
