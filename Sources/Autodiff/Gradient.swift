extension Tensor {
  /// The derivatives of this scalar by each of `tensors`, in their shapes; zeros where it does not
  /// depend on one. They are ordinary tensors, so a gradient can be differentiated again.
  public func gradient(of tensors: [Tensor]) -> [Tensor] {
    require(shape.count == 1, "gradient: wants a scalar, not \(words)")
    for tensor in tensors {
      require(tensor.graph === graph, "gradient: \(tensor.words) is of another graph")
    }
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
      let node = graph.tensor(index)
      let cotangent = total(parts)
      totals[index] = cotangent
      let operands = node.operands
      guard operands.contains(where: { leads[$0.index] }) else { continue }
      if node.operation is Broadcast {
        contributions[operands[0].index, default: []] += sums(of: parts, over: node)
        continue
      }
      let cotangents = node.operation.cotangents(
        of: cotangent, operands: operands, result: node)
      for (operand, part) in zip(operands, cotangents) where leads[operand.index] {
        if let part { contributions[operand.index, default: []].append(part) }
      }
    }
    return tensors.map { totals[$0.index] ?? graph.constant(0, $0.shape) }
  }

  /// What the contributions to a broadcast add to its operand. Where one is a batch of products that
  /// is summed over the batch (the gradient of weights the batch shares), it becomes one product.
  private func sums(of parts: [Tensor], over broadcast: Tensor) -> [Tensor] {
    let target = broadcast.operands[0].shape
    var rest: [Tensor] = []
    var result: [Tensor] = []
    for part in parts {
      if let product = part.productSummed(to: target) {
        result.append(product)
      } else {
        rest.append(part)
      }
    }
    return rest.isEmpty ? result : result + [total(rest).sum(to: target)]
  }

  /// The sum of contributions. Padded pieces of disjoint ranges of one axis (the gradient of a flat
  /// vector that was cut into weights) are put side by side instead of added; many products of one
  /// shape (the gradient of weights used at many times) become one product.
  private func total(_ parts: [Tensor]) -> Tensor {
    var rest = parts.filter { !($0.operation is Pad) }
    let pads = parts.filter { $0.operation is Pad }
    if let joined = pads.count > 1 ? join(pads) : nil {
      rest.insert(joined, at: 0)
    } else {
      rest = parts
    }
    let products = rest.filter { $0.operation is Matmul }
    if products.count >= 4 {
      rest = [Tensor.sum(ofProducts: products)] + rest.filter { !($0.operation is Matmul) }
    }
    return rest.dropFirst().reduce(rest[0], +)
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
