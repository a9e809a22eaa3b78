/// Which matrices are never computed, because every use of them is a product that costs less without:
/// with A and B of a small inner length, (W − s A B) X = W X − s A (B X).
///
/// So it is with weights after a step of gradient descent, whose gradient is a product over few
/// examples, with a low-rank change of weights, and with what a second derivative multiplies by the
/// gradient of a gradient.
struct Regrouping {
  /// How a node depends on matrices, where it is linear in them.
  enum Form {
    case product(Int, Int)
    case sum(Int, Int)
    case difference(Int, Int)
    /// Every matrix times a number of its own, or all times one.
    case scaled(Int, by: Int)
    case multiple(Int, Float)
    case transposed(Int)
  }

  /// By node of the source: whether products take it apart. Its transposes are, too.
  private(set) var isDissolved: [Bool]

  private let source: Graph
  private var consumers: [Int]
  /// By node: for each product with it, the length of the other side that it does not share.
  private var uses: [[Int]]
  /// By node: whether something else than products needs its numbers.
  private var isRead: [Bool]

  init(_ source: Graph, needed: [Bool], outputs: [Int], updates: [Int]) {
    self.source = source
    let nodes = source.nodes
    isDissolved = Array(repeating: false, count: nodes.count)
    consumers = Array(repeating: 0, count: nodes.count)
    uses = Array(repeating: [], count: nodes.count)
    isRead = Array(repeating: false, count: nodes.count)
    for (index, node) in nodes.enumerated() where needed[index] {
      for operand in node.operands { consumers[operand] += 1 }
    }
    for index in outputs + updates { isRead[index] = true }
    // Consumers first.
    for index in nodes.indices.reversed() where needed[index] && !isDissolved[index] {
      if !isRead[index], !uses[index].isEmpty, dissolve(index) { continue }
      switch source.form(of: index) {
      case .product(let a, let b) where nodes[index].operation is Matmul:
        let rank = nodes[index].shape.rank
        uses[a].append(nodes[index].shape[rank - 1])
        uses[b].append(nodes[index].shape[rank - 2])
      case .transposed(let x) where !isRead[index]: uses[x] += uses[index]
      default: for operand in nodes[index].operands { isRead[operand] = true }
      }
    }
    for index in nodes.indices where needed[index] {
      if case .transposed(let x) = source.form(of: index), isDissolved[x] {
        isDissolved[index] = true
      }
    }
  }

  /// What a node is the sum of: products, and matrices that are there anyway.
  private struct Terms {
    var products: [(node: Int, left: Int, right: Int)] = []
    var matrices: [Int] = []
    /// Nodes nobody else needs; elementwise ones have one pass over a matrix each.
    var within: [Int] = []
    var passes = 0

    var count: Int { products.count + matrices.count }
  }

  private func gather(_ index: Int, into terms: inout Terms) {
    let isWithin = terms.within.isEmpty || (consumers[index] == 1 && !isRead[index])
    guard isWithin, let form = source.form(of: index) else {
      terms.matrices.append(index)
      return
    }
    terms.within.append(index)
    switch form {
    case .product(let a, let b): terms.products.append((index, a, b))
    case .sum(let a, let b), .difference(let a, let b):
      terms.passes += 1
      gather(a, into: &terms)
      gather(b, into: &terms)
    case .scaled(let x, _), .multiple(let x, _):
      terms.passes += 1
      gather(x, into: &terms)
    case .transposed(let x): gather(x, into: &terms)
    }
  }

  /// Takes a node apart if its uses cost less then.
  private mutating func dissolve(_ index: Int) -> Bool {
    if case .transposed = source.form(of: index) { return false }
    var terms = Terms()
    gather(index, into: &terms)
    guard !terms.products.isEmpty else { return false }
    let shape = source.nodes[index].shape
    let (rows, columns) = (shape[shape.rank - 2], shape[shape.rank - 1])
    var whole = Cost.pass(rows, columns) * Double(terms.passes)
    var apart = 0.0
    for use in uses[index] {
      whole += Cost.product(rows, columns, use)
      apart += Cost.product(rows, columns, use) * Double(terms.matrices.count)
      apart += Cost.pass(use, max(rows, columns)) * Double(terms.count - 1)
    }
    for (_, left, _) in terms.products {
      let inner = source.nodes[left].shape[shape.rank - 1]
      whole += Cost.product(rows, inner, columns)
      for use in uses[index] {
        apart += Cost.product(rows, inner, use) + Cost.product(columns, inner, use)
      }
    }
    guard apart < whole else { return false }
    for node in terms.within { isDissolved[node] = true }
    for (_, left, right) in terms.products {
      uses[left] += uses[index]
      uses[right] += uses[index]
    }
    for matrix in terms.matrices { uses[matrix] += uses[index] }
    return true
  }
}

/// Nanoseconds for one matrix, about.
private enum Cost {
  static func product(_ a: Int, _ b: Int, _ c: Int) -> Double {
    2 * Double(a) * Double(b) * Double(c) / 80 + 20
  }

  static func pass(_ rows: Int, _ columns: Int) -> Double { Double(rows * columns) * 0.15 }
}

extension Graph {
  fileprivate func form(of index: Int) -> Regrouping.Form? {
    let node = nodes[index]
    switch node.operation {
    case is Matmul, is Outer: return .product(node.operands[0], node.operands[1])
    case _ where node.shape.rank < 2: return nil
    case is Add: return .sum(node.operands[0], node.operands[1])
    case is Subtract: return .difference(node.operands[0], node.operands[1])
    case is Negate: return .multiple(node.operands[0], -1)
    case let multiply as MultiplyConstant: return .multiple(node.operands[0], multiply.immediate)
    case is Multiply:
      for (x, s) in [(0, 1), (1, 0)] {
        if let number = number(node.operands[s]) { return .scaled(node.operands[x], by: number) }
      }
      return nil
    case is Transpose: return tensor(index).untransposed.map { .transposed($0.index) }
    default: return nil
    }
  }

  /// What a broadcast repeats over whole matrices.
  private func number(_ index: Int) -> Int? {
    guard nodes[index].operation is Broadcast else { return nil }
    let source = nodes[index].operands[0]
    return nodes[source].shape.dimensions.suffix(2).allSatisfy { $0 == 1 } ? source : nil
  }
}

/// A product with nodes that a regrouping takes apart, in the graph of a plan.
struct RegroupedProduct {
  let source: Graph
  let regrouping: Regrouping
  /// The tensor of a node that is computed.
  let image: (Int) -> Tensor

  private enum Side {
    case whole(Tensor)
    /// A node of the source, seen transposed or not.
    case node(Int, isTransposed: Bool)
  }

  /// A number that matrices are multiplied by.
  private enum Scale {
    case node(Int)
    case constant(Float)
  }

  func callAsFunction(_ a: Int, _ b: Int) -> Tensor {
    product(.node(a, isTransposed: false), .node(b, isTransposed: false), [])
  }

  /// - Parameter scales: applied to the first product on the way, which is a small one.
  private func product(_ a: Side, _ b: Side, _ scales: [Scale]) -> Tensor {
    if case .node(let node, let isTransposed) = b, regrouping.isDissolved[node] {
      return apart(node, isTransposed, scales) {
        product(a, $0, $1)
      } factors: {
        product(.whole(product(a, $0, scales)), $1, [])
      }
    }
    if case .node(let node, let isTransposed) = a, regrouping.isDissolved[node] {
      return apart(node, isTransposed, scales) {
        product($0, b, $1)
      } factors: {
        product($0, .whole(product($1, b, scales)), [])
      }
    }
    return scales.reduce(tensor(a).matmul(tensor(b))) { product, scale in
      switch scale {
      case .node(let number): product * image(number)
      case .constant(let number): product * number
      }
    }
  }

  /// - Parameters:
  ///   - part: the product with a part of the node, scaled.
  ///   - factors: the product with two factors of the node.
  private func apart(
    _ node: Int, _ isTransposed: Bool, _ scales: [Scale], part: (Side, [Scale]) -> Tensor,
    factors: (Side, Side) -> Tensor
  ) -> Tensor {
    func side(_ node: Int) -> Side { .node(node, isTransposed: isTransposed) }
    switch source.form(of: node) {
    case .product(let p, let q):
      return isTransposed ? factors(side(q), side(p)) : factors(side(p), side(q))
    case .sum(let x, let y): return part(side(x), scales) + part(side(y), scales)
    case .difference(let x, let y): return part(side(x), scales) - part(side(y), scales)
    case .scaled(let x, let number): return part(side(x), scales + [.node(number)])
    case .multiple(let x, let number): return part(side(x), scales + [.constant(number)])
    case .transposed(let x): return part(.node(x, isTransposed: !isTransposed), scales)
    case nil: preconditionFailure("\(source.nodes[node].operation.name): cannot be taken apart")
    }
  }

  private func tensor(_ side: Side) -> Tensor {
    switch side {
    case .whole(let tensor): tensor
    case .node(let node, let isTransposed): isTransposed ? image(node).transposed() : image(node)
    }
  }
}
