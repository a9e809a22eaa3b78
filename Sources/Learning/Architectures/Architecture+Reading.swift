import Foundation
import Yams

/// Architectures as files: YAML, or JSON of the same keys.
extension Architecture {
  /// The largest that is read: beyond it nothing here trains or generates.
  public static let (mostNodes, mostParameters) = (64, 1_000_000)
  private static let mostBytes = 1 << 16

  /// Reads a file. Throws where it is no architecture: a sentence that says what is wrong with it.
  package init(path: String) throws(KnobError) {
    let data = try TextFile(path).bytes()
    guard data.count <= Self.mostBytes, let text = String(data: data, encoding: .utf8) else {
      throw KnobError(
        "'\(path)' is too long for an architecture, or not text in UTF-8", ofData: true)
    }
    try self.init(text: text, name: "'\(path)'")
  }

  /// - Parameter name: what sentences call the file.
  package init(text: String, name: String) throws(KnobError) {
    let keys = "kind, width, depth, nodes and output"
    func wrong(_ what: String) -> KnobError { KnobError("\(name) \(what)", ofData: true) }
    // Aliases let a small file stand for a huge one.
    guard !text.contains("&"), !text.contains("*") else {
      throw wrong("uses YAML anchors and aliases, which are not needed here")
    }
    let root: Yams.Node?
    do { root = try Yams.compose(yaml: text) } catch {
      throw wrong("is neither YAML nor JSON; an architecture has \(keys)")
    }
    guard let top = root?.mapping else {
      throw wrong("has no lines such as 'kind: cnn'; an architecture has \(keys)")
    }
    func words(_ node: Yams.Node?, _ what: String) throws(KnobError) -> [String] {
      guard let node else { return [] }
      if let one = node.scalar?.string { return one.isEmpty ? [] : [one] }
      let found = node.sequence.map { $0.map { $0.scalar?.string } }
      guard let found, !found.contains(nil) else {
        throw wrong("has \(what) that is no list of names, such as [input, a]")
      }
      return found.compactMap { $0 }
    }
    func only(_ allowed: [String], _ map: Yams.Node.Mapping, _ what: String) throws(KnobError) {
      for key in map.keys where !allowed.contains(key.scalar?.string ?? "") {
        throw wrong(
          "has '\(key.scalar?.string ?? "a list")' in \(what), which nobody reads; that has "
            + allowed.joined(separator: ", "))
      }
    }
    func number(_ key: String, standard: Int?) throws(KnobError) -> Int {
      guard let value = top[key] else {
        if let standard { return standard }
        throw wrong("says no \(key); a whole number from 1 is needed, such as '\(key): 6'")
      }
      guard let number = value.scalar.flatMap({ Int($0.string) }), number >= 1 else {
        throw wrong("has a \(key) that is no whole number from 1")
      }
      return number
    }
    try only(["kind", "width", "depth", "nodes", "output"], top, "the file")
    guard let kind = top["kind"]?.scalar.flatMap({ Kind(rawValue: $0.string) }) else {
      throw wrong(
        "says no kind; it is one of \(Kind.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    let (width, depth) = (
      try number("width", standard: nil), try number("depth", standard: 1)
    )

    let example = "'- {name: a, op: conv3, units: relu, from: [input]}'"
    if let list = top["nodes"], list.sequence == nil, list.scalar?.string.isEmpty != true {
      throw wrong("has nodes that are no list; one is \(example)")
    }
    var read: [(name: String, node: Node?, from: [String])] = []
    for item in top["nodes"]?.sequence.map({ Array($0) }) ?? [] {
      guard let map = item.mapping, let name = map["name"]?.scalar?.string, !name.isEmpty else {
        throw wrong("has a node without a name; one is \(example)")
      }
      try only(["name", "op", "units", "from"], map, "node '\(name)'")
      guard name != "input", name != "output", !read.contains(where: { $0.name == name }) else {
        throw wrong("has two nodes '\(name)'; 'input' and 'output' are taken too")
      }
      let word = map["op"]?.scalar?.string ?? ""
      let operation = Operation(rawValue: word)
      guard word == "none" || operation.map(kind.operations.contains) == true else {
        throw wrong(
          "has a node '\(name)' that does '\(word)'; in a \(kind.rawValue) it is one of "
            + (kind.operations.map(\.rawValue) + ["none"]).joined(separator: ", "))
      }
      let units = map["units"]?.scalar?.string ?? Units.relu.rawValue
      guard let units = Units(rawValue: units) else {
        throw wrong(
          "has a node '\(name)' of units '\(units)'; they are one of "
            + Units.allCases.map(\.rawValue).joined(separator: ", "))
      }
      read.append(
        (
          name, operation.map { Node($0, units, from: []) },
          try words(map["from"], "a 'from' of node '\(name)'")
        ))
    }
    guard depth <= Self.mostNodes, read.count * depth <= Self.mostNodes else {
      throw wrong(
        "has \(read.count) nodes" + (depth == 1 ? "" : " \(depth) times in a row")
          + "; at most \(Self.mostNodes) nodes are taken in all")
    }
    let outputs = try words(top["output"], "an output")
    for (name, from) in read.map({ ("node '\($0.name)'", $0.from) }) + [("the output", outputs)] {
      for source in from where source != "input" && !read.contains(where: { $0.name == source }) {
        throw wrong(
          "lets \(name) take '\(source)', which is no node; there is no 'name: \(source)'")
      }
    }

    // Nodes in an order in which they can be computed.
    var numbers: [String: Int] = ["input": 0]
    var nodes: [Node] = []
    var waiting = read
    while !waiting.isEmpty {
      // The first that can be, so that an order that is one stays as it is.
      guard
        let index = waiting.firstIndex(where: { $0.from.allSatisfy { numbers[$0] != nil } })
      else {
        throw wrong(
          "has a cycle: \(Self.cycle(waiting.map { ($0.name, $0.from) })); a node may take only what "
            + "does not come from it")
      }
      let item = waiting.remove(at: index)
      // A node that gives nothing is one to which nothing comes.
      nodes.append(
        Node(
          item.node?.operation ?? .skip, item.node?.units ?? .linear,
          from: item.node == nil ? [] : Array(Set(item.from.compactMap { numbers[$0] }))))
      numbers[item.name] = nodes.count
    }
    let graph = Architecture(
      kind, width: width, nodes: nodes,
      outputs: Array(Set(outputs.compactMap { numbers[$0] })))
    self = graph.repeated(depth).pruned
    try check(name)
  }

  /// `a → b → a`, of nodes that wait for each other.
  private static func cycle(_ waiting: [(name: String, from: [String])]) -> String {
    guard var name = waiting.first?.name else { return "" }
    var seen: [String] = []
    while !seen.contains(name) {
      seen.append(name)
      name =
        waiting.first { $0.name == name }?.from.first { from in
          waiting.contains { $0.name == from }
        } ?? name
    }
    let loop = seen[(seen.firstIndex(of: name) ?? 0)...]
    return ([name] + loop.reversed()).joined(separator: " → ")
  }

  /// Throws where no network can be made of it.
  package func check(_ name: String = "the architecture") throws(KnobError) {
    if pruned.outputs.isEmpty {
      throw KnobError(
        "\(name) has no path from the input to the output: what is classified is always the same",
        ofData: true)
    }
    // Of widths from a file a product may not be held.
    let most = 1 << 20
    let size = NetworkSize(
      Architecture(kind, width: min(width, most), nodes: nodes, outputs: outputs),
      in: ArchitectureFrame(kind, side: 8, classes: 10))
    guard width <= most, size.parameters <= Self.mostParameters else {
      throw KnobError(
        "\(name) has \(width > most ? "more than " : "")\(size.parameters) weights, and at most "
          + "\(Self.mostParameters) are taken; choose a smaller width or fewer nodes",
        ofData: true)
    }
  }

  /// The file that reads as this architecture.
  public var yaml: String {
    func names(_ numbers: [Int]) -> String {
      "[" + numbers.map { $0 == 0 ? "input" : "n\($0)" }.joined(separator: ", ") + "]"
    }
    let lines = nodes.enumerated().map { index, node in
      "  - {name: n\(index + 1), op: \(node.operation.rawValue), "
        + (node.operation.hasWeights ? "units: \(node.units.rawValue), " : "")
        + "from: \(names(node.inputs))}\n"
    }
    return "kind: \(kind.rawValue)\nwidth: \(width)\n" + (lines.isEmpty ? "" : "nodes:\n")
      + lines.joined() + "output: \(names(outputs))\n"
  }
}
