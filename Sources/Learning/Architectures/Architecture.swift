/// A small network as a directed graph without cycles: what goes in, nodes that each do one thing to
/// the mean of what they are given, and a linear classifier of the mean of what comes out.
///
/// Node i is number i + 1 of the graph, and number 0 is what goes in. A node takes only what has a
/// smaller number than its own, so the nodes stand in an order in which they can be computed.
public struct Architecture: Hashable, Sendable {
  /// What networks are made of.
  public enum Kind: String, CaseIterable, Sendable {
    /// Convolutions on a small grid, then the mean over the grid.
    case cnn
    /// Layers of units.
    case mlp

    /// What a node may do.
    public var operations: [Operation] {
      switch self {
      case .cnn: [.conv1, .conv3, .conv5, .pool, .skip]
      case .mlp: [.dense, .skip]
      }
    }
  }

  /// What a node does.
  public enum Operation: String, CaseIterable, Sendable {
    case conv1, conv3, conv5
    /// The mean of 3 × 3 places, as if there were zeros outside.
    case pool
    /// What it was given.
    case skip
    case dense

    /// The side of its kernel.
    public var side: Int {
      switch self {
      case .conv1, .dense, .skip: 1
      case .conv3, .pool: 3
      case .conv5: 5
      }
    }

    /// Whether it has weights of its own, and with them a normalisation and an activation.
    public var hasWeights: Bool { self != .pool && self != .skip }
  }

  /// What follows an operation that has weights.
  public enum Units: String, CaseIterable, Sendable { case relu, tanh, linear }

  public struct Node: Hashable, Sendable {
    public var operation: Operation
    public var units: Units
    /// Numbers of the graph, in ascending order.
    public var inputs: [Int]

    public init(_ operation: Operation, _ units: Units = .relu, from inputs: [Int]) {
      self.operation = operation
      self.units = operation.hasWeights ? units : .linear
      self.inputs = inputs.sorted()
    }
  }

  public var kind: Kind
  /// Channels, or units of a layer.
  public var width: Int
  public var nodes: [Node]
  /// Numbers of the graph whose mean is classified, in ascending order.
  public var outputs: [Int]

  public init(_ kind: Kind, width: Int, nodes: [Node], outputs: [Int]) {
    self.kind = kind
    self.width = width
    self.nodes = nodes
    self.outputs = outputs.sorted()
  }

  /// Numbers of the graph, that of what goes in among them, from which something goes into a node or out.
  /// Of each that matters to the outputs: those it takes from, where they matter too.
  private var isLive: [Bool] {
    var reached = [true]
    for node in nodes { reached.append(node.inputs.contains { reached[$0] }) }
    var wanted = [Bool](repeating: false, count: nodes.count + 1)
    for output in outputs { wanted[output] = true }
    for index in nodes.indices.reversed() where wanted[index + 1] {
      for input in nodes[index].inputs { wanted[input] = true }
    }
    return zip(reached, wanted).map { $0 && $1 }
  }

  /// Numbers of nodes that change nothing: nothing comes to them, or nothing of theirs comes out.
  public var idleNodes: [Int] {
    let live = isLive
    return nodes.indices.map { $0 + 1 }.filter { !live[$0] }
  }

  /// The same network without nodes that change nothing.
  public var pruned: Architecture {
    let live = isLive
    guard live.contains(false) else { return self }
    var number: [Int: Int] = [0: 0]
    var kept: [Node] = []
    for (index, node) in nodes.enumerated() where live[index + 1] {
      kept.append(
        Node(
          node.operation, node.units, from: node.inputs.filter { live[$0] }.map { number[$0] ?? 0 })
      )
      number[index + 1] = kept.count
    }
    return Architecture(
      kind, width: width, nodes: kept, outputs: outputs.filter { live[$0] }.map { number[$0] ?? 0 })
  }

  /// Operations with weights on the longest way from what goes in to what comes out.
  public var depth: Int {
    var lengths = [0]
    for node in nodes {
      lengths.append(
        (node.inputs.map { lengths[$0] }.max() ?? 0) + (node.operation.hasWeights ? 1 : 0))
    }
    return outputs.map { lengths[$0] }.max() ?? 0
  }

  /// The same graph several times in a row, each with weights of its own.
  public func repeated(_ count: Int) -> Architecture {
    var (all, ends) = (nodes, outputs)
    for _ in 1..<max(count, 1) {
      let first = all.count
      func shifted(_ numbers: [Int]) -> [Int] {
        Array(Set(numbers.flatMap { $0 == 0 ? ends : [$0 + first] })).sorted()
      }
      all += nodes.map { Node($0.operation, $0.units, from: shifted($0.inputs)) }
      ends = shifted(outputs)
    }
    return Architecture(kind, width: width, nodes: all, outputs: ends)
  }
}

extension Architecture {
  /// The same graph with its nodes in an order that follows from the graph alone: architectures that
  /// differ only in how their nodes are numbered have the same. Idle nodes are left out.
  public var canonical: Architecture {
    let graph = pruned
    // Of a node, what it is and comes from; then what it leads to, by which nodes of one origin are told
    // apart. Numbers of nodes have no part in either.
    var origins = [Digest("input")]
    for node in graph.nodes {
      origins.append(
        Digest(node.operation.rawValue, node.units.rawValue, of: node.inputs.map { origins[$0] }))
    }
    var ends = [Digest](repeating: Digest("idle"), count: graph.nodes.count + 1)
    for number in graph.nodes.indices.reversed().map({ $0 + 1 }) {
      let leads = graph.nodes.indices.filter { graph.nodes[$0].inputs.contains(number) }
        .map { Digest("to", of: [origins[$0 + 1], ends[$0 + 1]]) }
      ends[number] = Digest(graph.outputs.contains(number) ? "output" : "inner", of: leads)
    }
    // A node's way from the input is longer than those of all that it takes.
    var ways = [0]
    for node in graph.nodes { ways.append((node.inputs.map { ways[$0] }.max() ?? 0) + 1) }
    let order = graph.nodes.indices.map { $0 + 1 }.sorted {
      (ways[$0], origins[$0], ends[$0], $0) < (ways[$1], origins[$1], ends[$1], $1)
    }
    var number: [Int: Int] = [0: 0]
    for (place, old) in order.enumerated() { number[old] = place + 1 }
    func renamed(_ numbers: [Int]) -> [Int] { numbers.map { number[$0] ?? 0 } }
    return Architecture(
      graph.kind, width: graph.width,
      nodes: order.map {
        let node = graph.nodes[$0 - 1]
        return Node(node.operation, node.units, from: renamed(node.inputs))
      }, outputs: renamed(graph.outputs))
  }

  /// A number that stands for words and for other digests in any order (FNV-1a).
  private struct Digest: Comparable {
    private var value: UInt64 = 0xcbf2_9ce4_8422_2325

    init(_ words: String..., of parts: [Digest] = []) {
      for word in words { for byte in word.utf8 { add(byte) } }
      for part in parts.sorted() {
        for shift in stride(from: UInt64(0), to: 64, by: 8) {
          add(UInt8(truncatingIfNeeded: part.value >> shift))
        }
      }
    }

    private mutating func add(_ byte: UInt8) {
      value = (value ^ UInt64(byte)) &* 0x100_0000_01b3
    }

    static func < (a: Digest, b: Digest) -> Bool { a.value < b.value }
  }

  /// The architecture on one line, by which it is found in tables: `cnn 6: conv3/relu<0 skip<0,1 > 2`.
  public var line: String {
    let words = nodes.map { node in
      node.operation.rawValue + (node.operation.hasWeights ? "/\(node.units.rawValue)" : "") + "<"
        + node.inputs.map(String.init).joined(separator: ",")
    }
    return
      (["\(kind.rawValue) \(width):"] + words + [">"]
      + [outputs.map(String.init).joined(separator: ",")]).joined(separator: " ")
  }

  /// Reads what `line` writes; nil where it is something else.
  public init?(line: String) {
    var words = line.split(separator: " ").map(String.init)[...]
    guard let kind = words.popFirst().flatMap(Kind.init(rawValue:)),
      let width = words.popFirst().flatMap({ $0.hasSuffix(":") ? Int($0.dropLast()) : nil }),
      let last = words.popLast(), words.popLast() == ">"
    else { return nil }
    func numbers(_ text: some StringProtocol) -> [Int]? {
      let parts = text.split(separator: ",", omittingEmptySubsequences: false)
      let numbers = parts.compactMap { Int($0) }
      return numbers.count == parts.count ? numbers : nil
    }
    var nodes: [Node] = []
    for word in words {
      let halves = word.split(separator: "<")
      guard halves.count == 2 else { return nil }
      let names = halves[0].split(separator: "/")
      guard !names.isEmpty, let operation = Operation(rawValue: String(names[0])),
        let inputs = numbers(halves[1]), names.count == (operation.hasWeights ? 2 : 1),
        inputs.allSatisfy({ (0...nodes.count).contains($0) })
      else { return nil }
      let units = names.count == 2 ? Units(rawValue: String(names[1])) : .linear
      guard let units else { return nil }
      nodes.append(Node(operation, units, from: inputs))
    }
    guard let outputs = numbers(last), outputs.allSatisfy({ (0...nodes.count).contains($0) }) else {
      return nil
    }
    self.init(kind, width: width, nodes: nodes, outputs: outputs)
  }
}
