/// Which architectures there are to choose from, and how one is drawn.
public struct SearchSpace: Hashable, Sendable {
  public let kind: Architecture.Kind

  public init(_ kind: Architecture.Kind) { self.kind = kind }

  /// Grows when the same seed would draw another architecture, or an architecture would be another
  /// network: tables of another version are refused.
  public static let version = 1

  /// How a table names the space.
  public var name: String { "\(kind.rawValue)-\(Self.version)" }

  /// Architectures of one set; no two sets share one.
  public enum Split: String, CaseIterable, Sendable {
    /// Trained with.
    case training
    /// Never trained with, drawn as those are.
    case test
    /// Wider than any that is trained with.
    case wider
    /// With more nodes than any that is trained with.
    case deeper
  }

  /// Widths of the sets; of `wider`, those beyond.
  public func widths(_ split: Split) -> [Int] {
    switch (kind, split) {
    case (.cnn, .wider): [12, 16]
    case (.cnn, _): [2, 3, 4, 6, 8]
    case (.mlp, .wider): [24, 32]
    case (.mlp, _): [3, 4, 6, 8, 12, 16]
    }
  }

  /// How many nodes.
  public func nodeCounts(_ split: Split) -> ClosedRange<Int> { split == .deeper ? 7...9 : 1...6 }

  /// The largest of what is trained with, and of any set.
  public var width: Int { widths(.training).max() ?? 1 }
  public var mostWidth: Int { widths(.wider).max() ?? 1 }
  public var nodes: Int { nodeCounts(.training).upperBound }
  public var mostNodes: Int { nodeCounts(.deeper).upperBound }

  /// Why an architecture has no weights here, said of the file it is from; nil where it has.
  package func refusal(of architecture: Architecture) -> String? {
    guard architecture.kind == kind else {
      return "is a \(architecture.kind.rawValue), and the generator writes those of kind "
        + "\(kind.rawValue); train one with --set space=\(architecture.kind.rawValue)"
    }
    let nodes = architecture.pruned.nodes.count
    guard nodes > mostNodes || architecture.width > mostWidth else { return nil }
    return "has \(nodes) nodes and width \(architecture.width); the generator writes weights for "
      + "at most \(mostNodes) nodes of width \(mostWidth)"
  }

  /// Numbers one architecture may take of its key.
  private static let stride = 256

  /// The architecture of a number and split: the same for every seed of a run. Every node comes out, by
  /// itself or through others; one in four is a small graph that is there twice in a row.
  public func architecture(_ number: Int, _ split: Split) -> Architecture {
    let key = RandomKey(seed: split.seed, stream: .architecture, step: number)
    var index = kind == .cnn ? 0 : Self.stride
    func draw(_ bound: Int) -> Int {
      index += 1
      return key.integer(below: bound, index: index)
    }
    let widths = widths(split)
    let width = widths[draw(widths.count)]
    let counts = nodeCounts(split)
    let count = counts.lowerBound + draw(counts.count)
    let isRepeated = count.isMultiple(of: 2) && draw(4) == 0
    let nodes = (0..<(isRepeated ? count / 2 : count)).map { place in
      let operation = kind.operations[draw(kind.operations.count)]
      let units = Architecture.Units.allCases[draw(Architecture.Units.allCases.count)]
      // Mostly the one before; one or two others beside it.
      var inputs = Set([draw(3) > 0 ? place : draw(place + 1)])
      for _ in 0..<2 where draw(3) == 0 { inputs.insert(draw(place + 1)) }
      return Architecture.Node(operation, units, from: Array(inputs))
    }
    let taken = Set(nodes.flatMap(\.inputs))
    let graph = Architecture(
      kind, width: width, nodes: nodes,
      outputs: (1...nodes.count).filter { !taken.contains($0) })
    return graph.repeated(isRepeated ? 2 : 1)
  }

  /// So many different architectures of a split, from its first number on.
  /// - Parameter known: canonical forms that are left out.
  public func architectures(
    _ split: Split, count: Int, apartFrom known: Set<Architecture> = []
  ) -> [Architecture] {
    var seen = known
    var result: [Architecture] = []
    // A small space has fewer than one may ask for.
    for number in 0..<count * 20 where result.count < count {
      let architecture = architecture(number, split)
      if seen.insert(architecture.canonical).inserted { result.append(architecture) }
    }
    return result
  }

  /// An architecture with one thing changed, that is of the space: an operation, activation, edge, width,
  /// or a node more or less.
  package func changed(_ architecture: Architecture, key: RandomKey) -> Architecture {
    var index = 0
    func draw(_ bound: Int) -> Int {
      index += 1
      return key.integer(below: bound, index: index)
    }
    for _ in 0..<32 {
      var graph = architecture
      let place = draw(max(graph.nodes.count, 1))
      switch draw(6) {
      case 0 where !graph.nodes.isEmpty:
        let operation = kind.operations[draw(kind.operations.count)]
        graph.nodes[place] = .init(
          operation, Architecture.Units.allCases[draw(3)], from: graph.nodes[place].inputs)
      case 1 where !graph.nodes.isEmpty:
        let old = graph.nodes[place]
        graph.nodes[place] = .init(
          old.operation, Architecture.Units.allCases[draw(3)], from: old.inputs)
      case 2, 3:
        let from = draw(graph.nodes.count + 1)
        graph.toggleEdge(from: from, to: from + 1 + draw(graph.nodes.count + 1 - from))
      case 4:
        let widths = widths(.training)
        graph.width = widths[draw(widths.count)]
      default:
        if draw(2) == 0, graph.nodes.count < nodes {
          graph.insertNode(
            .init(
              kind.operations[draw(kind.operations.count)], Architecture.Units.allCases[draw(3)],
              from: []), after: draw(graph.nodes.count + 1))
        } else if graph.nodes.count > 1 {
          graph.removeNode(place + 1)
        }
      }
      let pruned = graph.pruned
      if pruned != architecture, !pruned.nodes.isEmpty, !pruned.outputs.isEmpty { return pruned }
    }
    return architecture
  }
}

extension SearchSpace.Split {
  fileprivate var seed: UInt64 {
    switch self {
    case .training: 0
    case .test: 1
    case .wider: 2
    case .deeper: 3
    }
  }
}
