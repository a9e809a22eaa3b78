/// How the derivative of a scan is computed: by a scan in the other direction, whose body computes one
/// step's values again, all but products of matrices, and then their gradients.
///
/// It carries the cotangents of the carries. The gradient of a constant is a sum over all times: where
/// it is a product of matrices, as a weight's is, the factors of all times are kept and become one
/// product, else it is added up on the way.
struct ScanReverse: @unchecked Sendable {
  /// The results whose cotangents are not 0.
  struct Given: Hashable {
    let outputs, befores, totals: [Bool]
  }

  /// What there is once the scan has run: what it was given and what it made, all over time, and its
  /// totals.
  struct Stacks {
    let sequences, outputs, totals: [Tensor]
  }

  typealias Recipe = (Stacks) -> Tensor

  let body: ScanBody
  /// Which of the possible slices the body reads: those of the scan, its carries before each step,
  /// the cotangents given of outputs and of those carries, and the outputs that were saved.
  let slices: [Int]
  /// Which of the possible constants it reads: those of the scan, and the cotangents given of totals.
  let constants: [Int]
  /// The cotangents of the scan's operands; nil where they are 0.
  let ofSlices, ofConstants: [Recipe?]

  init(of forward: ScanBody, _ given: Given) {
    let inputs = Inputs(Graph(), forward, given)
    let results = forward.inlined(
      in: inputs.graph, slices: inputs.slices, carries: inputs.befores,
      constants: inputs.constants)
    let weighted =
      Array(zip(results.carries, inputs.carrySlopes))
      + Array(zip(some(results.outputs, given.outputs), inputs.outputSlopes))
      + Array(zip(some(results.totals, given.totals), inputs.totalSlopes))
    let terms = weighted.map { ($0 * $1).sum() }
    var gradients = terms.dropFirst().reduce(terms[0], +)
      .gradient(of: inputs.befores + inputs.slices + inputs.constants)
    var remaining = inputs.beforeSlopes[...]
    for (index, isGiven) in given.befores.enumerated() where isGiven {
      gradients[index] = gradients[index] + remaining.removeFirst()
    }

    // Once more, with what the scan saved in the place of its computation.
    let final = Inputs(Graph(), forward, given)
    let saved = forward.saved.map { results.outputs[$0] }
    gradients =
      inputs.body(putting: gradients).inlined(
        in: final.graph, slices: final.sequences, carries: final.carrySlopes,
        constants: final.constants + final.totalSlopes, known: Array(zip(saved, final.saved))
      ).outputs

    var collection = Collection(sequences: final.sequences, carries: final.carrySlopes)
    let newSlopes = Array(gradients.prefix(forward.carries.count))
    let rest = gradients.dropFirst(forward.carries.count)
    ofSlices = rest.prefix(forward.slices.count).map { collection.stack($0) }
    ofConstants = rest.dropFirst(forward.slices.count).map { collection.sum($0) }

    let whole = ScanBody(
      saving: final.graph, slices: final.sequences, carries: final.carrySlopes,
      constants: final.constants + final.totalSlopes, newCarries: newSlopes,
      outputs: collection.outputs, totals: collection.totals)
    (body, slices, constants) = whole.trimmed(
      outputs: Array(whole.outputs.indices), totals: Array(whole.totals.indices))
  }

  /// What the body is given.
  private struct Inputs {
    let graph: Graph
    let slices, befores, outputSlopes, beforeSlopes, saved: [Tensor]
    let carrySlopes: [Tensor]
    let constants, totalSlopes: [Tensor]

    init(_ graph: Graph, _ forward: ScanBody, _ given: Given) {
      func inputs(_ name: String, _ like: [Tensor]) -> [Tensor] {
        graph.inputs(name, like.map(\.shape))
      }
      self.graph = graph
      slices = inputs("slice", forward.slices)
      befores = inputs("before", forward.carries)
      outputSlopes = inputs("output slope", some(forward.outputs, given.outputs))
      beforeSlopes = inputs("before slope", some(forward.carries, given.befores))
      saved = inputs("saved", forward.saved.map { forward.outputs[$0] })
      carrySlopes = inputs("carry slope", forward.carries)
      constants = inputs("constant", forward.constants)
      totalSlopes = inputs("total slope", some(forward.totals, given.totals))
    }

    var sequences: [Tensor] { slices + befores + outputSlopes + beforeSlopes + saved }

    /// A body of the graph that only puts out some tensors.
    func body(putting outputs: [Tensor]) -> ScanBody {
      ScanBody(
        graph, slices: sequences, carries: carrySlopes, constants: constants + totalSlopes,
        newCarries: [], outputs: outputs)
    }
  }

  /// What a body has to put out so that all that is asked for can be made of it.
  private struct Collection {
    let sequences: [Tensor]
    private let carries: [Tensor]
    private(set) var outputs: [Tensor] = []
    private(set) var totals: [Tensor] = []

    init(sequences: [Tensor], carries: [Tensor]) {
      self.sequences = sequences
      self.carries = carries
    }

    /// A tensor of the body at all times: [T, ...].
    mutating func stack(_ tensor: Tensor) -> Recipe? {
      if tensor.constantValue == 0 { return nil }
      return stacked(tensor)
    }

    private mutating func stacked(_ tensor: Tensor) -> Recipe {
      if let known = sequences.firstIndex(where: { $0.index == tensor.index }) {
        return { $0.sequences[known] }
      }
      let index = Collection.position(of: tensor, in: &outputs)
      return { $0.outputs[index] }
    }

    /// The sum of a tensor of the body over all times.
    mutating func sum(_ tensor: Tensor) -> Recipe? {
      if tensor.constantValue == 0 { return nil }
      switch tensor.operation {
      case is Add:
        let (a, b) = (sum(tensor.operands[0]), sum(tensor.operands[1]))
        guard let a, let b else { return a ?? b }
        return { a($0) + b($0) }
      case let scale as MultiplyConstant:
        return sum(tensor.operands[0]).map { inner in { inner($0) * scale.immediate } }
      case is Reshape:
        let shape = tensor.shape
        return sum(tensor.operands[0]).map { inner in { inner($0).reshaped(to: shape) } }
      case let transpose as Transpose:
        return sum(tensor.operands[0]).map { inner in { inner($0).transposed(transpose.axes) } }
      case is Matmul, is Outer:
        if let product = product(tensor.operands[0], tensor.operands[1]) { return product }
      default: break
      }
      let index = Collection.position(of: tensor, in: &totals)
      return { $0.totals[index] }
    }

    /// Σ a b as one product: the a [..., M, K] of all times side by side, the b [..., K, N] one below
    /// the other; nil where one of them is the same at all times, so that stacking it would repeat it.
    private mutating func product(_ a: Tensor, _ b: Tensor) -> Recipe? {
      let upright = a.untransposed
      guard changes(upright ?? a), changes(b) else { return nil }
      let left = stacked(upright ?? a)
      let right = stacked(b)
      return { stacks in
        let a =
          upright == nil
          ? left(stacks).mergingTime(into: -1) : left(stacks).mergingTime(into: -2).transposed()
        return a.matmul(right(stacks).mergingTime(into: -2))
      }
    }

    /// Whether a tensor is, or is a view of, something that is not the same at all times.
    private func changes(_ tensor: Tensor) -> Bool {
      var tensor = tensor
      while case .view = tensor.operation.lowering { tensor = tensor.operands[0] }
      if case .leaf = tensor.operation.lowering {
        return (sequences + carries).contains { $0.index == tensor.index }
      }
      return true
    }

    private static func position(of tensor: Tensor, in list: inout [Tensor]) -> Int {
      if let known = list.firstIndex(where: { $0.index == tensor.index }) { return known }
      list.append(tensor)
      return list.count - 1
    }
  }
}

private func some(_ tensors: [Tensor], _ isGiven: [Bool]) -> [Tensor] {
  zip(tensors, isGiven).filter(\.1).map(\.0)
}

extension Tensor {
  /// [T, ..., K, ...] → [..., T K, ...]: the first axis merged into another one (counted from the end),
  /// whose elements of one time stay together.
  fileprivate func mergingTime(into axis: Int) -> Tensor {
    let target = shape.rank + axis
    var merged = Array(shape.dimensions.dropFirst())
    merged[target - 1] *= shape[0]
    let order = Array(1..<target) + [0] + Array(target..<shape.rank)
    let isMoved = shape.dimensions[1..<target].contains { $0 > 1 }
    return (isMoved ? transposed(order) : self).reshaped(to: Shape(merged))
  }
}
