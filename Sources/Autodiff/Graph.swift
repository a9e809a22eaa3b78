/// A symbolic computation. Nodes are only ever appended, so their order is a topological order, and
/// equal expressions are one node. A graph computes nothing: a ``Plan`` does.
public final class Graph {
  struct Node {
    let operation: any Operation
    let operands: [Int]
    let shape: Shape
    let phase: Int
  }

  private struct Key: Hashable {
    let operation: AnyHashable
    let operands: [Int]
  }

  private(set) var nodes: [Node] = []
  private(set) var inputs: [Int] = []
  private(set) var variables: [Int] = []
  private(set) var updates: [Int] = []
  private(set) var phases: [String] = [""]
  private var index: [Key: Int] = [:]
  private var leaves: [String: Int] = [:]
  /// By node: the concatenations it is a part of.
  private var joins: [Int: [Int]] = [:]
  private(set) var currentPhase = 0
  /// Whether operations that stand for others are replaced by them as they are appended.
  private let expandsRewrites: Bool

  public init() { expandsRewrites = false }

  init(expandingRewrites: Bool) { expandsRewrites = expandingRewrites }

  /// A tensor the host writes before a run (data, a learning rate, a noise level).
  /// The same name again is the same tensor.
  public func input(_ name: String, _ shape: Shape = []) -> Tensor {
    leaf(Input(label: name, shape: shape), named: name, into: \.inputs)
  }

  /// A tensor whose storage outlives a run: a parameter or an optimiser's state.
  /// The same name again is the same tensor.
  public func variable(_ name: String, _ shape: Shape) -> Tensor {
    leaf(Variable(label: name, shape: shape), named: name, into: \.variables)
  }

  /// A tensor full of one number.
  public func constant(_ value: Float, _ shape: Shape = []) -> Tensor {
    append(Constant(value: value), []).broadcast(to: shape)
  }

  /// Adds an update of variables. Updates happen after everything else of a run, in the order they
  /// were added. Their operands are computed before the first of them, except that an operand which
  /// is itself a variable is read when its update happens.
  public func update(_ update: some Update) { update.place(in: self) }

  /// Labels the nodes built inside `body` (embed, generate, forward, loss, gradient, update), so
  /// that a plan can be run phase by phase. A node that already exists keeps its label.
  public func phase<R>(_ name: String, _ body: () -> R) -> R {
    let outer = currentPhase
    currentPhase = phases.firstIndex(of: name) ?? phases.count
    if currentPhase == phases.count { phases.append(name) }
    defer { currentPhase = outer }
    return body()
  }

  /// How many nodes there are: leaves, views and updates included.
  package var nodeCount: Int { nodes.count }

  func tensor(_ index: Int) -> Tensor { Tensor(graph: self, index: index) }

  /// The node of an operation on tensors of this graph: an equal one if there is one, else a new one.
  func append(_ operation: any Operation, _ operands: [Tensor]) -> Tensor {
    for operand in operands {
      require(
        operand.graph === self,
        "\(operation.name): \(operand.words) is of another graph than the result; what a scan's body "
          + "needs from outside is passed to the scan as a constant")
    }
    var shape: Shape?
    if expandsRewrites {
      let result = self.shape(of: operation, operands)
      if let nothing = withoutElements(operation, operands, result) { return nothing }
      if case .rewrite(let expansion) = operation.lowering { return expansion(operands) }
      if let shorter = shortened(operation, operands) { return shorter }
      if let sum = inBlocks(operation, operands) { return sum }
      shape = result
    }
    let key = Key(operation: AnyHashable(operation), operands: operands.map(\.index))
    if let known = index[key] { return tensor(known) }
    let result = appendNew(operation, operands, shape ?? self.shape(of: operation, operands))
    index[key] = result.index
    return result
  }

  /// Parts side by side: a slice of a longer run of parts that has them next to each other, if there
  /// is one.
  func join(_ parts: [Tensor], _ operation: Concatenate) -> Tensor {
    let wanted = parts.map(\.index)
    // Of the parts, one that few others have too: zeros are beside everything.
    let rarest = wanted.map { joins[$0] ?? [] }.min { $0.count < $1.count } ?? []
    for known in rarest {
      let node = nodes[known]
      guard node.operation as? Concatenate == operation,
        let first = node.operands.firstIndex(of: wanted[0]),
        node.operands[first...].starts(with: wanted)
      else { continue }
      func length(_ operands: some Sequence<Int>) -> Int {
        operands.reduce(0) { $0 + nodes[$1].shape[operation.axis] }
      }
      return tensor(known).slice(
        axis: operation.axis, from: length(node.operands[..<first]), count: length(wanted))
    }
    let result = append(operation, parts)
    for part in Set(wanted) { joins[part, default: []].append(result.index) }
    return result
  }

  /// A view of a view as one view, or as what it is a view of.
  private func shortened(_ operation: any Operation, _ operands: [Tensor]) -> Tensor? {
    guard case .view = operation.lowering, let earlier = operands.first,
      case .view = earlier.operation.lowering
    else { return nil }
    let source = earlier.operands[0]
    guard let whole = operation.following(earlier.operation, of: source.shape) else { return nil }
    let isIdentity =
      (whole as? Reshape)?.target == source.shape
      || (whole as? Transpose).map { $0.axes == Array(0..<source.shape.rank) } == true
    return isIdentity ? source : append(whole, [source])
  }

  /// Appends a node that equals no other, because it changes variables.
  func appendUpdate(_ operation: any Operation, _ operands: [Tensor], writing variables: [Tensor]) {
    for variable in variables {
      require(
        variable.operation is Variable,
        "\(operation.name): \(variable.words) is no variable, so it cannot be updated")
    }
    phase("update") {
      updates.append(appendNew(operation, operands, shape(of: operation, operands)).index)
    }
  }

  /// Whether an update equal to this one is already there.
  func hasUpdate(_ operation: any Operation, _ operands: [Tensor]) -> Bool {
    let wanted = Key(operation: AnyHashable(operation), operands: operands.map(\.index))
    return updates.contains {
      wanted == Key(operation: AnyHashable(nodes[$0].operation), operands: nodes[$0].operands)
    }
  }

  /// Multiply-adds of the matrix products that some tensors are computed with, as they are written down:
  /// a plan may compute some of them in another way.
  package func multiplyAdds(of outputs: [Tensor]) -> Double {
    var needed = Set(outputs.map(\.index))
    var sum = 0.0
    for index in nodes.indices.reversed() where needed.contains(index) {
      let node = nodes[index]
      needed.formUnion(node.operands)
      guard node.operation is Matmul || node.operation is Outer,
        let inner = nodes[node.operands[0]].shape.dimensions.last
      else { continue }
      sum += Double(node.shape.count) * Double(inner)
    }
    return sum
  }

  private func appendNew(
    _ operation: any Operation, _ operands: [Tensor], _ shape: Shape
  ) -> Tensor {
    nodes.append(
      Node(
        operation: operation, operands: operands.map(\.index), shape: shape, phase: currentPhase))
    return tensor(nodes.count - 1)
  }

  private func shape(of operation: any Operation, _ operands: [Tensor]) -> Shape {
    do throws(Misfit) {
      return try operation.shape(of: operands.map(\.shape))
    } catch {
      refuse("\(operation.name): \(error.sentence(operands.map(\.words)))")
    }
  }

  private func leaf(
    _ operation: some Leaf, named name: String, into list: ReferenceWritableKeyPath<Graph, [Int]>
  ) -> Tensor {
    if let known = leaves[name] {
      require(
        AnyHashable(nodes[known].operation) == AnyHashable(operation),
        "\(operation.name) \(operation.shape): the name stands for \(nodes[known].operation.name) "
          + "\(nodes[known].shape) already; choose another")
      return tensor(known)
    }
    let result = append(operation, [])
    leaves[name] = result.index
    self[keyPath: list].append(result.index)
    return result
  }
}
