import CKernels

/// The plan of a scan's body, memory aside.
struct Loop {
  /// Memory of the surrounding plan: how it lies from step to step.
  enum External {
    case slice(Int)
    case constant(Int)
    case before(carry: Int)
    case after(carry: Int)
    case output(Int)
    case total(Int)

    var kind: (Int) -> Buffer.Kind {
      switch self {
      case .constant, .total: { .external($0, moves: false) }
      default: { .external($0, moves: true) }
      }
    }
  }

  let scan: Scan
  let externals: [External]
  let values: Values
  let fusion: Fusion
  let schedule: Schedule
  let lives: Lives
  let arena: Arena
  let scratchCount: Int

  init(_ scan: Scan) {
    self.scan = scan
    let body = scan.body
    let graph = Graph()
    func inputs(_ name: String, _ like: [Tensor]) -> [Tensor] {
      graph.inputs(name, like.map(\.shape))
    }
    let given = (
      slices: inputs("slice", body.slices), constants: inputs("constant", body.constants),
      carries: inputs("carry", body.carries), totals: inputs("total", body.totals)
    )
    let results = body.inlined(
      in: graph, slices: given.slices, carries: given.carries, constants: given.constants)
    let totals = zip(given.totals, results.totals).map { $0 + $1 }

    let read: [External] =
      body.slices.indices.map { .slice($0) } + body.constants.indices.map { .constant($0) }
      + body.carries.indices.map { .before(carry: $0) } + body.totals.indices.map { .total($0) }
    var made: [(External, Tensor)] = []
    for (index, carry) in results.carries.enumerated() {
      made.append((.after(carry: index), carry))
    }
    for (index, output) in results.outputs.enumerated() { made.append((.output(index), output)) }
    for (index, total) in totals.enumerated() { made.append((.total(index), total)) }
    let written = made.filter { !$1.shape.isEmpty }
    externals = read + written.map(\.0)
    values = Values(
      Expansion(graph, outputs: written.map(\.1), updates: false),
      in: Values.Surroundings(
        inputs: Dictionary(
          uniqueKeysWithValues: graph.inputShapes.enumerated().map {
            ($1.name, read[$0].kind($0))
          }),
        outputs: written.enumerated().map { $1.0.kind(read.count + $0) }))
    fusion = Fusion(values.list)
    schedule = Schedule(values, fusion)
    lives = Lives(values, schedule)
    arena = Arena(lives.requests)
    scratchCount = schedule.scratchCount(values)
  }
}

/// A scan's body in its place: kernels with their pointers, and which of these move.
final class LoopRun {
  let nanoseconds: Double
  let floatingPointOperations: Double
  private let scan: Scan
  private let kernels: UnsafeMutableBufferPointer<Kernel>
  private let movers: UnsafeMutableBufferPointer<StepBuilder.Mover>
  private let paths: UnsafeMutableBufferPointer<Path>
  private let starts: [(from: UnsafeMutablePointer<Float>, to: UnsafeMutablePointer<Float>, Int)]
  private let sums: [(first: UnsafeMutablePointer<Float>, count: Int)]
  private let constants: UnsafeMutableBufferPointer<Float>

  /// Where an external buffer is at each step.
  private struct Path {
    enum Kind {
      case fixed
      /// An entry for each time.
      case time
      /// A slot before a step, or some steps later.
      case slot(carry: Int, later: Int)
    }

    let first: UnsafeMutablePointer<Float>
    let stride: Int
    let kind: Kind
    var now: UnsafeMutablePointer<Float>

    init(_ first: UnsafeMutablePointer<Float>, stride: Int = 0, _ kind: Kind = .fixed) {
      self.first = first
      self.stride = stride
      self.kind = kind
      now = first
    }

    mutating func move(to step: Int, of scan: Scan) {
      switch kind {
      case .fixed: break
      case .time: now = first + scan.time(step) * stride
      case .slot(let carry, let later):
        now = first + scan.slot(step + later, ofCarry: carry) * stride
      }
    }
  }

  init(_ loop: Loop, _ site: Site) {
    let scan = loop.scan
    self.scan = scan
    let body = scan.body
    let all = loop.externals.map { LoopRun.path($0, scan, site) }
    paths = .allocate(capacity: all.count)
    _ = paths.initialize(from: all)

    let values = loop.values
    // Numbers known while planning have memory of their own.
    constants = allocateFloats(values.buffers.count)
    let workspace = site.workspace ?? site.result.pointer
    let base = values.buffers.enumerated().map { [constants] index, buffer in
      switch buffer.kind {
      case .external(let number, _): return all[number].first
      case .constant(let value):
        constants[index] = value
        return constants.baseAddress.unsafelyUnwrapped + index
      case .temporary: return workspace + (loop.arena.offsets[loop.lives.root(index)] ?? 0)
      // Something without elements.
      case .output: return workspace
      case .input, .variable:
        preconditionFailure("scan: a body has no memory of its own")
      }
    }
    let builder = StepBuilder(
      values: values, fusion: loop.fusion, schedule: loop.schedule, base: base)
    let made = loop.schedule.steps.map(builder.step)
    kernels = .allocate(capacity: made.count)
    _ = kernels.initialize(from: made.map { $0.kernel(site.scratch) })
    let moving = made.flatMap(\.movers)
    movers = .allocate(capacity: moving.count)
    _ = movers.initialize(from: moving)

    starts = body.carries.enumerated().map { index, carry in
      let slot = scan.slot(0, ofCarry: index) * carry.shape.count
      return (
        site.operands[body.slices.count + index].pointer,
        site.result.pointer + scan.range(ofCarry: index).lowerBound + slot, carry.shape.count
      )
    }
    sums = body.totals.enumerated().map {
      (site.result.pointer + scan.range(ofTotal: $0).lowerBound, $1.shape.count)
    }
    let times = Double(scan.length)
    nanoseconds = times * kernels.reduce(0) { $0 + $1.nanoseconds(0..<$1.units) }
    floatingPointOperations = times * kernels.reduce(0) { $0 + $1.floatingPointOperations }
  }

  deinit {
    kernels.deinitialize()
    kernels.deallocate()
    movers.deallocate()
    paths.deallocate()
    UnsafeMutableRawPointer(constants.baseAddress)?.deallocate()
  }

  private static func path(_ external: Loop.External, _ scan: Scan, _ site: Site) -> Path {
    let (body, result) = (scan.body, site.result.pointer)
    switch external {
    case .slice(let index):
      let place = site.operands[index]
      return Path(place.pointer, stride: place.layout.strides[0], .time)
    case .constant(let index):
      return Path(site.operands[body.slices.count + body.carries.count + index].pointer)
    case .before(let carry), .after(let carry):
      let later = if case .after = external { 1 } else { 0 }
      return Path(
        result + scan.range(ofCarry: carry).lowerBound, stride: body.carries[carry].shape.count,
        .slot(carry: carry, later: later))
    case .output(let index):
      return Path(
        result + scan.range(ofOutput: index).lowerBound,
        stride: body.outputs[index].shape.count, .time)
    case .total(let index):
      return Path(result + scan.range(ofTotal: index).lowerBound)
    }
  }

  func run(_ member: Int) {
    for (from, to, count) in starts { to.update(from: from, count: count) }
    for (first, count) in sums { first.update(repeating: 0, count: count) }
    for step in 0..<scan.length {
      for index in paths.indices { paths[index].move(to: step, of: scan) }
      for mover in movers { mover.stream.pointee.base = paths[mover.external].now + mover.offset }
      for index in kernels.indices {
        let kernel = kernels[index]
        kernel.run(0..<kernel.units, member)
      }
    }
  }
}
