import CKernels

/// Makes the kernels of steps, now that all memory is planned.
struct StepBuilder {
  let values: Values
  let fusion: Fusion
  let schedule: Schedule
  let memory: Memory

  /// A kernel that may still need scratch memory: `slots` tiles for each member of the team.
  struct Made {
    var slots = 0
    let kernel: (_ scratch: UnsafeMutableBufferPointer<Float>, _ stride: Int) -> Kernel
  }

  func step(_ step: Schedule.Step) -> Made {
    switch step.work {
    case .tiles(let group): return tiles(step.values, shape: fusion.groups[group].shape)
    case .kernel(let index):
      let kernel = kernel(index)
      return Made { _, _ in kernel }
    case .updates(let updates):
      let absorbs = updates.contains { values.list[$0].operation is ProductUpdate }
      let slots = absorbs ? (ProductUpdate.scratchCount - 1) / Int(WEFT_TILE) + 1 : 0
      return Made(slots: slots) { scratch, stride in
        Kernel.bundle(
          updates.map { index in
            guard let update = values.list[index].operation as? ProductUpdate,
              let first = scratch.baseAddress
            else { return kernel(index) }
            return update.kernel(site(index), scratch: first, stride: stride)
          })
      }
    }
  }

  private func site(_ index: Int) -> Site {
    let value = values.list[index]
    return Site(
      operands: value.operands.map(place),
      result: place(Reference(value: index, layout: value.layout)))
  }

  private func kernel(_ index: Int) -> Kernel {
    let value = values.list[index]
    switch value.kind {
    case .kernel(let source), .update(let source): return source.kernel(site(index))
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
    return Made(slots: program.slots) { scratch, stride in
      guard let first = scratch.baseAddress else { preconditionFailure("no scratch memory") }
      return program.kernel(scratch: first, stride: stride)
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
