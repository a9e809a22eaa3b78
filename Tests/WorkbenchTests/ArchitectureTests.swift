import Foundation
import Learning
import Terminal
import Testing
import Training
import Workbench

/// An architecture in the target pane: how its graph is drawn, what keys change, what is trained for real.
struct ArchitectureTests {
  private func fixture(_ size: Size = Size(120, 36)) -> Model {
    var model = ModelFixture.architectures(size)
    // The hand is on no task.
    model.followed = nil
    model.press("6")
    return model
  }

  /// The probe's answer to where the hand is now.
  private func answered(_ model: inout Model) throws {
    let network = try #require(model.network)
    let graph = try #require(model.architecture)
    var probe = try #require(model.probe)
    probe.context = model.context
    probe.behaviour = .network(
      .init(
        architecture: graph, isBetween: false, accuracy: 0.5, loss: 1, images: 200,
        size: NetworkSize(graph, in: ArchitectureFrame(.cnn, side: 8, classes: 10)),
        space: network.space, trained: nil))
    _ = model.update(.probe(probe), now: model.now)
  }

  @Test func theGraphIsDrawnLineByLine() throws {
    let lines = try fixture().lines(in: .target)
    #expect(
      lines.prefix(5).map { String($0.drop { $0 == " " }) } == [
        "▸  ╭○ x  4 channels", "╭┼● 1 conv3 tanh  ← x", "╭┴│● 2 pool  ← 1",
        "├┬┴● 3 conv5 relu  ← x 2", "╰┴─○ y  ← 2 3",
      ])
    #expect(lines.joined().contains("predicted 87.5% of 200"))
    #expect(lines.joined().contains("depth 2"))
  }

  /// What is written under the hand is what is read again, and what has no room is refused in words.
  @Test func anArchitectureComesFromAFileAndGoesToOne() throws {
    var model = fixture()
    let own = try #require(model.architecture)
    let requests = model.update(.line("architecture.write mine.yaml"), now: 1)
    guard case .write(let data, let path, _) = try #require(requests.first) else {
      return #expect(Bool(false), "nothing is written")
    }
    #expect(path == "mine.yaml")
    let text = String(decoding: data, as: UTF8.self)
    #expect(try Architecture(text: text, name: "it").canonical == own.canonical)

    let reading = model.update(.line("architecture.read other.yaml"), now: 1)
    guard case .readArchitecture("other.yaml") = try #require(reading.first) else {
      return #expect(Bool(false), "nothing is read")
    }
    let other = try #require(SearchSpace(.cnn).architectures(.test, count: 9).last)
    _ = model.update(.architecture(other, path: "other.yaml"), now: 1)
    #expect(model.architecture?.canonical == other.canonical)
    #expect(model.toast?.text == "read other.yaml")
    _ = model.update(.line("undo"), now: 1)
    #expect(model.architecture?.canonical == own.canonical)

    let dense = try #require(SearchSpace(.mlp).architectures(.test, count: 1).first)
    _ = model.update(.architecture(dense, path: "dense.yaml"), now: 1)
    #expect(model.toast?.text.contains("'dense.yaml' is a mlp") == true)
    #expect(model.architecture?.canonical == own.canonical)
  }

  /// What is ordered before its prediction is there goes into the queue with its own.
  @Test func anOrderWaitsForItsPrediction() throws {
    var model = fixture()
    model.press("l", "Q")
    #expect(model.search.orders.isEmpty)
    let graph = try #require(model.architecture)
    try answered(&model)
    #expect(model.search.orders.map(\.architecture) == [graph])
    #expect(model.search.orders.first?.predicted == 0.5)
    // Another edit takes the wish back.
    model.press("l", "Q", "l")
    try answered(&model)
    #expect(model.search.orders.count == 1)
  }

  /// Every lane goes from where it begins to where it ends, whatever the graph.
  @Test func lanesAreWhole() throws {
    let space = SearchSpace(.cnn)
    for graph in space.architectures(.deeper, count: 60) {
      let lanes = GraphLanes(graph)
      #expect(lanes.rows.count == graph.end + 1)
      for number in 0..<graph.end {
        let takers = (1...graph.end).filter { graph.inputs(of: $0).contains(number) }
        let rows = lanes.rows.indices.filter { row in
          lanes.rows[row].contains { $0?.source == number }
        }
        // A lane is there from its node to the last that takes it, in one column.
        #expect(rows == Array(number...(try #require(takers.last))))
        let columns = rows.map { row in
          lanes.rows[row].firstIndex { $0?.source == number }
        }
        #expect(Set(columns).count == 1)
        // Where nothing joins it is passed over.
        for row in rows.dropFirst() where !takers.contains(row) {
          let cell = lanes.rows[row].compactMap { $0 }.first { $0.source == number }
          #expect(cell?.glyph == "│")
        }
      }
    }
  }

  @Test func keysEditTheArchitecture() throws {
    var model = fixture()
    func line() -> String { model.architecture?.line ?? "" }
    #expect(line() == "cnn 4: conv3/tanh<0 pool<1 conv5/relu<0,2 > 2,3")
    // The width, at the input.
    model.press("l")
    #expect(line().hasPrefix("cnn 6:"))
    model.press("u")
    #expect(line().hasPrefix("cnn 4:"))
    model.press("j", "l")
    #expect(line() == "cnn 4: conv5/tanh<0 pool<1 conv5/relu<0,2 > 2,3")
    model.press("U")
    #expect(line() == "cnn 4: conv5/linear<0 pool<1 conv5/relu<0,2 > 2,3")
    try answered(&model)
    model.press("+")
    #expect(line() == "cnn 4: conv5/linear<0 conv3/relu<1 pool<2 conv5/relu<0,3 > 3,4")
    #expect(model.search.cursor == 2)
    model.press("-")
    #expect(line() == "cnn 4: conv5/linear<0 pool<1 conv5/relu<0,2 > 2,3")
    // An edge from the input to the end.
    model.press("G", "=")
    #expect(line().hasSuffix("> 0,2,3"))
    model.press("]", "]", "=")
    #expect(line().hasSuffix("> 0,3"))
    model.press("u", "u")
    #expect(line().hasSuffix("> 2,3"))
    // What would leave no way is refused.
    var chain = fixture()
    chain.context = try #require(chain.network).code.code(
      of: Architecture(.cnn, width: 2, nodes: [.init(.conv1, from: [0])], outputs: [1]))
    chain.press("j", "=")
    #expect(chain.architecture?.nodes.count == 1)
    #expect(chain.toast?.kind == .warning)
  }

  @Test func thereIsRoomForSoMany() throws {
    var model = fixture()
    for _ in 0..<20 { model.press("+") }
    #expect(model.architecture?.nodes.count == 9)
    #expect(model.toast?.text.contains("room") == true)
    for _ in 0..<20 { model.press("h") }
    #expect(model.architecture?.nodes.count == 9)
  }

  @Test func viewsGoRound() throws {
    var model = fixture()
    model.press("V")
    #expect(try model.lines(in: .target).joined().contains("τ"))
    model.press("V")
    #expect(try model.lines(in: .target).joined().contains("MACs"))
    model.press("j", "ENTER")
    #expect(model.search.view == .graph && model.context != fixture().context)
    model.press("V", "V", "V")
    #expect(try model.lines(in: .target).joined().contains("Q orders it"))
    model.press("V")
    #expect(model.search.view == .graph)
    model.press("V", "ESC")
    #expect(model.search.view == .graph)
    var other = ModelFixture.digitViews()
    other.press("6", "+", "=", "U", "Q", "V")
    #expect(other.search.orders.isEmpty && other.toast != nil)
  }

  @Test func theQueueTrainsOneAfterAnother() throws {
    var model = fixture()
    model.press("Q", "Q")
    #expect(model.search.orders.count == 1)
    model.press("l", "Q")
    try answered(&model)
    #expect(model.search.orders.count == 2)
    let first = try #require(model.search.orders.first).architecture
    _ = model.update(
      .trained(TrainedOrder(architecture: first, accuracy: 0.93, seconds: 1)), now: model.now)
    #expect(model.search.orders[0].accuracy == 0.93 && model.search.orders[1].accuracy == nil)
    #expect(model.toast?.text.contains("93.0%") == true)
    model.press("V", "V", "V")
    let text = try model.lines(in: .target).joined(separator: "\n")
    #expect(text.contains("93.0%") && text.contains("in training"))
    guard case .write(let data, _, _)? = model.say("export queue.csv").first else {
      throw CocoaError(.fileNoSuchFile)
    }
    #expect(String(decoding: data, as: UTF8.self).contains("architecture,predicted,trained"))
  }

  /// Contexts of 128 numbers, of which there are few: the map is there within a frame, and is the same.
  @Test func fewLongContextsAreProjectedAtOnce() {
    let key = RandomKey(seed: 4, stream: .inputs)
    let long = (0..<12).map { row in
      Array(key.normal(12 * 40)[row * 40..<(row + 1) * 40])
    }
    let few = Projection(long, count: 40)
    // Each of them four times over is the same cloud, projected the other way.
    let many = Projection(long + long + long + long, count: 40)
    #expect(few.axes.count == 11 && many.axes.count == 40)
    for axis in 0..<11 {
      #expect(abs(few.variances[axis] - many.variances[axis]) < 1e-4)
      let product = zip(few.axes[axis], many.axes[axis]).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(abs(product - 1) < 1e-3)
    }
    #expect(Projection([], count: 40).axes.isEmpty)
  }
}
