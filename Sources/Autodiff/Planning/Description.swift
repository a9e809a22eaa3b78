extension Plan.Step {
  init(_ plan: PlanDraft, _ step: Schedule.Step, phase: String, _ kernel: Kernel) {
    let (values, list) = (plan.values, plan.values.list)
    let own = Set(step.values)
    var seen: Set<Reference> = []
    let operands = step.values.flatMap { list[$0].operands }
      .filter { !own.contains($0.value) && seen.insert($0).inserted }
    let result = step.values.last.map { list[$0].shape } ?? []
    self.init(
      name: Plan.Step.name(step.values.map { list[$0].title }), phase: phase,
      operands: operands.map(\.layout.shape), result: result,
      floatingPointOperations: kernel.floatingPointOperations > 0
        ? kernel.floatingPointOperations : Double(step.values.count * result.count),
      bytes: Plan.Step.traffic(step, reading: operands, values, plan.schedule)
        * MemoryLayout<Float>.stride)
  }

  /// How many numbers a step reads, each once however often it is used, and how many it writes.
  private static func traffic(
    _ step: Schedule.Step, reading operands: [Reference], _ values: Values, _ schedule: Schedule
  ) -> Int {
    var read: [Int: Int] = [:]
    for operand in operands {
      read[values.list[operand.value].buffer, default: 0] += operand.layout.placeCount
    }
    let written = step.values.reduce(0) { sum, index in
      let value = values.list[index]
      let workspace = value.workspace.map { values.buffers[$0].count } ?? 0
      let updated = (value.operation as? any UpdateOperation)?.written ?? []
      let sum = updated.reduce(sum) { $0 + value.operands[$1].layout.placeCount }
      switch value.kind {
      case .update, .absorbed, .leaf, .join: return sum
      default: return sum + (schedule.isStored[index] ? value.shape.count : 0) + workspace
      }
    }
    // Views of one buffer may overlap.
    return written + read.reduce(0) { $0 + min($1.value, values.buffers[$1.key].count) }
  }

  /// The names of operations in order; several of one name are counted.
  private static func name(_ operations: [String]) -> String {
    var runs: [(name: String, count: Int)] = []
    for operation in operations {
      if let last = runs.last, last.name == operation {
        runs[runs.count - 1].count += 1
      } else {
        runs.append((operation, 1))
      }
    }
    return runs.map { $0.count == 1 ? $0.name : "\($0.count) \($0.name)" }
      .joined(separator: " · ")
  }
}

extension Value {
  fileprivate var title: String {
    if case .kernel(let source) = kind, let label = source.label { label } else { operation.name }
  }
}

extension Plan {
  /// In words, the first tensor of the last run that holds a number that is not finite, among those
  /// whose memory nothing else has taken since; nil if there is none.
  ///
  /// A run that ends in NaN has put it into the parameters, and everything after it; so inputs are
  /// looked at first, then results in the order of their steps, then variables.
  public func firstNonFinite() -> String? {
    for (buffer, numbers) in pinned() {
      guard case .input(let name) = buffer.kind, numbers.hasNonFinite else { continue }
      return "the input \(name)"
    }
    for (index, step) in schedule.steps.enumerated() {
      for value in step.values where hasNonFinite(value) {
        return words(for: value, phase: steps[index].phase)
      }
    }
    for (buffer, numbers) in pinned() {
      guard case .variable(let name) = buffer.kind, numbers.hasNonFinite else { continue }
      return name
    }
    return nil
  }

  /// Inputs and variables with their numbers.
  private func pinned() -> [(Buffer, UnsafeBufferPointer<Float>)] {
    values.buffers.enumerated().map { index, buffer in
      (buffer, UnsafeBufferPointer(start: memory.base[index], count: buffer.count))
    }
  }

  /// Whether a value is still in memory and holds a number that is not finite.
  private func hasNonFinite(_ index: Int) -> Bool {
    let value = values.list[index]
    guard schedule.isStored[index], memory.survives[value.buffer] else { return false }
    let base = memory.base[value.buffer] + value.layout.offset
    if value.layout.isContiguous {
      return UnsafeBufferPointer(start: base, count: value.shape.count).hasNonFinite
    }
    return value.layout.offsets(ofLeading: value.shape.rank).contains { !base[$0].isFinite }
  }

  private func words(for index: Int, phase: String) -> String {
    let (list, buffers) = (values.list, values.buffers)
    // The gradient itself, or the sums of blocks that it adds up.
    let isOfBlocks = list[index].operation is MatmulInBlocks || list[index].operation is Sum
    let whole =
      isOfBlocks
      ? list.firstIndex { $0.operation is Sum && $0.operands.first?.value == index } : nil
    for update in values.updates {
      let operands = list[update].operands
      guard !(list[update].operation is ProductUpdate), operands.count > 1,
        operands[1].value == index || operands[1].value == whole,
        case .variable(let name) = values.buffers[list[operands[0].value].buffer].kind
      else { continue }
      return "the gradient of \(name)"
    }
    let value = list[index]
    let isOutput = values.outputs.count == 1 && values.outputs[0].value == index
    if isOutput && value.shape.count == 1 { return "the loss" }
    let partner = value.operands.compactMap { operand -> String? in
      guard case .variable(let name) = buffers[list[operand.value].buffer].kind else {
        return nil
      }
      return name
    }.first
    let with = partner.map { " with \($0)" } ?? ""
    let at = phase.isEmpty ? "" : " in the phase “\(phase)”"
    return "the result of \(value.operation.name)\(with)\(at)"
  }
}

extension UnsafeBufferPointer<Float> {
  fileprivate var hasNonFinite: Bool { contains { !$0.isFinite } }
}
