import Foundation
import Terminal
import Training

/// The race of methods: the loss of new tasks as training goes on, and the table of what each comes to.
struct ComparePane: PaneView {
  private let view: ComparisonView
  private let ink: Ink
  private let curves: [RaceCurve]
  private let table: ComparisonTable?

  init(_ model: Model, _ ink: Ink) {
    view = model.comparison
    self.ink = ink
    curves = view.rows.map { RaceCurve($0) }
    table = view.race.map { ComparisonTable($0.standing) }
  }

  var note: [Span] {
    guard let seeds = view.race?.standing.seeds else { return [] }
    let seed = seeds.count > 1 ? " · seed \(seeds[0])" : ""
    return [Span("loss of new tasks, 5 steps\(seed) · log y", ink.subdued)]
  }

  // MARK: Parts

  private struct Parts {
    var caption = Rect(x: 0, y: 0, width: 0, height: 0)
    var plot = Rect(x: 0, y: 0, width: 0, height: 0)
    var table = Rect(x: 0, y: 0, width: 0, height: 0)
    /// About the chosen method.
    var detail = Rect(x: 0, y: 0, width: 0, height: 0)
  }

  private func parts(in size: Size, caption: Int) -> Parts {
    var parts = Parts()
    let captionRows = size.height >= 14 ? min(caption, 3) : size.height >= 9 ? 1 : 0
    let detailRows = size.height >= 14 ? 2 : size.height >= 7 ? 1 : 0
    var rest = Rect(size)
    (parts.caption, rest) = rest.rows(captionRows)
    (rest, parts.detail) = rest.rows(rest.height - detailRows)
    switch view.part {
    case .table: parts.table = rest
    case .curves where rest.width >= 64:
      (parts.plot, parts.table) = rest.columns(rest.width - min(rest.width / 3, 40))
    case .curves:
      (parts.plot, parts.table) = rest.rows(rest.height - min(rest.height / 3, 5))
    case .both:
      // The table as a whole where the curves keep a good half; curves need some rows to be any.
      let whole = view.rows.count + 1
      let plot = max(rest.height - whole, rest.height * 9 / 20)
      (parts.plot, parts.table) = rest.rows(plot >= 5 ? plot : 0)
    }
    return parts
  }

  // MARK: Drawing

  func draw(on canvas: Canvas) {
    guard let race = view.race, let table else {
      let text = view.isPreparing ? "the methods' networks are being built" : "no race yet"
      canvas.wrapped(text, y: 0, ink.subdued, ink)
      return
    }
    let captionRows = rows(of: table.caption, width: canvas.width)
    let parts = parts(in: canvas.bounds.size, caption: captionRows)
    canvas.sub(parts.caption).wrapped(table.caption, y: 0, ink.subdued, ink)
    if !parts.plot.isEmpty {
      if curves.contains(where: { !$0.points.isEmpty }) {
        plot(in: parts.plot.size).draw(on: canvas.sub(parts.plot), ink.capabilities)
      } else {
        let begin = race.state == .running ? "the first points are on their way" : "space begins"
        canvas.sub(parts.plot).wrapped(
          "the loss of new tasks after 5 steps of adaptation, by steps of training: \(begin)", y: 0,
          ink.subdued, ink)
      }
    }
    let grid = grid(table, width: parts.table.width)
    grid.widget.draw(on: canvas.sub(parts.table), ink.capabilities)
    drawDetail(race, table, grid, on: canvas.sub(parts.detail))
  }

  /// Lines that a text takes where it is broken at spaces.
  private func rows(of text: String, width: Int) -> Int {
    var (rows, column) = (1, 0)
    for word in text.split(separator: " ") {
      let length = word.unicodeScalars.count
      if column > 0, column + length < width {
        column += length + 1
      } else {
        if column > 0 { rows += 1 }
        column = length
      }
    }
    return rows
  }

  /// The chosen curve last: it is drawn above the others.
  private var order: [Int] { curves.indices.filter { $0 != view.cursor } + chosen }
  private var chosen: [Int] { curves.indices.contains(view.cursor) ? [view.cursor] : [] }

  private func plot(in size: Size) -> LinePlot {
    let lines = order.map { index in
      LinePlot.Series(
        curves[index].points.map { ($0.step, Double($0.loss)) }, ink.series(index),
        mark: RaceCurve.isDashed(index, of: ink.theme.series.count) ? .dashes : .line)
    }
    var plot = LinePlot(
      lines, xRange: 0...Double(view.totalSteps), yRange: yRange, yScale: .log, xLabels: .counts,
      xName: "step", crosshair: view.crosshair.map(Double.init), axisStyle: ink.subdued,
      crosshairStyle: ink.accent)
    plot.series += signs(in: plot.frame(in: size))
    return plot
  }

  /// A sign on each curve, at its newest point, or before it where another's sign stands.
  private func signs(in frame: LinePlot.Frame) -> [LinePlot.Series] {
    var taken: Set<Int> = []
    return order.reversed().compactMap { index in
      let point = curves[index].points.last { point in
        guard let column = frame.column(ofX: point.step),
          let row = frame.row(ofY: Double(point.loss))
        else { return false }
        return taken.insert(row * frame.plot.maxX + column).inserted
      }
      return point.map {
        .init(
          [($0.step, Double($0.loss))], style(index), mark: .points(RaceCurve.sign(index)))
      }
    }
  }

  private func style(_ index: Int) -> Style {
    index == view.cursor
      ? Style(ink.series(index).foreground, on: .standard, .bold) : ink.series(index)
  }

  /// From the smallest to the largest loss, in eighths of a decade: the picture must not jump with
  /// every point.
  private var yRange: ClosedRange<Double>? {
    let losses = curves.flatMap { $0.points.map(\.loss) }.filter { $0.isFinite && $0 > 0 }
    guard let low = losses.min(), let high = losses.max() else { return nil }
    let bottom = pow(10, (log10(Double(low)) * 8).rounded(.down) / 8)
    let top = pow(10, (log10(Double(high)) * 8).rounded(.up) / 8)
    return bottom...max(top, bottom * 1.8)
  }

  // MARK: The table

  private struct Grid {
    var widget: Table
    /// Columns of the comparison's table that are in view, by their places in it.
    var shown: [Int]
    /// Whether there are more than those.
    var isCut: Bool
  }

  /// Sign, name, newest loss and progress stand still; of the rest, what fits from the first column on
  /// that was scrolled to.
  private func grid(_ table: ComparisonTable, width: Int) -> Grid {
    let rows = view.rows
    func widest(_ title: String, _ cells: [String]) -> Int {
      ([title] + cells).reduce(0) { max($0, $1.unicodeScalars.count) }
    }
    let name = widest("method", table.rows.map { $0[0] })
    let valueTitle = view.crosshair.map { "@\(Figures.count($0))" } ?? "now"
    let values = curves.map { Figures.loss($0.value(at: view.crosshair)) }
    let progress = rows.map(progress)
    var columns: [Table.Column] = [
      .init("", .fixed(1)),
      .init("method", .fixed(min(name, max(width / (view.part == .curves ? 2 : 3), 8)))),
    ]
    var cells = rows.indices.map { index in
      [
        Span(String(RaceCurve.sign(index)), style(index)),
        Span(table.rows[index][0], index == view.cursor ? ink.strong : ink.text),
      ]
    }
    // When all is measured these say nothing that the others do not.
    if !isMeasured || view.part == .curves || view.crosshair != nil {
      columns.append(.init(valueTitle, .fixed(widest(valueTitle, values)), .right))
      for index in rows.indices { cells[index].append(Span(values[index], ink.series(index))) }
      if view.part != .curves {
        columns.append(.init("so far", .fixed(6), .right))
        for index in rows.indices { cells[index].append(progress[index]) }
      }
    }
    // The mark of the selection, that of scrolling, and what stands between columns.
    var room = width - 2 - columns.reduce(0) { $0 + Self.width($1) + 1 }
    var shown: [Int] = []
    let candidates = view.part == .curves ? [] : Array(table.columns.indices.dropFirst())
    for place in candidates.dropFirst(view.firstColumn) {
      let title = table.columns[place].title
      let needed = widest(title, table.rows.map { $0[place] })
      guard room >= needed else { break }
      room -= needed + 1
      columns.append(.init(title, .fixed(needed), .right))
      for row in rows.indices { cells[row].append(Span(table.rows[row][place], ink.text)) }
      shown.append(place)
    }
    return Grid(
      widget: Table(
        columns, rows: cells, selection: rows.isEmpty ? nil : clamped(view.cursor, rows.count),
        titleStyle: ink.subdued, selectionStyle: ink.selection),
      shown: shown, isCut: shown.count < candidates.count)
  }

  private var isMeasured: Bool {
    view.race?.state == .done && view.rows.allSatisfy { $0.failure == nil }
  }

  private static func width(_ column: Table.Column) -> Int {
    if case .fixed(let width) = column.width { width } else { 0 }
  }

  private func progress(_ row: Standing.Row) -> Span {
    if row.failure != nil { return Span(ink.sign(.wrong), ink.failure) }
    if row.step >= row.total {
      return row.newTasks.isEmpty ? Span("100%", ink.text) : Span(ink.sign(.right), ink.success)
    }
    return Span(
      Figures.percent(Float(row.step) / Float(max(row.total, 1))).padded(to: 4), ink.text)
  }

  /// The chosen method in words, and those of its numbers that have no column in view.
  private func drawDetail(
    _ race: RaceSnapshot, _ table: ComparisonTable, _ grid: Grid, on canvas: Canvas
  ) {
    let rows = view.rows
    guard canvas.height > 0, rows.indices.contains(view.cursor) else { return }
    let row = rows[view.cursor]
    if let failure = row.failure {
      canvas.fitted(
        [Span("\(ink.sign(.wrong)) \(row.label) failed: ", ink.failure), Span(failure, ink.text)],
        x: 1, y: 0, width: canvas.width - 2, ink)
    } else {
      canvas.fitted(
        [Span("\(row.label): ", ink.accent), Span(row.summary, ink.text)], x: 1, y: 0,
        width: canvas.width - 2, ink)
    }
    guard canvas.height > 1, grid.isCut else { return }
    let hidden = table.columns.indices.dropFirst().filter { !grid.shown.contains($0) }
    var segments = [Segment([Span("[ ] ", ink.key), Span("columns", ink.subdued)])]
    for (place, column) in hidden.enumerated() {
      // "1", "5" and "10" say nothing alone.
      let title = table.columns[column].title
      let isStep = Int(title) != nil
      segments.append(
        Segment(
          [
            Span((isStep ? "new, \(title)" : title) + " ", ink.subdued),
            Span(table.rows[view.cursor][column], ink.text),
          ], rank: hidden.count - place))
    }
    canvas.line(segments, x: 1, y: 1, separator: Span("  "), ink, width: canvas.width - 2)
  }

  func hit(x: Int, y: Int, in size: Size) -> Hit? {
    guard let table else { return nil }
    let part = parts(in: size, caption: rows(of: table.caption, width: size.width)).table
    guard part.contains(x: x, y: y) else { return nil }
    return grid(table, width: part.width).widget.row(atY: y - part.y, height: part.height)
      .map { .method($0) }
  }

  /// The methods from the chosen one on.
  var figures: [Figure] {
    let rows = view.rows
    return rows.indices.map { offset in
      let index = (clamped(view.cursor, rows.count) + offset) % rows.count
      let value = Figures.loss(curves[index].value(at: view.crosshair))
      return Figure(
        rows[index].label, "\(value)  \(progress(rows[index]).text.padded(to: 4))",
        offset == 0 ? ink.strong : ink.text)
    }
  }
}

extension String {
  /// With spaces in front up to a width.
  fileprivate func padded(to width: Int) -> String {
    String(repeating: " ", count: max(width - unicodeScalars.count, 0)) + self
  }
}
