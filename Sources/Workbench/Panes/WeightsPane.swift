import Learning
import Terminal
import Training

/// What the hypernetwork wrote for this context: one tensor as a map (a vector as bars), its bias
/// below, and the exact number under the cursor.
struct WeightsPane: PaneView {
  private let model: Model
  private let ink: Ink
  private let shown: WeightFigures?

  init(_ model: Model, _ ink: Ink) {
    self.model = model
    self.ink = ink
    shown = model.probe.flatMap {
      WeightFigures(
        model.weights.tensor, of: $0, pin: model.pin,
        showsDifference: model.weights.showsDifference)
    }
  }

  private var tensors: [TensorSpecification] { model.snapshot.description.tensors }

  var note: [Span] {
    if let shown, shown.isDifference, let pin = model.pin {
      return [Span("Δ to step \(Figures.count(pin.step))", ink.warning)]
    }
    if let pin = model.pin { return [Span("pin \(Figures.count(pin.step))", ink.subdued)] }
    return [model.freshness(ink)]
  }

  func draw(on canvas: Canvas) {
    guard let shown else {
      canvas.wrapped("no weights yet", y: 0, ink.subdued, ink)
      return
    }
    let hasLegend = canvas.height >= 6
    let area = mapArea(canvas.bounds.size)
    if area.y > 0 { drawTabs(shown, on: canvas) }
    let map = canvas.sub(area)
    let limit = limit(shown)
    if shown.isVector { drawBars(shown, limit, on: map) } else { drawMap(shown, limit, on: map) }
    if hasLegend { drawLegend(shown, limit, on: canvas, y: canvas.height - 2) }
    if canvas.height >= 3 { drawCell(shown, on: canvas, y: canvas.height - 1) }
  }

  /// Between the tabs above and the lines below.
  private func mapArea(_ size: Size) -> Rect {
    let top = size.height >= 4 ? 1 : 0
    let bottom = (size.height >= 6 ? 1 : 0) + (size.height >= 3 ? 1 : 0)
    return Rect(x: 0, y: top, width: size.width, height: size.height - top - bottom)
  }

  func hit(x: Int, y: Int, in size: Size) -> Hit? {
    guard let shown else { return nil }
    let area = mapArea(size)
    guard area.contains(x: x, y: y) else { return nil }
    if shown.isVector {
      guard let index = bars(shown, in: area.size)?.index(atX: x) else { return nil }
      return shown.grid.rows == 1 ? .weight(row: 0, column: index) : .weight(row: index, column: 0)
    }
    let map = heatMap(shown, 1)
    let frame = map.frame(
      in: area.rows(area.height - biasRows(area.height)).top.size, ink.capabilities)
    return frame.index(x: x, y: y - area.y).map { .weight(row: $0.row, column: $0.column) }
  }

  /// The end of the scale.
  private func limit(_ shown: WeightFigures) -> Float {
    switch model.weights.scale {
    case .fixed: return 1
    case .layer: return robustLimit(shown.values)
    case .all:
      let all = tensors.indices.compactMap { tensor in
        model.probe.flatMap {
          WeightFigures(tensor, of: $0, pin: model.pin, showsDifference: shown.isDifference)
        }
      }
      return robustLimit(all.flatMap(\.values))
    }
  }

  private func drawTabs(_ shown: WeightFigures, on canvas: Canvas) {
    var spans: [Span] = []
    for (index, tensor) in tensors.enumerated() {
      let isShown = index == model.weights.tensor
      spans.append(
        isShown ? Span("[\(tensor.name)]", ink.focus) : Span(" \(tensor.name) ", ink.subdued))
    }
    let size = shown.shape(ink.sign("×", "x"))
    let width = spans.reduce(0) { $0 + $1.width }
    // Many layers: the tabs around the one that is shown.
    var first = 0
    let room = canvas.width - size.count - 2
    if width > room {
      let before = spans.prefix(model.weights.tensor + 1).reduce(0) { $0 + $1.width }
      while first < model.weights.tensor,
        before - spans.prefix(first).reduce(0, { $0 + $1.width }) > room
      { first += 1 }
    }
    canvas.fitted(Array(spans.dropFirst(first)), x: 0, y: 0, width: room, ink)
    canvas.text(size, endingAt: canvas.width - 2, y: 0, ink.text)
  }

  // MARK: A matrix

  /// The bias that belongs to the shown matrix: a row as long as its columns, right after it.
  private var bias: WeightFigures? {
    let next = model.weights.tensor + 1
    guard let shown, tensors.indices.contains(next), tensors[next].role == .bias,
      tensors[model.weights.tensor].role == .weight, let probe = model.probe,
      let bias = WeightFigures(
        next, of: probe, pin: model.pin, showsDifference: model.weights.showsDifference),
      bias.values.count == shown.grid.columns
    else { return nil }
    return bias
  }

  private func biasRows(_ height: Int) -> Int { bias != nil && height >= 3 ? 1 : 0 }

  private func heatMap(_ shown: WeightFigures, _ limit: Float) -> HeatMap {
    HeatMap(
      shown.values[...], rows: shown.grid.rows, columns: shown.grid.columns,
      scale: .symmetric(Double(limit)), ramp: ink.heat,
      cursor: (model.weights.row, model.weights.column), labelStyle: ink.subdued)
  }

  private func drawMap(_ shown: WeightFigures, _ limit: Float, on canvas: Canvas) {
    let biasRows = biasRows(canvas.height)
    let part = canvas.sub(canvas.bounds.rows(canvas.height - biasRows).top)
    let map = heatMap(shown, limit)
    map.draw(on: part, ink.capabilities)
    guard biasRows > 0, let bias else { return }
    let frame = map.frame(in: part.bounds.size, ink.capabilities)
    let y = min(frame.plot.height, canvas.height - 1)
    if frame.plot.x > 1 { canvas.text("b", endingAt: frame.plot.x - 2, y: y, ink.subdued) }
    HeatMap(
      bias.values[frame.columns], rows: 1, columns: frame.columns.count,
      scale: .symmetric(Double(limit)), ramp: ink.heat, labelStyle: ink.subdued,
      showsRowNumbers: false
    ).draw(
      on: canvas.sub(Rect(x: frame.plot.x, y: y, width: frame.plot.width, height: 1)),
      ink.capabilities)
  }

  // MARK: A vector

  /// Which numbers of a vector are in view, and how wide their bars are.
  private struct Bars {
    var shown: Range<Int>
    var width: Int

    func index(atX x: Int) -> Int? {
      guard x >= 1 else { return nil }
      let index = shown.lowerBound + (x - 1) / width
      return shown.contains(index) ? index : nil
    }
  }

  private func bars(_ shown: WeightFigures, in size: Size) -> Bars? {
    guard size.height >= 2, size.width >= 4 else { return nil }
    let cursor = shown.grid.rows == 1 ? model.weights.column : model.weights.row
    let count = shown.values.count
    let width = max(min((size.width - 2) / max(count, 1), 4), 1)
    let visible = max((size.width - 1) / width, 1)
    // Like the map's, the window moves by half of itself.
    let half = max(visible / 2, 1)
    let first =
      count <= visible ? 0 : min(max((cursor / half - 1) * half + half / 2, 0), count - visible)
    return Bars(shown: first..<min(first + visible, count), width: width)
  }

  /// Bars up and down from zero, with `▲` below the one under the cursor.
  private func drawBars(_ shown: WeightFigures, _ limit: Float, on canvas: Canvas) {
    guard let bars = bars(shown, in: canvas.bounds.size) else { return }
    let height = canvas.height - 1
    let cursor = shown.grid.rows == 1 ? model.weights.column : model.weights.row
    let count = shown.values.count
    let barWidth = bars.width
    let gap = barWidth > 2 ? 1 : 0
    let first = bars.shown.lowerBound
    let halves = height * 2
    // Zero in the middle, on a border between half rows.
    let zero = halves / 2
    for index in bars.shown {
      let value = shown.values[index]
      let size = min(max(value / limit, -1), 1)
      let length = value.isFinite ? Int((abs(size) * Float(halves - zero)).rounded()) : 0
      let style = ink.heat(value, limit: limit)
      let from = value >= 0 ? zero - min(length, zero) : zero
      let to = value >= 0 ? zero : min(zero + length, halves)
      for column in 0..<(barWidth - gap) {
        let x = 1 + (index - first) * barWidth + column
        for y in 0..<height {
          let upper = (2 * y) >= from && (2 * y) < to
          let lower = (2 * y + 1) >= from && (2 * y + 1) < to
          guard upper || lower else {
            if y == zero / 2, from == to { canvas.put(ink.glyph("─", "-"), x: x, y: y, ink.border) }
            continue
          }
          let glyph: Unicode.Scalar =
            upper && lower ? ink.glyph("█", "#") : upper ? ink.glyph("▀", "'") : ink.glyph("▄", ".")
          canvas.put(glyph, x: x, y: y, style)
        }
        if index == cursor { canvas.put(ink.glyph("▲", "^"), x: x, y: height, ink.focus) }
      }
    }
    if bars.shown.count < count {
      canvas.text(
        "\(first)-\(bars.shown.upperBound - 1) of \(count)", endingAt: canvas.width - 1,
        y: height, ink.subdued)
    }
  }

  // MARK: Lines below

  private func drawLegend(_ shown: WeightFigures, _ limit: Float, on canvas: Canvas, y: Int) {
    let words =
      switch model.weights.scale {
      case .all: "all · 99%"
      case .layer: "layer · 99%"
      case .fixed: "fixed"
      }
    let end = Numbers.general(Double(limit), 2)
    var spans: [Span] = [Span("-\(end) ", ink.subdued)]
    if ink.capabilities.colors == .palette256, ink.unicode {
      spans += ink.heat.map { Span(" ", Style(.standard, on: $0)) }
    } else if ink.unicode {
      spans += [
        Span("█▓▒░", Style(ink.theme.negative)), Span("·", ink.subdued),
        Span("░▒▓█", Style(ink.theme.positive)),
      ]
    } else {
      spans += [
        Span("-@-*-:", Style(ink.theme.negative)), Span(" . ", ink.subdued),
        Span(":*@", Style(ink.theme.positive)),
      ]
    }
    spans.append(Span(" +\(end)", ink.subdued))
    canvas.line(
      [Segment(spans), Segment(words, ink.subdued, rank: 2)], x: 1, y: y,
      separator: Span("  "), ink)
  }

  private var cell: (name: String, value: Float)? {
    guard let shown else { return nil }
    let (row, column) = (model.weights.row, model.weights.column)
    let index = shown.grid.index(row: row, column: column)
    guard row < shown.grid.rows, column < shown.grid.columns, shown.values.indices.contains(index)
    else { return nil }
    let place = shown.grid.rows == 1 ? "\(column)" : "\(row),\(column)"
    return ("\(shown.name)[\(place)]", shown.values[index])
  }

  private func drawCell(_ shown: WeightFigures, on canvas: Canvas, y: Int) {
    guard let (name, value) = cell else { return }
    canvas.line(
      [
        Segment(
          [
            Span(ink.sign(.cursor), ink.focus), Span(name + " ", ink.text),
            Span(
              (shown.isDifference ? "Δ" : "") + Figures.signed(value, decimals: 4), ink.strong),
          ]),
        Segment(
          [
            Span("rank ", ink.subdued), Span(Figures.percent(shown.rank(of: value)), ink.text),
          ], rank: 2),
        Segment(
          [
            Span("rms ", ink.subdued), Span(Figures.value(shown.magnitude), ink.text),
          ], rank: 3),
      ], y: y, separator: Span("  "), ink)
  }

  var figures: [Figure] {
    guard let shown, let (name, value) = cell else { return [] }
    return [
      Figure(name, Figures.signed(value, decimals: 4), ink.strong),
      Figure("rank", Figures.percent(shown.rank(of: value))),
      Figure("root mean square", Figures.value(shown.magnitude)),
      Figure("scale", "±" + Numbers.general(Double(limit(shown)), 2)),
      Figure("tensor", shown.shape("×")),
    ]
  }
}
