import Autodiff
import Foundation
import Learning
import Testing

/// Architectures as graphs, files and codes; and whether the masked network, in which an architecture is a
/// few numbers, is the network that it says.
struct ArchitectureTests {
  private static func small(
    _ kind: Architecture.Kind, _ generator: String
  ) throws -> ArchitectureModel {
    let experiment = Architectures()
    var knobs = KnobValues(experiment.knobs)
    for (name, value) in [
      ("space", kind.rawValue), ("generator", generator), ("state", "6"), ("hidden", "7"),
    ] {
      try knobs.set(name, to: value)
    }
    return try #require(try experiment.model(knobs) as? ArchitectureModel)
  }

  private func drawn(_ kind: Architecture.Kind, _ count: Int = 40) -> [Architecture] {
    let space = SearchSpace(kind)
    return SearchSpace.Split.allCases.flatMap { space.architectures($0, count: count / 4) }
  }

  /// The same graph with its nodes in another order in which they can be computed.
  private func relabelled(_ graph: Architecture, seed: UInt64) -> Architecture {
    let key = RandomKey(seed: seed, stream: .inputs)
    var (order, placed) = ([Int](), Set([0]))
    while order.count < graph.nodes.count {
      let ready = (1...graph.nodes.count).filter {
        !placed.contains($0) && graph.inputs(of: $0).allSatisfy(placed.contains)
      }
      let next = ready[key.integer(below: ready.count, index: order.count)]
      order.append(next)
      placed.insert(next)
    }
    var number = [0: 0]
    for (place, old) in order.enumerated() { number[old] = place + 1 }
    func renamed(_ list: [Int]) -> [Int] { list.compactMap { number[$0] } }
    return Architecture(
      graph.kind, width: graph.width,
      nodes: order.map {
        let node = graph.nodes[$0 - 1]
        return .init(node.operation, node.units, from: renamed(node.inputs))
      }, outputs: renamed(graph.outputs))
  }

  // MARK: Graphs

  @Test(arguments: Architecture.Kind.allCases)
  func whateverIsDrawnCanBeWrittenAndRead(_ kind: Architecture.Kind) throws {
    let code = ArchitectureCode(SearchSpace(kind), nodes: SearchSpace(kind).mostNodes)
    for graph in drawn(kind) {
      #expect(graph.pruned == graph)
      #expect(Architecture(line: graph.line) == graph)
      #expect(try Architecture(text: graph.yaml, name: "it") == graph)
      #expect(code.architecture(code.code(of: graph)) == graph)
    }
    let test = SearchSpace(kind).architectures(.test, count: 100).map(\.canonical)
    #expect(Set(test).count == 100)
  }

  @Test func namesOfNodesMeanNothing() {
    for (index, graph) in drawn(.cnn).enumerated() {
      let other = relabelled(graph, seed: UInt64(index))
      #expect(other.canonical == graph.canonical)
    }
    let a = Architecture(.cnn, width: 2, nodes: [.init(.conv1, from: [0])], outputs: [1])
    let b = Architecture(.cnn, width: 2, nodes: [.init(.conv3, from: [0])], outputs: [1])
    #expect(a.canonical != b.canonical)
  }

  @Test func testsAreNotTrainedWith() {
    for kind in Architecture.Kind.allCases {
      let space = SearchSpace(kind)
      let unseen = Set(
        space.architectures(.test, count: TrainedTable.counts[0].count).map(\.canonical))
      let trained = space.architectures(.training, count: 300, apartFrom: unseen)
      #expect(trained.allSatisfy { !unseen.contains($0.canonical) })
      #expect(trained.allSatisfy { $0.width <= space.width && $0.nodes.count <= space.nodes })
      #expect(space.architectures(.wider, count: 20).allSatisfy { $0.width > space.width })
      #expect(space.architectures(.deeper, count: 20).allSatisfy { $0.nodes.count > space.nodes })
    }
  }

  @Test func sizesAreThoseOfTheTrueNetwork() {
    let frame = ArchitectureFrame(.cnn, side: 8, classes: 10)
    #expect(frame.grid == 4 && frame.stemSide == 3)
    let graph = Architecture(
      .cnn, width: 4,
      nodes: [
        .init(.conv3, from: [0]), .init(.pool, from: [1]), .init(.conv5, from: [0]),
      ], outputs: [2])
    // Node 3 leads nowhere. 3 × 3 × 4 + 4, 3 × 3 × 4 × 4 + 4, 4 × 10 + 10.
    let size = NetworkSize(graph, in: frame)
    #expect(size.parameters == 40 + 148 + 50)
    #expect(size.multiplyAdds == 16 * 36 + 16 * 144 + 16 * 9 * 4 + 40)
    for graph in drawn(.cnn) + drawn(.mlp) {
      let frame = ArchitectureFrame(graph.kind, side: 8, classes: 10)
      #expect(
        NetworkSize(graph, in: frame).parameters
          == PlainArchitecture(graph, in: frame).parameterCount)
    }
  }

  @Test func editsLeaveAGraph() {
    var graph = Architecture(
      .cnn, width: 4, nodes: [.init(.conv3, from: [0]), .init(.conv5, from: [0, 1])], outputs: [2])
    graph.insertNode(.init(.pool, from: []), after: 1)
    #expect(graph.line == "cnn 4: conv3/relu<0 pool<1 conv5/relu<0,2 > 3")
    graph.retype(2, to: .conv1)
    graph.toggleEdge(from: 0, to: 4)
    #expect(graph.line == "cnn 4: conv3/relu<0 conv1/relu<1 conv5/relu<0,2 > 0,3")
    graph.removeNode(1)
    #expect(graph.line == "cnn 4: conv1/relu<0 conv5/relu<0,1 > 0,2")
    graph.toggleEdge(from: 0, to: 3)
    graph.toggleEdge(from: 1, to: 2)
    #expect(graph.idleNodes == [1] && graph.pruned.line == "cnn 4: conv5/relu<0 > 1")
    let space = SearchSpace(.cnn)
    for step in 0..<200 {
      graph = space.changed(graph, key: RandomKey(seed: 3, stream: .inputs, step: step))
      #expect(graph.pruned == graph && !graph.outputs.isEmpty)
      #expect(graph.nodes.count <= space.nodes && graph.width <= space.width)
      #expect(Architecture(line: graph.line) == graph)
    }
  }

  // MARK: Files

  @Test func aFileIsReadInAnyOrder() throws {
    let text = """
      kind: cnn
      width: 3
      depth: 2
      nodes:
        - {name: b, op: pool, from: [a, input]}
        - {name: a, op: conv3, units: tanh, from: input}
        - {name: c, op: none, from: a}
      output: [b, c]
      """
    let graph = try Architecture(text: text, name: "it")
    #expect(graph.line == "cnn 3: conv3/tanh<0 pool<0,1 conv3/tanh<2 pool<2,3 > 4")
    let json = #"{"kind": "mlp", "width": 5, "output": "input"}"#
    #expect(try Architecture(text: json, name: "it").line == "mlp 5: > 0")
  }

  private static let cyclic = """
    kind: cnn
    width: 2
    nodes: [{name: a, op: skip, from: b}, {name: b, op: pool, from: a}]
    output: a
    """

  private static let impossible: [(text: String, words: String)] = [
    ("- 1", "no lines such as"), ("kind: rnn\nwidth: 2", "says no kind"),
    ("kind: cnn\noutput: input", "says no width"),
    ("kind: cnn\nwidth: 0\noutput: input", "no whole number"),
    ("kind: cnn\nwidth: 2\noutput: a", "which is no node"),
    ("kind: cnn\nwidth: 2\nnodes: [{name: a, op: dense, from: input}]\noutput: a", "'dense'"),
    ("kind: cnn\nwidth: 2\nnodes: [{name: a, op: skip}]\noutput: a", "no path"),
    ("kind: cnn\nwidth: 2\nnodes: [{name: a, op: skip, from: a}]\noutput: a", "cycle: a → a"),
    (cyclic, "cycle: a → b → a"),
    ("kind: cnn\nwidth: 20000\nnodes: [{name: a, op: conv3, from: input}]\noutput: a", "weights"),
    ("kind: mlp\nwidth: 9223372036854775807\noutput: input", "weights"),
    ("kind: cnn\nwidth: 2\ndepth: 9223372036854775807\noutput: input", "in a row"),
    ("kind: cnn\nwidth: 2\noutput: input\ncolour: red", "nobody reads"),
    ("a: &x [*x]", "anchors"),
  ]

  @Test(arguments: impossible)
  func whatIsImpossibleIsASentence(_ text: String, _ words: String) throws {
    let error = try #require(throws: KnobError.self) { try Architecture(text: text, name: "it") }
    #expect(error.description.contains(words), "\(error.description)")
    #expect(error.isOfData)
  }

  @Test func linesOfNoSense() {
    for line in [
      "", "cnn", "cnn 6:", "cnn 6: >", "cnn 6: > 0 >", "cnn 6: < > 0", "cnn 6: <0 > 1",
      "cnn 6: /<0 > 1", "cnn 6: conv3/<0 > 1", "cnn 6: conv3/relu< > 1", "cnn 6: conv3/relu<1 > 1",
    ] { #expect(Architecture(line: line) == nil, "\(line)") }
  }

  /// Codes beyond all architectures, as a hand may leave them, are no wider than there is room for.
  @Test func codesBeyondTheSpaceAreInIt() throws {
    let space = SearchSpace(.cnn)
    let code = ArchitectureCode(space, nodes: space.mostNodes)
    let graph = try #require(space.architectures(.test, count: 1).first)
    var numbers = code.code(of: graph)
    for width in [1e6, .infinity, -1e6, .nan] as [Float] {
      numbers[0] = width
      let found = code.architecture(numbers)
      #expect(found.width == (width > 0 ? space.mostWidth : 1))
      #expect(space.refusal(of: found) == nil)
    }
  }

  /// Nothing that is typed into a file ends the program.
  @Test func filesOfNoSense() {
    let text = Array(
      "kind: cnn\nwidth: 3\nnodes:\n  - {name: a, op: conv3, from: input}\noutput: a")
    let key = RandomKey(seed: 5, stream: .inputs)
    for round in 0..<400 {
      var broken = text
      for index in 0..<3 {
        let place = key.integer(below: broken.count, index: round * 9 + index * 3)
        broken[place] = text[key.integer(below: text.count, index: round * 9 + index * 3 + 1)]
      }
      _ = try? Architecture(text: String(broken), name: "it")
      _ = Architecture(line: String(broken.prefix(20)))
    }
  }

  // MARK: Networks

  private func filled(_ graph: Graph, seed: UInt64) -> Variables {
    let variables = Variables(graph)
    for (index, entry) in variables.entries.enumerated() {
      RandomKey(seed: seed, stream: .initialization, step: index)
        .fillNormal(variables.storage(entry.name), deviation: 0.5)
    }
    return variables
  }

  /// Outputs [architectures, images, classes] of generated networks, and their weights by name.
  private func predicted(
    _ model: ArchitectureModel, _ graphs: [Architecture], _ extent: ArchitectureModel.Extent,
    images: Int
  ) -> (outputs: [Float], weights: [String: (Shape, [Float])]) {
    let program = model.predictionProgram(rows: graphs.count, images: images, extent: extent)
    let plan = Plan(
      program.graph, outputs: program.weights + [program.outputs], updates: false,
      variables: filled(program.graph, seed: 7))
    let code = model.code(of: extent)
    _ = plan.input("codes").update(fromContentsOf: graphs.flatMap(code.code))
    RandomKey(seed: 1, stream: .inputs).fillNormal(plan.input("x"))
    plan.run()
    let weights = zip(model.tensors(of: extent), program.weights).map {
      ($0.name, ($1.shape, Array(plan.value($1))))
    }
    return (
      Array(plan.value(program.outputs)), Dictionary(uniqueKeysWithValues: weights)
    )
  }

  /// The middle of a padded kernel and the first channels of a tensor [architectures] + shape, of one
  /// architecture.
  private func sliced(
    _ tensor: (Shape, [Float]), of row: Int, to shape: Shape
  ) -> [Float] {
    let whole = Array(tensor.0.dimensions.dropFirst())
    let size = whole.reduce(1, *)
    return (0..<shape.count).map { index in
      var (rest, place, stride) = (index, row * size, 1)
      for axis in shape.dimensions.indices.reversed() {
        let isTap = shape.rank == 4 && axis < 2
        let offset = isTap ? (whole[axis] - shape[axis]) / 2 : 0
        place += (rest % shape[axis] + offset) * stride
        rest /= shape[axis]
        stride *= whole[axis]
      }
      return tensor.1[place]
    }
  }

  @Test(
    arguments: Architecture.Kind.allCases, ["graph", "smash", "shared"])
  func theMaskedNetworkIsThePlainOne(_ kind: Architecture.Kind, _ generator: String) throws {
    let model = try Self.small(kind, generator)
    let space = model.space
    let images = 3
    for (extent, graphs) in [
      (ArchitectureModel.Extent.trained, space.architectures(.test, count: 12)),
      (
        .large,
        space.architectures(.wider, count: 4) + space.architectures(.deeper, count: 4)
      ),
    ] {
      let (outputs, weights) = predicted(model, graphs, extent, images: images)
      for (row, graph) in graphs.enumerated() {
        let network = PlainArchitecture(graph, in: model.frame)
        let plain = Graph()
        let tensors = network.tensors.map {
          plain.input($0.name, Shape([1] + $0.shape.dimensions))
        }
        let x = plain.input("x", [1, images, model.frame.pixels])
        let y = network(tensors.map { Weight($0) }, x)
        let plan = Plan(plain, outputs: [y], variables: Variables(plain))
        for tensor in network.tensors {
          let own = try #require(weights[tensor.name])
          _ = plan.input(tensor.name).update(
            fromContentsOf: sliced(own, of: row, to: tensor.shape))
        }
        RandomKey(seed: 1, stream: .inputs).fillNormal(plan.input("x"))
        plan.run()
        let size = plan.value(y).count
        let masked = outputs[row * size..<(row + 1) * size]
        let worst = zip(masked, plan.value(y)).map { abs($0 - $1) }.max() ?? 1
        #expect(worst < 2e-4, "\(graph.line): \(worst)")
      }
    }
  }

  /// Messages do not depend on how nodes are numbered, nor on what else is in a batch.
  @Test(arguments: Architecture.Kind.allCases)
  func relabellingChangesNothing(_ kind: Architecture.Kind) throws {
    let model = try Self.small(kind, "graph")
    let graphs = model.space.architectures(.deeper, count: 8)
    let others = graphs.enumerated().map { relabelled($1, seed: UInt64(20 + $0)) }
    #expect(others != graphs)
    let images = 2
    let (a, b) = (
      predicted(model, graphs, .large, images: images).outputs,
      predicted(model, others, .large, images: images).outputs
    )
    #expect((zip(a, b).map { abs($0 - $1) }.max() ?? 1) < 1e-4)
    let alone = predicted(model, [graphs[3]], .large, images: images).outputs
    let size = alone.count
    #expect(
      (zip(a[3 * size..<4 * size], alone).map { abs($0 - $1) }.max() ?? 1) < 1e-4)
    // What comes before a node and what comes after it both matter to its weights.
    var changed = graphs[0]
    changed.retype(changed.nodes.count, to: kind == .cnn ? .skip : .skip)
    if changed != graphs[0] {
      let other = predicted(model, [changed], .large, images: images).weights["stem.w"]
      let own = predicted(model, [graphs[0]], .large, images: images).weights["stem.w"]
      #expect(other?.1 != own?.1)
    }
  }

  @Test func codesWithLessRoom() {
    let space = SearchSpace(.cnn)
    let (large, small) = (ArchitectureCode(space, nodes: 9), ArchitectureCode(space))
    for graph in space.architectures(.test, count: 20) {
      #expect(large.narrowed(large.code(of: graph), to: small) == small.code(of: graph))
    }
    for split in [SearchSpace.Split.wider, .deeper] {
      for graph in space.architectures(split, count: 10) {
        #expect(large.narrowed(large.code(of: graph), to: small) == nil)
      }
    }
  }

  // MARK: The table

  @Test(arguments: Architecture.Kind.allCases)
  func theTableIsOfThisSpace(_ kind: Architecture.Kind) throws {
    let space = SearchSpace(kind)
    let table = try #require(TrainedTable.embedded(space, images: "digits"))
    let isWhole = table.rows.map(\.architecture) == table.architectures.map(\.architecture)
    #expect(isWhole)
    #expect(table.measuredRows.count >= 100 && table.randomRows.count == 500)
    // Architectures differ in what they come to.
    let sorted = table.randomRows.map(\.accuracy).sorted()
    #expect(sorted[450] - sorted[50] > 0.1)
    var other = TrainedTable(space, images: "digits", ArchitectureTraining())
    let text = table.head + table.rows.prefix(3).map(TrainedTable.line).joined()
    try other.read(text, name: "it")
    #expect(other.rows == Array(table.rows.prefix(3)))
    for (broken, words) in [
      (text.replacingOccurrences(of: "\(kind.rawValue)-1", with: "\(kind.rawValue)-0"), "other"),
      (text.replacingOccurrences(of: "digits", with: "mnist"), "other"), ("x", "no table"),
      (text + "test,2,0,0,0,\"cnn 2: > 0\"\n", "line 7"),
      (text + "test,0.5,0,0,0,\"cnn 2: skip<4 > 1\"\n", "line 7"),
    ] {
      let error = try #require(throws: KnobError.self) { try other.read(broken, name: "it") }
      #expect(error.description.contains(words), "\(error.description)")
    }
  }
}
