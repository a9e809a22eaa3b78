/// What outputs and updates need of a graph, rewrites expanded and products regrouped: a graph of
/// leaves, elementwise operations, views, joins and kernels.
struct Expansion {
  let graph = Graph(expandingRewrites: true)
  let outputs: [Tensor]
  /// For each output as the plan's maker knows it, where it is in `outputs`.
  let outputIndex: [Int: Int]
  /// Nodes that something depends on, by index in `graph`.
  let isWanted: [Bool]

  init(_ source: Graph, outputs wanted: [Tensor], updates: Bool) {
    let updates = updates ? source.updates : []
    let demand = Demand(source, roots: wanted.map(\.index) + updates)
    let isUpdate = Set(updates)
    let regrouping = Regrouping(
      source, needed: demand.isNeeded, outputs: wanted.map(\.index), updates: updates)
    var images = [Tensor?](repeating: nil, count: source.nodes.count)
    func image(_ index: Int) -> Tensor {
      guard let image = images[index] else {
        preconditionFailure("\(source.nodes[index].operation.name): used before it was appended")
      }
      return image
    }
    let isWorthCopying = source.rightSidesWorthCopying(needed: demand.isNeeded)
    /// What was copied, as views of it see it.
    var uncopied: [Int: Tensor] = [:]
    let graph = graph
    for (index, node) in source.nodes.enumerated()
    where demand.isNeeded[index] && !regrouping.isDissolved[index] {
      graph.phase(source.phases[node.phase]) {
        if node.operands.contains(where: { regrouping.isDissolved[$0] }) {
          let product = RegroupedProduct(source: source, regrouping: regrouping, image: image)
          images[index] = product(node.operands[0], node.operands[1])
          return
        }
        let wanted = demand.node(index)
        var operands = wanted.operands.map(image)
        if case .view = node.operation.lowering, let plain = uncopied[node.operands[0]] {
          operands[0] = plain
        }
        if isUpdate.contains(index) {
          if !node.isUpdateOfNothing(operands) {
            graph.appendUpdate(wanted.operation, operands, writing: [])
          }
        } else {
          let result = graph.append(wanted.operation, operands)
          images[index] = result
          if isWorthCopying.contains(index), result.operation is Transpose {
            uncopied[index] = result
            images[index] = graph.append(Copy(), [result])
          }
        }
      }
    }
    outputs = wanted.compactMap { images[$0.index] }
    outputIndex = Dictionary(
      wanted.enumerated().map { ($1.index, $0) }, uniquingKeysWith: { first, _ in first })
    isWanted = graph.leading(to: outputs.map(\.index) + graph.updates)
  }
}

extension Graph {
  /// What no kernel has to compute, because there are no elements to compute or to compute from.
  func withoutElements(_ operation: any Operation, _ operands: [Tensor], _ shape: Shape) -> Tensor?
  {
    if shape.isEmpty { return operation is any Leaf ? nil : append(Empty(shape: shape), []) }
    guard operands.contains(where: \.shape.isEmpty) else { return nil }
    if let join = operation as? Concatenate {
      return Tensor.concatenate(operands.filter { !$0.shape.isEmpty }, axis: join.axis)
    }
    return operation is any Summation ? constant(0, shape) : nil
  }

  /// Transposed matrices that are the right side of many products, such as weights in the gradient of
  /// an unrolled loop: copied once, they need not be turned round by each of them.
  fileprivate func rightSidesWorthCopying(needed: [Bool]) -> Set<Int> {
    var uses: [Int: Int] = [:]
    for (index, node) in nodes.enumerated() where needed[index] && node.operation is Matmul {
      let right = node.operands[1]
      if nodes[right].operation is Transpose, nodes[right].shape.rank == 2 {
        uses[right, default: 0] += 1
      }
    }
    return Set(uses.filter { $0.value >= 4 }.keys)
  }
}

extension Graph.Node {
  /// Whether all that an update writes has no elements.
  fileprivate func isUpdateOfNothing(_ operands: [Tensor]) -> Bool {
    guard let update = operation as? any UpdateOperation else { return false }
    return update.written.allSatisfy { operands[$0].shape.isEmpty }
  }
}
