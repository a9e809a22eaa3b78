/// Small changes, as a person or a search makes them. Each leaves a graph that can be computed; whether
/// anything comes out of it is another question.
extension Architecture {
  /// The number of what comes out: one more than that of the last node.
  public var end: Int { nodes.count + 1 }

  /// What a node, or what comes out, takes.
  public func inputs(of number: Int) -> [Int] {
    number == end ? outputs : number == 0 ? [] : nodes[number - 1].inputs
  }

  /// Puts an edge where there is none, or takes it away. `to` may be the end.
  public mutating func toggleEdge(from: Int, to: Int) {
    guard from >= 0, from < to, to <= end else { return }
    var inputs = Set(inputs(of: to))
    if inputs.remove(from) == nil { inputs.insert(from) }
    if to == end {
      outputs = inputs.sorted()
    } else {
      nodes[to - 1].inputs = inputs.sorted()
    }
  }

  /// A new node on the way out of a number: it takes what that gives, and what took that takes the node.
  public mutating func insertNode(_ node: Node, after number: Int) {
    guard (0...nodes.count).contains(number) else { return }
    func moved(_ inputs: [Int]) -> [Int] {
      Array(Set(inputs.map { $0 >= number ? $0 + 1 : $0 })).sorted()
    }
    for index in nodes.indices { nodes[index].inputs = moved(nodes[index].inputs) }
    outputs = moved(outputs)
    nodes.insert(.init(node.operation, node.units, from: [number]), at: number)
  }

  /// Without a node: what took it takes what it took.
  public mutating func removeNode(_ number: Int) {
    guard (1...max(nodes.count, 1)).contains(number), !nodes.isEmpty else { return }
    let own = nodes.remove(at: number - 1).inputs
    func moved(_ inputs: [Int]) -> [Int] {
      Array(Set(inputs.flatMap { $0 == number ? own : [$0 > number ? $0 - 1 : $0] })).sorted()
    }
    for index in nodes.indices { nodes[index].inputs = moved(nodes[index].inputs) }
    outputs = moved(outputs)
  }

  /// A node with another operation; its activation stays where it has one.
  public mutating func retype(_ number: Int, to operation: Operation) {
    guard (1...max(nodes.count, 1)).contains(number), !nodes.isEmpty else { return }
    let old = nodes[number - 1]
    nodes[number - 1] = .init(
      operation, old.operation.hasWeights ? old.units : .relu, from: old.inputs)
  }
}
