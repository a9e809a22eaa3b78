import Foundation
import Learning
import Training

/// The architecture in the target pane: it is edited, ranked, and ordered to be trained for real. Every edit
/// moves the context, so it is undone, anchored and played like any other.
extension Model {
  /// What the probe says of the architecture; nil where contexts are no architectures.
  package var network: Behaviour.Network? {
    if case .network(let network) = probe?.behaviour { network } else { nil }
  }

  /// The architecture under the hand: that of the context, which the probe may not yet have answered.
  package var architecture: Architecture? {
    network.map { $0.code.architecture(context) }
  }

  private func refused(_ what: String) -> String {
    "\(what) is of architectures; this target network is none"
  }

  // MARK: Editing

  /// Puts the hand on another architecture, where there is room for it.
  private mutating func edit(_ words: String, _ change: (inout Architecture) -> Void) {
    guard let network, var edited = architecture else { return tell(.notice, refused(words)) }
    let before = edited
    change(&edited)
    let space = network.space
    guard edited.nodes.count <= space.mostNodes else {
      return tell(.warning, "there is room for \(space.mostNodes) nodes")
    }
    guard edited != before else { return }
    guard !edited.pruned.outputs.isEmpty else {
      return tell(
        .warning, "nothing would come from the input to the output: put another edge first")
    }
    let idle = edited.idleNodes
    moveContext(to: network.code.code(of: edited))
    // What changes nothing is not in the code: numbers after it are others now.
    if let first = idle.first {
      tell(.notice, "node \(first) leads nowhere now, and is gone; u brings it back")
    }
    settleSearch()
  }

  /// The cursor stays inside of the graph.
  mutating func settleSearch() {
    guard let architecture else { return }
    search.cursor = clamped(search.cursor, architecture.end + 1)
    search.source = clamped(search.source, max(search.cursor, 1))
  }

  mutating func moveInArchitecture(_ dx: Int, _ dy: Int) {
    guard search.view == .graph else {
      search.row = clamped(search.row + dy, searchRows)
      return
    }
    if dy != 0 {
      search.cursor = clamped(search.cursor + dy, (architecture?.end ?? 0) + 1)
      search.source = clamped(search.source, max(search.cursor, 1))
    }
    if dx != 0 { turnNode(by: dx.signum()) }
  }

  /// The next operation of the node under the cursor; of the input the next width.
  private mutating func turnNode(by step: Int) {
    guard let network else { return }
    let (number, space) = (search.cursor, network.space)
    edit("an operation") { graph in
      if number == 0 {
        let widths = space.widths(.training) + space.widths(.wider)
        let place = widths.lastIndex { $0 <= graph.width } ?? 0
        graph.width = widths[clamped(place + step, widths.count)]
      } else if number < graph.end {
        let all = space.kind.operations
        let place = all.firstIndex(of: graph.nodes[number - 1].operation) ?? 0
        graph.retype(number, to: all[wrapped(place + step, all.count)])
      }
    }
  }

  mutating func turnUnits() {
    let number = search.cursor
    edit("an activation") { graph in
      guard (1..<graph.end).contains(number), graph.nodes[number - 1].operation.hasWeights else {
        return
      }
      let all = Architecture.Units.allCases
      let place = all.firstIndex(of: graph.nodes[number - 1].units) ?? 0
      graph.nodes[number - 1].units = all[wrapped(place + 1, all.count)]
    }
  }

  /// A node after the one under the cursor, and the cursor on it.
  mutating func addNode() {
    guard let network, let graph = architecture else {
      return tell(.notice, refused("a node"))
    }
    let place = min(search.cursor, graph.nodes.count)
    let first = network.space.kind.operations[network.space.kind == .cnn ? 1 : 0]
    edit("a node") { $0.insertNode(.init(first, .relu, from: []), after: place) }
    search.cursor = min(place + 1, architecture?.nodes.count ?? 0)
    settleSearch()
  }

  mutating func removeNode() {
    let number = search.cursor
    guard let graph = architecture else { return tell(.notice, refused("a node")) }
    guard (1..<graph.end).contains(number) else {
      return tell(.notice, "the input and the output stay; j and k go to a node")
    }
    edit("a node") { $0.removeNode(number) }
  }

  /// The next number an edge to the cursor may come from.
  mutating func moveSource(by step: Int) {
    guard search.cursor > 0 else { return tell(.notice, "nothing goes into the input") }
    search.source = wrapped(search.source + step, search.cursor)
  }

  mutating func toggleEdge() {
    let (from, to) = (search.source, search.cursor)
    guard to > 0 else { return tell(.notice, "nothing goes into the input") }
    edit("an edge") { $0.toggleEdge(from: from, to: to) }
  }

  // MARK: Views

  mutating func nextSearchView() {
    let all = SearchView.View.allCases
    search.view = all[wrapped((all.firstIndex(of: search.view) ?? 0) + 1, all.count)]
    search.row = 0
  }

  /// Rows of the list that is in view.
  var searchRows: Int {
    switch search.view {
    case .graph: (architecture?.end ?? 0) + 1
    case .scatter: 0
    case .front: paretoFront.count
    case .queue: search.orders.count
    }
  }

  /// Of all architectures that are known by a trained or a predicted accuracy, those that no other beats in
  /// both accuracy and cost, the cheapest first.
  var paretoFront: [Scouting.Point] {
    let ordered = search.orders.compactMap { order in
      order.accuracy.map {
        Scouting.Point(
          architecture: order.architecture, size: order.size, predicted: order.predicted,
          trained: $0)
      }
    }
    let all = (search.scouting?.points ?? []) + ordered
    func beats(_ a: Scouting.Point, _ b: Scouting.Point) -> Bool {
      let (more, less) = (a.trained - b.trained, a.size.multiplyAdds - b.size.multiplyAdds)
      return (more > 0 && less <= 0) || (more >= 0 && less < 0)
    }
    // Of those that are alike in both the first.
    return all.enumerated().filter { index, own in
      !all.contains { beats($0, own) }
        && !all[..<index].contains {
          $0.trained == own.trained && $0.size.multiplyAdds == own.size.multiplyAdds
        }
    }.map(\.element).sorted { $0.size.multiplyAdds < $1.size.multiplyAdds }
  }

  /// Puts the hand on the architecture of the row under the cursor.
  mutating func openSearchRow() {
    let chosen: Architecture? =
      switch search.view {
      case .graph, .scatter: nil
      case .front:
        paretoFront.indices.contains(search.row) ? paretoFront[search.row].architecture : nil
      case .queue:
        search.orders.indices.contains(search.row) ? search.orders[search.row].architecture : nil
      }
    guard let network, let chosen else { return isZoomed.toggle() }
    moveContext(to: network.code.code(of: chosen))
    search.view = .graph
    settleSearch()
  }

  // MARK: Files

  mutating func readArchitecture(at path: String) -> [Request] {
    guard network != nil else {
      tell(.notice, refused("this file"))
      return []
    }
    return [.readArchitecture(path: path)]
  }

  mutating func writeArchitecture(to path: String) -> [Request] {
    guard let architecture else {
      tell(.notice, refused("this file"))
      return []
    }
    return [
      .write(data: Data(architecture.yaml.utf8), path: path, what: "the architecture")
    ]
  }

  /// Puts the hand on what was read, where there is room for it.
  mutating func adopt(_ graph: Architecture, from path: String) {
    guard let network else { return tell(.notice, refused("'\(path)'")) }
    if let reason = network.space.refusal(of: graph) {
      return tell(.failure, "'\(path)' \(reason)")
    }
    moveContext(to: network.code.code(of: graph))
    search.view = .graph
    settleSearch()
    tell(.success, "read \(path)")
  }

  // MARK: Training for real

  mutating func orderTraining() {
    guard let network, let architecture else { return tell(.notice, refused("this training")) }
    guard probe?.context == context else {
      // What is known is of another one.
      search.awaited = context
      return
    }
    let canonical = architecture.canonical
    guard !search.orders.contains(where: { $0.architecture.canonical == canonical }) else {
      return tell(.notice, "it is in the queue already")
    }
    search.orders.append(
      .init(
        architecture: architecture, size: network.size, predicted: network.accuracy, accuracy: nil))
    tell(.success, "will be trained for real; V shows the queue")
  }

  /// Orders what was asked for before its prediction was there.
  mutating func orderAwaited() {
    guard let awaited = search.awaited, probe?.context == context else { return }
    search.awaited = nil
    if awaited == context { orderTraining() }
  }

  mutating func adopt(_ trained: TrainedOrder) {
    guard
      let index = search.orders.firstIndex(where: {
        $0.architecture == trained.architecture && $0.accuracy == nil
      })
    else { return }
    search.orders[index].accuracy = trained.accuracy
    tell(
      .success,
      "trained for real: \(Figures.percent(trained.accuracy, decimals: 1)) where "
        + "\(Figures.percent(search.orders[index].predicted, decimals: 1)) was predicted")
  }

  /// Whether predictions of the networks that were trained for real are looked at.
  var wantsScouting: Bool {
    network != nil && (search.view == .scatter || search.view == .front)
  }
}
