import CKernels

/// A group of elementwise values as a program over tiles.
final class TileProgram {
  /// Something in memory that a program reads or writes, in the group's shape.
  struct Stream {
    let pointer: UnsafeMutablePointer<Float>
    let layout: Layout
  }

  enum Operand {
    case member(Int)
    case stream(Int)
  }

  struct Instruction {
    let operation: weft_elementwise
    let immediate: Float
    let operands: [Operand]
    /// Where the result is kept, if anything outside needs it.
    let store: Stream?
  }

  private let streams: UnsafeMutableBufferPointer<weft_stream>
  private let program: UnsafeMutableBufferPointer<weft_instruction>
  private let tiles: UnsafeMutablePointer<weft_tiles>
  let slots: Int
  let units: Int
  private let nanosecondsPerUnit: Double
  /// By stream: its first element, from entry to entry of the first axis, how much of it an entry
  /// spans, and whether it is written.
  private let touches: [(UnsafeMutablePointer<Float>, stride: Int, span: Int, isWritten: Bool)]

  init(shape: Shape, loads: [Stream], instructions: [Instruction]) {
    let instructions = TileProgram.contracted(instructions)
    let stores = instructions.compactMap(\.store)
    let axes = TileProgram.axes(shape, (loads + stores).map(\.layout))
    require(
      axes.count <= Int(WEFT_AXES),
      "elementwise: \(shape) has more than \(WEFT_AXES) axes that do not merge")

    let slotting = Slots(loads: loads.count, instructions: instructions)
    slots = slotting.count
    streams = .allocate(capacity: loads.count + stores.count)
    program = .allocate(capacity: instructions.count)
    for (index, load) in loads.enumerated() {
      streams.initializeElement(
        at: index, to: TileProgram.stream(load, axes.map { $0.strides[index] }, slot: index))
    }
    var store = loads.count
    for (index, instruction) in instructions.enumerated() {
      let operands = instruction.operands.map(slotting.slot)
      let out = slotting.ofInstruction[index]
      program.initializeElement(
        at: index,
        to: weft_instruction(
          op: instruction.operation, k: instruction.immediate, out: Int32(out),
          a: Int32(operands[0]), b: Int32(operands.count > 1 ? operands[1] : operands[0]),
          c: Int32(operands.count > 2 ? operands[2] : operands[0])))
      if let target = instruction.store {
        streams.initializeElement(
          at: store, to: TileProgram.stream(target, axes.map { $0.strides[store] }, slot: out))
        store += 1
      }
    }

    units = axes[0].count
    nanosecondsPerUnit = TileProgram.nanosecondsPerUnit(axes, instructions)
    touches = (loads + stores).enumerated().map { index, stream in
      let span = axes.dropFirst().reduce(1) { $0 + ($1.count - 1) * $1.strides[index] }
      return (stream.pointer, axes[0].strides[index], span, index >= loads.count)
    }
    tiles = .allocate(capacity: 1)
    tiles.initialize(
      to: weft_tiles(
        axes: Int32(axes.count), loads: Int32(loads.count), stores: Int32(stores.count),
        instructions: Int32(instructions.count), count: eight(axes.map(\.count)),
        streams: streams.baseAddress, program: program.baseAddress))
  }

  deinit {
    streams.deallocate()
    program.deallocate()
    tiles.deallocate()
  }

  /// A stream as the program reads it on every run: loads first, then stores. Valid as long as the
  /// program.
  func stream(_ index: Int) -> UnsafeMutablePointer<weft_stream> {
    guard let first = streams.baseAddress else { preconditionFailure("elementwise: no streams") }
    return first + index
  }

  func kernel(_ scratch: Scratch) -> Kernel {
    let touches = touches
    return Kernel(units: units, nanosecondsPerUnit: nanosecondsPerUnit) { [self] units, member in
      weft_tiles_run(tiles, units.lowerBound, units.upperBound, scratch.of(member))
    }.touching { units in
      touches.map { first, stride, span, isWritten in
        Stretch(
          first + units.lowerBound * stride, count: (units.count - 1) * stride + span,
          isWritten: isWritten)
      }
    }
  }

  /// x y + z as one instruction, where nothing else needs the product.
  private static func contracted(_ instructions: [Instruction]) -> [Instruction] {
    var reads = [Int](repeating: 0, count: instructions.count)
    for instruction in instructions {
      for case .member(let member) in instruction.operands { reads[member] += 1 }
    }
    /// By sum: its operand that is such a product.
    var product: [Int: Int] = [:]
    var absorbed: Set<Int> = []
    for (index, sum) in instructions.enumerated() where sum.operation == WEFT_ADD {
      for (position, operand) in sum.operands.enumerated() where product[index] == nil {
        guard case .member(let member) = operand, reads[member] == 1,
          instructions[member].operation == WEFT_MULTIPLY,
          // The product reads its operands later now: they must not be written over before.
          instructions[member..<index].allSatisfy({ $0.store == nil })
        else { continue }
        product[index] = position
        absorbed.insert(member)
      }
    }
    var place: [Int] = []
    var result: [Instruction] = []
    for (index, instruction) in instructions.enumerated() {
      place.append(result.count)
      if absorbed.contains(index) { continue }
      var (operation, operands) = (instruction.operation, instruction.operands)
      if let position = product[index], case .member(let member) = operands[position] {
        operation = WEFT_MULTIPLY_ADD
        operands = instructions[member].operands + [operands[1 - position]]
      }
      operands = operands.map { operand in
        if case .member(let member) = operand { .member(place[member]) } else { operand }
      }
      result.append(
        Instruction(
          operation: operation, immediate: instruction.immediate, operands: operands,
          store: instruction.store))
    }
    return result
  }

  private static func stream(_ stream: Stream, _ strides: [Int], slot: Int) -> weft_stream {
    weft_stream(base: stream.pointer, stride: eight(strides), slot: Int32(slot))
  }

  /// The fewest axes that all layouts share: neighbours merged where every layout allows it.
  private static func axes(_ shape: Shape, _ layouts: [Layout]) -> [(count: Int, strides: [Int])] {
    var result: [(count: Int, strides: [Int])] = []
    for axis in (0..<shape.rank).reversed() where shape[axis] > 1 {
      let strides = layouts.map { $0.strides[axis] }
      if let inner = result.last,
        zip(strides, inner.strides).allSatisfy({ $0 == $1 * inner.count })
      {
        result[result.count - 1].count *= shape[axis]
      } else {
        result.append((shape[axis], strides))
      }
    }
    if result.isEmpty { result.append((1, layouts.map { _ in 1 })) }
    result.reverse()
    // A tile is cut from the last two axes: the longest next to the last makes the fullest tiles.
    if result.count > 3,
      let longest = (1..<result.count - 1).max(by: { result[$0].count < result[$1].count })
    {
      result.swapAt(longest, result.count - 2)
    }
    return result
  }

  /// What an entry of the first axis costs: its arithmetic, what it moves, and the handling of tiles
  /// and their rows.
  private static func nanosecondsPerUnit(
    _ axes: [(count: Int, strides: [Int])], _ instructions: [Instruction]
  ) -> Double {
    let all = axes.reduce(1) { $0 * $1.count }
    let columns = axes.count > 1 ? axes[axes.count - 1].count : Int(WEFT_TILE)
    let rows = axes.count > 1 ? axes[axes.count - 2].count : 1
    let tile = max(min(rows, Int(WEFT_TILE) / columns) * columns, min(columns, Int(WEFT_TILE)))
    var moved = 0
    var gathered = 0
    var scattered = 0
    for stream in axes[0].strides.indices {
      moved += axes.reduce(1) { $1.strides[stream] == 0 ? $0 : $0 * $1.count }
      if axes.count > 1, tile > columns, axes[axes.count - 2].strides[stream] != columns {
        gathered += all / columns
      }
      if let across = axes.last?.strides[stream], across > 1 { scattered += all }
    }
    let arithmetic = instructions.reduce(0) { $0 + $1.operation.nanoseconds } * Double(all)
    let handling = Double(all) / Double(tile) * Double(10 + 4 * instructions.count)
    // What does not stay in the second-level cache takes longer to bring.
    let bringing = Double(moved) * (moved > 256 * 1024 ? 0.12 : 0.035)
    return (arithmetic + bringing + Double(gathered) * 3 + Double(scattered) + handling)
      / Double(axes[0].count)
  }
}

/// A slot for each load and each result; results that are not stored share slots once they are read.
private struct Slots {
  private(set) var ofInstruction: [Int] = []
  private(set) var count: Int
  private let loads: Int

  init(loads: Int, instructions: [TileProgram.Instruction]) {
    self.loads = loads
    count = loads
    var lastRead = [Int](repeating: -1, count: instructions.count)
    for (index, instruction) in instructions.enumerated() {
      for case .member(let operand) in instruction.operands { lastRead[operand] = index }
    }
    var free: [Int] = []
    for (index, instruction) in instructions.enumerated() {
      // An operand read for the last time gives its slot to this very result.
      for case .member(let operand) in instruction.operands
      where lastRead[operand] == index && instructions[operand].store == nil {
        let slot = ofInstruction[operand]
        if !free.contains(slot) { free.append(slot) }
      }
      if instruction.store == nil, let slot = free.popLast() {
        ofInstruction.append(slot)
      } else {
        ofInstruction.append(count)
        count += 1
      }
    }
    precondition(count <= Int(WEFT_SLOTS), "elementwise: too many values in one group")
  }

  func slot(_ operand: TileProgram.Operand) -> Int {
    switch operand {
    case .stream(let index): index
    case .member(let index): ofInstruction[index]
    }
  }
}

extension weft_elementwise {
  /// Per element, measured on one core of a 2021 server with AVX2.
  fileprivate var nanoseconds: Double {
    switch self {
    case WEFT_EXP, WEFT_TANH, WEFT_SIGMOID, WEFT_SIN, WEFT_COS: 0.5
    case WEFT_LOG, WEFT_ERF, WEFT_SOFTPLUS: 1.2
    case WEFT_SQRT, WEFT_DIVIDE, WEFT_RECIPROCAL: 0.2
    default: 0.07
    }
  }
}

/// Up to eight numbers as C keeps them.
private func eight(_ x: [Int]) -> (Int, Int, Int, Int, Int, Int, Int, Int) {
  func at(_ index: Int) -> Int { index < x.count ? x[index] : 0 }
  return (at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7))
}
