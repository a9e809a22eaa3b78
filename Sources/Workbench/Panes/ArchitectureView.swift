import Foundation
import Learning
import Terminal
import Training

/// An architecture under the hand: its graph, a line for each node, with what its generated weights come to;
/// or predictions against what was trained for real, accuracy against cost, and what is being trained.
struct ArchitectureView {
  private let network: Behaviour.Network
  private let model: Model
  private let ink: Ink
  private let graph: Architecture

  init(_ network: Behaviour.Network, _ model: Model, _ ink: Ink) {
    self.network = network
    self.model = model
    self.ink = ink
    graph = network.architecture
  }

  /// What stands in the border beside whether the answer is of now.
  var note: [Span] {
    let word =
      switch model.search.view {
      case .graph: "graph"
      case .scatter: "scatter"
      case .front: "front"
      case .queue: "queue"
      }
    return [Span(word + "  ", ink.subdued)]
  }

  func draw(on canvas: Canvas) {
    let (picture, words) = canvas.bounds.rows(canvas.height - (canvas.height >= 4 ? 2 : 0))
    let inside = canvas.sub(picture)
    switch model.search.view {
    case .graph: drawGraph(on: inside)
    case .scatter: drawScatter(on: inside)
    case .front: drawFront(on: inside)
    case .queue: drawQueue(on: inside)
    }
    if !words.isEmpty { drawWords(on: canvas.sub(words)) }
  }

  // MARK: The graph

  private var cursor: Int { min(model.search.cursor, graph.end) }

  private func drawGraph(on canvas: Canvas) {
    let lanes = GraphLanes(graph)
    let isFocused = model.focus == .target
    let marked = isFocused && cursor > 0 ? model.search.source : nil
    let fed = isFocused ? graph.inputs(of: cursor) : []
    // The cursor's row stays in view.
    let first = min(max(cursor - canvas.height + 2, 0), max(graph.end + 1 - canvas.height, 0))
    for number in first...graph.end where number - first < canvas.height {
      let y = number - first
      let isCursor = isFocused && number == cursor
      var x = 1
      canvas.put(
        isCursor ? ink.glyph(.cursor) : number == marked ? ink.glyph("◂", "<") : " ", x: 0, y: y,
        isCursor ? ink.focus : ink.accent)
      for cell in lanes.rows[number] {
        if let cell {
          let feeds = cell.source.map(fed.contains) == true
          canvas.put(
            ink.glyph(cell.glyph, cell.ascii), x: x, y: y, feeds ? ink.accent : ink.subdued)
        }
        x += 1
      }
      let isEnd = number == 0 || number == graph.end
      canvas.put(
        ink.glyph(isEnd ? .heldOut : .trained), x: x, y: y,
        isCursor ? ink.focus : fed.contains(number) ? ink.accent : ink.text)
      canvas.text(
        words(of: number, isCursor: isCursor), x: x + 2, y: y, limit: canvas.width - x - 2)
    }
  }

  private func words(of number: Int, isCursor: Bool) -> [Span] {
    let style = isCursor ? ink.strong : ink.text
    let sources = graph.inputs(of: number).map { $0 == 0 ? "x" : "\($0)" }.joined(separator: " ")
    let from = Span("  \(ink.sign("←", "<")) \(sources)", ink.subdued)
    if number == 0 {
      let unit = graph.kind == .cnn ? "channels" : "units"
      return [Span("x", style), Span("  \(graph.width) \(unit)", ink.subdued)]
    }
    if number == graph.end { return [Span("y", style), from] }
    let node = graph.nodes[number - 1]
    let units = node.operation.hasWeights ? " \(node.units.rawValue)" : ""
    return [
      Span("\(number) ", ink.subdued), Span(node.operation.rawValue, style), Span(units, ink.text),
      from,
    ]
  }

  // MARK: Plots

  private func drawScatter(on canvas: Canvas) {
    guard let scouting = model.search.scouting, !scouting.points.isEmpty else {
      return canvas.wrapped(waiting, y: 0, ink.subdued, ink)
    }
    let (map, line) = canvas.bounds.rows(canvas.height - 1)
    var points = scouting.points.map {
      ScatterPlot.Point(
        x: Double($0.predicted), y: Double($0.trained), glyph: ink.glyph("·", "."), ink.series(0))
    }
    for order in model.search.orders {
      guard let accuracy = order.accuracy else { continue }
      points.append(
        .init(
          x: Double(order.predicted), y: Double(accuracy), glyph: ink.glyph(.fitted), ink.warning))
    }
    var plot = ScatterPlot(
      points, cursor: (Double(network.accuracy), Double(network.trained ?? network.accuracy)),
      equalUnits: false, axisStyle: ink.border, cursorStyle: ink.focus)
    let values = points.flatMap { [$0.x, $0.y] }
    let (low, high) = (values.min() ?? 0, values.max() ?? 1)
    plot.xRange = max(low - 0.03, 0)...min(high + 0.03, 1.03)
    plot.yRange = plot.xRange
    plot.draw(on: canvas.sub(map), ink.capabilities)
    canvas.text("trained \(ink.sign("↑", "^"))", x: 1, y: 0, ink.subdued)
    canvas.text(
      "predicted \(ink.sign("→", ">"))", endingAt: canvas.width - 1, y: map.height - 1, ink.subdued)
    guard let correlation = scouting.correlation else { return }
    canvas.sub(line).line(
      [
        Segment(
          [Span("r ", ink.subdued), Span(words(correlation.pearson), ink.strong)], rank: 0),
        Segment(
          [
            Span("\(ink.unicode ? "τ" : "tau") ", ink.subdued),
            Span(words(correlation.kendall), ink.text),
          ], rank: 1),
        Segment("n \(correlation.count)", ink.subdued, rank: 2),
        Segment("step \(Figures.count(scouting.step))", ink.subdued, rank: 3),
      ], x: 1, y: 0, separator: Span("  "), ink)
  }

  /// `.89 (.85 to .92)`
  private func words(_ measure: Correlation.Measure) -> String {
    func short(_ value: Double) -> String {
      let text = Numbers.fixed(value, 2)
      return text.hasPrefix("0.") ? String(text.dropFirst()) : text
    }
    return "\(short(measure.value)) (\(short(measure.low)) to \(short(measure.high)))"
  }

  private var waiting: String {
    model.search.scouting == nil
      ? "predicting networks that were trained for real …"
      : "no networks were trained for real on these images; weft search --table trains them"
  }

  private func drawFront(on canvas: Canvas) {
    let front = model.paretoFront
    guard let scouting = model.search.scouting, !front.isEmpty else {
      return canvas.wrapped(waiting, y: 0, ink.subdued, ink)
    }
    let rows = min(front.count, max(canvas.height / 2, 1))
    let (map, list) = canvas.bounds.rows(max(canvas.height - rows, 0))
    func cost(_ size: NetworkSize) -> Double {
      log10(Double(max(size.multiplyAdds, 1)))
    }
    let isFront = Set(front.map(\.architecture))
    var points = scouting.points.filter { !isFront.contains($0.architecture) }.map {
      ScatterPlot.Point(
        x: cost($0.size), y: Double($0.trained), glyph: ink.glyph("·", "."), ink.subdued)
    }
    points += front.map {
      .init(x: cost($0.size), y: Double($0.trained), glyph: ink.glyph(.trained), ink.accent)
    }
    ScatterPlot(
      points, cursor: (cost(network.size), Double(network.trained ?? network.accuracy)),
      equalUnits: false, axisStyle: ink.border, cursorStyle: ink.focus
    ).draw(on: canvas.sub(map), ink.capabilities)
    canvas.text("accuracy \(ink.sign("↑", "^"))", x: 1, y: 0, ink.subdued)
    canvas.text(
      "log MACs \(ink.sign("→", ">"))", endingAt: canvas.width - 1, y: map.height - 1, ink.subdued)
    drawRows(
      front.map { point in
        [
          Span(Figures.percent(point.trained, decimals: 1), ink.strong),
          Span("  \(Figures.count(point.size.multiplyAdds)) MACs  ", ink.text),
          Span(point.architecture.line, ink.subdued),
        ]
      }, on: canvas.sub(list))
  }

  // MARK: Lists

  private func drawQueue(on canvas: Canvas) {
    guard !model.search.orders.isEmpty else {
      return canvas.wrapped(
        "nothing is trained for real yet; Q orders it for the architecture under the hand", y: 0,
        ink.subdued, ink)
    }
    let next = model.search.orders.firstIndex { $0.accuracy == nil }
    drawRows(
      model.search.orders.enumerated().map { index, order in
        let state: Span =
          order.accuracy.map { Span(Figures.percent($0, decimals: 1), ink.strong) }
          ?? (index == next ? Span("in training", ink.warning) : Span("waits", ink.subdued))
        return [
          state, Span("  predicted \(Figures.percent(order.predicted, decimals: 1))  ", ink.text),
          Span(order.architecture.line, ink.subdued),
        ]
      }, on: canvas)
  }

  private func drawRows(_ rows: [[Span]], on canvas: Canvas) {
    let cursor = min(model.search.row, max(rows.count - 1, 0))
    let first = min(max(cursor - canvas.height + 1, 0), max(rows.count - canvas.height, 0))
    for (index, row) in rows.enumerated().dropFirst(first).prefix(canvas.height) {
      let mark = index == cursor && model.focus == .target ? ink.sign(.cursor) : " "
      canvas.text([Span(mark, ink.focus)] + row, x: 0, y: index - first, limit: canvas.width)
    }
  }

  // MARK: Words

  private func drawWords(on canvas: Canvas) {
    var first = [
      Segment(
        [
          Span(network.isBetween ? "a mixture: " : "predicted ", ink.subdued),
          Span(Figures.percent(network.accuracy, decimals: 1), ink.strong),
          Span(" of \(network.images)", ink.subdued),
        ], rank: 0)
    ]
    if let trained = model.trainedAccuracy(of: network) {
      first.append(
        Segment(
          [
            Span("trained ", ink.subdued), Span(Figures.percent(trained, decimals: 1), ink.success),
          ],
          rank: 1))
    }
    let waiting = model.search.orders.count { $0.accuracy == nil }
    if waiting > 0 { first.append(Segment("\(waiting) in the queue", ink.warning, rank: 2)) }
    canvas.line(first, x: 1, y: 0, separator: Span("  "), ink)
    canvas.line(
      [
        Segment("\(Figures.count(network.size.parameters)) weights", ink.text, rank: 0),
        Segment("\(Figures.count(network.size.multiplyAdds)) MACs", ink.text, rank: 1),
        Segment("depth \(graph.depth)", ink.subdued, rank: 2),
      ], x: 1, y: 1, separator: Span("  "), ink)
  }

  var figures: [Figure] {
    var figures = [
      Figure("predicted", Figures.percent(network.accuracy, decimals: 1), ink.strong)
    ]
    if let trained = model.trainedAccuracy(of: network) {
      figures.append(Figure("trained", Figures.percent(trained, decimals: 1)))
    }
    return figures + [
      Figure("weights", Figures.count(network.size.parameters)),
      Figure("MACs", Figures.count(network.size.multiplyAdds)),
      Figure("nodes", "\(graph.nodes.count)"),
    ]
  }
}

extension Model {
  /// What a network came to that was trained for real: by the queue, or in the table.
  func trainedAccuracy(of network: Behaviour.Network) -> Float? {
    guard !network.isBetween else { return nil }
    return search.orders.first { $0.architecture == network.architecture }?.accuracy
      ?? network.trained
  }
}
