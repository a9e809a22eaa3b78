import CKernels

/// Makes the kernels of steps, now that all memory is planned.
struct StepBuilder {
  let values: Values
  let fusion: Fusion
  let schedule: Schedule
  let memory: Memory

  /// A kernel that still needs its scratch memory, `scratchCount` floats for each member of the team.
  struct Made {
    let scratchCount: Int
    let kernel: (Scratch) -> Kernel
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
          result: place(Reference(value: index, layout: value.layout)), scratch: scratch)
        var kernel = source.kernel(site)
        if kernel.touches == nil {
          let whole =
            site.operands.enumerated().map { $1.whole(isWritten: written.contains($0)) }
            + (written.isEmpty ? [site.result.whole(isWritten: true)] : [])
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
    let base = memory.base[values.list[reference.value].buffer]
    return Place(pointer: base + reference.layout.offset, layout: layout)
  }

  private func tiles(_ members: [Int], shape: Shape) -> Made {
    let position = Dictionary(uniqueKeysWithValues: members.enumerated().map { ($1, $0) })
    var loads: [TileProgram.Stream] = []
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
        return .stream(loads.count - 1)
      }
      let result = Reference(value: index, layout: value.layout)
      return TileProgram.Instruction(
        operation: operation, immediate: immediate, operands: operands,
        store: schedule.isStored[index] ? stream(result, shape) : nil)
    }
    let program = TileProgram(shape: shape, loads: loads, instructions: instructions)
    return Made(scratchCount: program.slots * Int(WEFT_TILE), kernel: program.kernel)
  }

  private func stream(_ reference: Reference, _ shape: Shape) -> TileProgram.Stream {
    let place = place(reference)
    guard let layout = place.layout.reshaped(to: shape) else {
      preconditionFailure("elementwise: \(place.layout.shape) is not read as \(shape)")
    }
    return TileProgram.Stream(pointer: place.pointer, layout: layout)
  }
}
