/// An architecture in numbers, most of them 0 or 1, so that a network can read it and there is something
/// between two of them. For a maximum of M nodes:
///
///     width / widest · M × (operations · units · edges from 0 … its number − 1) · edges to the end
///
/// A node that is not there is all zeros.
public struct ArchitectureCode: Hashable, Sendable {
  public let kind: Architecture.Kind
  /// The most nodes it has room for.
  public let nodes: Int
  /// The width that is 1.
  public let width: Int
  /// The widest that there is room for.
  private let mostWidth: Int

  public init(_ space: SearchSpace, nodes: Int? = nil) {
    kind = space.kind
    width = space.width
    mostWidth = space.mostWidth
    self.nodes = nodes ?? space.nodes
  }

  var operations: [Architecture.Operation] { kind.operations }
  static let units = Architecture.Units.allCases

  /// Where a node's numbers are: operations, units, edges.
  func place(
    of node: Int
  ) -> (operations: Range<Int>, units: Range<Int>, edges: Range<Int>) {
    let own = operations.count + Self.units.count
    // Earlier nodes have 1 … node − 1 edges.
    let first = 1 + (node - 1) * own + (node - 1) * node / 2
    let units = first + operations.count
    return (first..<units, units..<first + own, first + own..<first + own + node)
  }

  /// Where the edges to the end are.
  var ends: Range<Int> {
    let first = 1 + nodes * (operations.count + Self.units.count) + nodes * (nodes + 1) / 2
    return first..<first + nodes + 1
  }

  public var count: Int { ends.upperBound }

  /// The code of an architecture that has at most as many nodes. Idle nodes are left out.
  public func code(of architecture: Architecture) -> [Float] {
    let graph = architecture.pruned
    var code = [Float](repeating: 0, count: count)
    code[0] = Float(graph.width) / Float(width)
    for (index, node) in graph.nodes.prefix(nodes).enumerated() {
      let place = place(of: index + 1)
      if let operation = operations.firstIndex(of: node.operation) {
        code[place.operations.lowerBound + operation] = 1
      }
      if node.operation.hasWeights, let units = Self.units.firstIndex(of: node.units) {
        code[place.units.lowerBound + units] = 1
      }
      for input in node.inputs { code[place.edges.lowerBound + input] = 1 }
    }
    for output in graph.outputs where output <= nodes { code[ends.lowerBound + output] = 1 }
    return code
  }

  /// A code with room for fewer nodes; nil where there is something in the room that goes.
  package func narrowed(_ code: [Float], to other: ArchitectureCode) -> [Float]? {
    guard code.count == count, other.nodes <= nodes, code[0] <= 1 else { return nil }
    let kept = other.ends.lowerBound
    let rest = ends.lowerBound + other.nodes + 1
    guard (code[kept..<ends.lowerBound] + code[rest...]).allSatisfy({ $0 == 0 }) else { return nil }
    return Array(code[..<kept] + code[ends.lowerBound..<rest])
  }

  /// The architecture whose code is nearest, number by number: of a node the operation that is most of it,
  /// edges that are more than half there, as wide as there is room for.
  public func architecture(_ code: [Float]) -> Architecture {
    guard code.count == count else {
      return Architecture(kind, width: 1, nodes: [], outputs: [0])
    }
    func most(_ range: Range<Int>) -> Int { range.max { code[$0] < code[$1] } ?? range.lowerBound }
    func present(_ range: Range<Int>) -> [Int] {
      range.filter { code[$0] > 0.5 }.map { $0 - range.lowerBound }
    }
    let all = (1..<nodes + 1).map { number -> Architecture.Node in
      let place = place(of: number)
      let operation = most(place.operations)
      let isThere = code[place.operations].reduce(0, +) > 0.5
      return Architecture.Node(
        operations[operation - place.operations.lowerBound],
        Self.units[most(place.units) - place.units.lowerBound],
        from: isThere ? present(place.edges) : [])
    }
    let wide = (code[0] * Float(width)).rounded()
    let graph = Architecture(
      kind, width: wide >= 1 ? Int(min(wide, Float(mostWidth))) : 1, nodes: all,
      outputs: present(ends))
    return graph.pruned
  }
}
