import CKernels

/// Makes the kernels of steps, now that all memory is planned.
struct StepBuilder {
  let values: Values
  let fusion: Fusion
  let schedule: Schedule
  /// By buffer: its first element.
  let base: [UnsafeMutablePointer<Float>]

  /// A kernel that still needs its scratch memory, `scratchCount` floats for each member of the team.
  struct Made {
    let scratchCount: Int
    /// What has to be moved from time to time in a scan's body.
    var movers: [Mover] = []
    let kernel: (Scratch) -> Kernel
  }

  /// A stream of a tile program in memory that moves.
  struct Mover {
    let stream: UnsafeMutablePointer<weft_stream>
    /// The number of the external buffer.
    let external: Int
    /// Where in the buffer the stream starts.
    let offset: Int
  }

  func step(_ step: Schedule.Step) -> Made {
    switch step.work {
    case .tiles(let group): return tiles(step.values, shape: fusion.groups[group].shape)
    case .kernel(let index): return made(index)
    case .updates(let updates):
      let parts = updates.map(made)
      return Made(scratchCount: parts.map(\.scratchCount).max() ?? 0) { scratch in
        Kernel.bundle(parts.map { $0.kernel(scratch) })
      }
    }
  }

  private func made(_ index: Int) -> Made {
    let value = values.list[index]
    switch value.kind {
    case .kernel(let source), .update(let source):
      let written = (source as? any UpdateOperation)?.written ?? []
      return Made(scratchCount: source.scratchCount) { scratch in
        let site = Site(
          operands: value.operands.map(place),
          result: place(Reference(value: index, layout: value.layout)), scratch: scratch,
          workspace: value.workspace.map { base[$0] })
        var kernel = source.kernel(site)
        if kernel.touches == nil {
          let workspace = site.workspace.map {
            Stretch($0, count: source.workspaceCount, isWritten: true)
          }
          let whole =
            site.operands.enumerated().map { $1.whole(isWritten: written.contains($0)) }
            + (value.isUpdate ? [] : [site.result.whole(isWritten: true)])
            + (workspace.map { [$0] } ?? [])
          kernel.touches = { _ in whole }
        }
        return kernel
      }
    default: preconditionFailure("\(value.operation.name): no kernel")
    }
  }

  private func place(_ reference: Reference) -> Place {
    var layout = reference.layout
    layout.offset = 0
    let base = base[values.list[reference.value].buffer]
    return Place(pointer: base + reference.layout.offset, layout: layout)
  }

  private func tiles(_ members: [Int], shape: Shape) -> Made {
    let position = Dictionary(uniqueKeysWithValues: members.enumerated().map { ($1, $0) })
    var loads: [TileProgram.Stream] = []
    var loaded: [Reference] = []
    var stored: [Reference] = []
    var known: [Reference: Int] = [:]
    let instructions = members.map { index -> TileProgram.Instruction in
      let value = values.list[index]
      guard case .elementwise(let operation, let immediate) = value.kind else {
        preconditionFailure("\(value.operation.name): not elementwise")
      }
      let operands = value.operands.map { operand -> TileProgram.Operand in
        // Another member is read from its slot where it is seen as it is.
        if let member = position[operand.value] { return .member(member) }
        if let load = known[operand] { return .stream(load) }
        known[operand] = loads.count
        loads.append(stream(operand, shape))
        loaded.append(operand)
        return .stream(loads.count - 1)
      }
      let result = Reference(value: index, layout: value.layout)
      if schedule.isStored[index] { stored.append(result) }
      return TileProgram.Instruction(
        operation: operation, immediate: immediate, operands: operands,
        store: schedule.isStored[index] ? stream(result, shape) : nil)
    }
    let program = TileProgram(shape: shape, loads: loads, instructions: instructions)
    return Made(
      scratchCount: program.slots * Int(WEFT_TILE), movers: movers(program, loaded + stored),
      kernel: program.kernel)
  }

  private func movers(_ program: TileProgram, _ streams: [Reference]) -> [Mover] {
    streams.enumerated().compactMap { index, reference in
      let buffer = values.buffers[values.list[reference.value].buffer]
      guard case .external(let number, moves: true) = buffer.kind else { return nil }
      return Mover(
        stream: program.stream(index), external: number, offset: reference.layout.offset)
    }
  }

  private func stream(_ reference: Reference, _ shape: Shape) -> TileProgram.Stream {
    let place = place(reference)
    guard let layout = place.layout.reshaped(to: shape) else {
      preconditionFailure("elementwise: \(place.layout.shape) is not read as \(shape)")
    }
    return TileProgram.Stream(pointer: place.pointer, layout: layout)
  }
}
