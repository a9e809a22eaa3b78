import Synchronization

/// What a scan does at one time: a graph of its own, with an input for everything it is given.
///
/// Nobody changes it once it is made, so that scans can share it; it equals itself alone.
final class ScanBody: @unchecked Sendable {
  let graph: Graph
  /// Its inputs: the slices of the sequences at this time, the carries as the last time left them, and
  /// what is the same at all times.
  let slices, carries, constants: [Tensor]
  /// Its results: the carries for the next time, what is kept of this time, and what is added up over
  /// all times.
  let newCarries, outputs, totals: [Tensor]
  /// Outputs that cost more to compute again than to keep, by position.
  let saved: [Int]
  private let reverses = Mutex<[ScanReverse.Given: ScanReverse]>([:])

  init(
    _ graph: Graph, slices: [Tensor], carries: [Tensor], constants: [Tensor],
    newCarries: [Tensor], outputs: [Tensor], totals: [Tensor] = []
  ) {
    self.graph = graph
    self.slices = slices
    self.carries = carries
    self.constants = constants
    self.newCarries = newCarries
    self.outputs = outputs
    self.totals = totals
    saved = outputs.indices.filter { outputs[$0].operation is Matmul }
  }

  /// A body that puts out its products of matrices, too, so that its derivative need not compute them
  /// again. A plan leaves out those that no derivative reads.
  convenience init(
    saving graph: Graph, slices: [Tensor], carries: [Tensor], constants: [Tensor],
    newCarries: [Tensor], outputs: [Tensor], totals: [Tensor] = []
  ) {
    let isNeeded = graph.leading(to: (newCarries + outputs + totals).map(\.index))
    var varies = [Bool](repeating: false, count: graph.nodes.count)
    for input in slices + carries { varies[input.index] = true }
    var saved: [Tensor] = []
    for (index, node) in graph.nodes.enumerated() where isNeeded[index] {
      varies[index] = varies[index] || node.operands.contains { varies[$0] }
      if varies[index], node.operation is Matmul, !outputs.contains(where: { $0.index == index }) {
        saved.append(graph.tensor(index))
      }
    }
    self.init(
      graph, slices: slices, carries: carries, constants: constants, newCarries: newCarries,
      outputs: outputs + saved, totals: totals)
  }

  /// The same work on tensors of another graph, as nodes of that graph.
  ///
  /// - Parameter known: tensors of the body, and what to use in their place.
  func inlined(
    in target: Graph, slices: [Tensor], carries: [Tensor], constants: [Tensor],
    known: [(Tensor, Tensor)] = []
  ) -> (carries: [Tensor], outputs: [Tensor], totals: [Tensor]) {
    var images = [Tensor?](repeating: nil, count: graph.nodes.count)
    let inputs = zip(self.slices + self.carries + self.constants, slices + carries + constants)
    for (own, value) in Array(inputs) + known { images[own.index] = value }
    func image(_ index: Int) -> Tensor {
      guard let image = images[index] else {
        preconditionFailure(
          "scan: \(graph.nodes[index].operation.name) is not computed in the body")
      }
      return image
    }
    let isNeeded = graph.leading(to: results.map(\.index))
    for (index, node) in graph.nodes.enumerated() where isNeeded[index] && images[index] == nil {
      images[index] = target.append(node.operation, node.operands.map(image))
    }
    func all(_ tensors: [Tensor]) -> [Tensor] { tensors.map { image($0.index) } }
    return (all(newCarries), all(outputs), all(totals))
  }

  /// The body with some of its results, and the positions of the slices and constants it still reads.
  func trimmed(
    outputs: [Int], totals: [Int]
  ) -> (body: ScanBody, slices: [Int], constants: [Int]) {
    let keptOutputs = outputs.map { self.outputs[$0] }
    let keptTotals = totals.map { self.totals[$0] }
    let roots = newCarries + keptOutputs + keptTotals
    let isNeeded = graph.leading(to: roots.map(\.index))
    let slices = slices.indices.filter { isNeeded[self.slices[$0].index] }
    let constants = constants.indices.filter { isNeeded[self.constants[$0].index] }
    let body = ScanBody(
      graph, slices: slices.map { self.slices[$0] }, carries: carries,
      constants: constants.map { self.constants[$0] }, newCarries: newCarries,
      outputs: keptOutputs, totals: keptTotals)
    return (body, slices, constants)
  }

  /// How its derivative is computed, made once for each set of cotangents that are given.
  func reverse(_ given: ScanReverse.Given) -> ScanReverse {
    if let known = reverses.withLock({ $0[given] }) { return known }
    let made = ScanReverse(of: self, given)
    reverses.withLock { $0[given] = made }
    return made
  }

  var results: [Tensor] { newCarries + outputs + totals }
}

extension ScanBody: Hashable {
  static func == (a: ScanBody, b: ScanBody) -> Bool { a === b }
  func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

extension Graph {
  /// Inputs for a body, numbered.
  func inputs(_ name: String, _ shapes: [Shape]) -> [Tensor] {
    shapes.enumerated().map { input("\(name) \($0)", $1) }
  }

  /// By node: whether it is one of these or they are computed from it.
  func leading(to roots: [Int]) -> [Bool] {
    var result = [Bool](repeating: false, count: nodes.count)
    for root in roots { result[root] = true }
    for index in nodes.indices.reversed() where result[index] {
      for operand in nodes[index].operands { result[operand] = true }
    }
    return result
  }
}
