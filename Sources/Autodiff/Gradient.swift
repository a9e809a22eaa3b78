extension Tensor {
  /// The derivatives of this scalar by each of `tensors`, in their shapes; zeros where it does not
  /// depend on one. They are ordinary tensors, so a gradient can be differentiated again.
  public func gradient(of tensors: [Tensor]) -> [Tensor] {
    precondition(shape.count == 1, "gradient: wants a scalar, not \(shape)")
    return graph.phase("gradient") {
      var reverse = Reverse(of: self, by: tensors)
      return reverse.run(tensors)
    }
  }
}

/// Reverse accumulation from one scalar.
private struct Reverse {
  let root: Tensor
  /// Whether a node lies between the scalar and one of the tensors asked for.
  private var leads: [Bool]
  /// What was added to each node's cotangent so far.
  private var contributions: [Int: [Tensor]] = [:]

  init(of root: Tensor, by tensors: [Tensor]) {
    self.root = root
    let graph = root.graph
    leads = [Bool](repeating: false, count: root.index + 1)
    for tensor in tensors where tensor.index <= root.index { leads[tensor.index] = true }
    for index in 0...root.index where !leads[index] {
      leads[index] = graph.nodes[index].operands.contains { leads[$0] }
    }
  }

  mutating func run(_ tensors: [Tensor]) -> [Tensor] {
    let graph = root.graph
    contributions[root.index] = [graph.constant(1, root.shape)]
    var totals: [Int: Tensor] = [:]
    for index in stride(from: root.index, through: 0, by: -1) where leads[index] {
      guard let parts = contributions.removeValue(forKey: index) else { continue }
      let cotangent = total(parts)
      totals[index] = cotangent
      let node = graph.tensor(index)
      let operands = node.operands
      guard operands.contains(where: { leads[$0.index] }) else { continue }
      let cotangents = node.operation.cotangents(
        of: cotangent, operands: operands, result: node)
      for (operand, part) in zip(operands, cotangents) where leads[operand.index] {
        if let part { contributions[operand.index, default: []].append(part) }
      }
    }
    return tensors.map { totals[$0.index] ?? graph.constant(0, $0.shape) }
  }

  /// The sum of contributions. Those that are padded pieces of disjoint ranges of one axis (the
  /// gradient of a flat vector that was cut into weights) are put side by side instead of added.
  private func total(_ parts: [Tensor]) -> Tensor {
    let pads = parts.filter { $0.operation is Pad }
    let joined = pads.count > 1 ? join(pads) : nil
    guard let joined else { return parts.dropFirst().reduce(parts[0], +) }
    return parts.filter { !($0.operation is Pad) }.reduce(joined, +)
  }

  private func join(_ parts: [Tensor]) -> Tensor? {
    let pieces = parts.compactMap { part -> (pad: Pad, value: Tensor)? in
      guard let pad = part.operation as? Pad else { return nil }
      return (pad, part.operands[0])
    }.sorted { $0.pad.before < $1.pad.before }
    let axis = pieces[0].pad.axis
    let length = parts[0].shape[axis]
    var result: [Tensor] = []
    var end = 0
    for (pad, value) in pieces {
      guard pad.axis == axis, pad.before >= end else { return nil }
      if let gap = pad.zeros(pad.before - end, beside: value) { result.append(gap) }
      result.append(value)
      end = pad.before + value.shape[axis]
    }
    if let gap = pieces[0].pad.zeros(length - end, beside: pieces[0].value) { result.append(gap) }
    return Tensor.concatenate(result, axis: axis)
  }
}
