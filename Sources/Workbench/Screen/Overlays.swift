import Foundation
import Learning
import Terminal
import Training

extension Screen {
  /// What lies over the panes. It covers the body at most: state and losses stay in view above it,
  /// toasts and keys below.
  static func drawOverlay(
    _ overlay: Overlay, _ model: Model, _ ink: Ink, on canvas: Canvas, _ layout: Layout
  ) {
    switch overlay {
    case .help(let state): drawHelp(state, model, ink, on: canvas.sub(layout.body))
    case .palette(let state): drawPalette(state, model, ink, on: canvas.sub(layout.body))
    case .browser(let state): drawBrowser(state, model, ink, on: canvas.sub(layout.body))
    // Drawn by the toast line, so that one sees the pane while typing.
    case .prompt: break
    }
  }

  /// An empty box in the middle, as large as wanted where there is room.
  private static func window(
    _ title: String, note: String, width: Int, height: Int, _ ink: Ink, on canvas: Canvas
  ) -> Canvas {
    let width = min(width, canvas.width)
    let height = min(height, canvas.height)
    let rect = Rect(
      x: (canvas.width - width) / 2, y: (canvas.height - height) / 2, width: width, height: height)
    let part = canvas.sub(rect)
    part.fill()
    return Box(
      .heavy, ink.focus, title: [Span(title, ink.strong)], note: [Span(note, ink.subdued)]
    ).draw(on: part, ink.capabilities)
  }

  /// The line of typed text at the top; returns what is below it.
  private static func input(
    _ text: String, sign: String, hint: String, _ ink: Ink, on canvas: Canvas
  ) -> Canvas {
    canvas.text(sign, x: 1, y: 0, ink.focus)
    TextField(text).draw(on: canvas, x: 3, y: 0, width: canvas.width - 4, ink.text)
    if text.isEmpty {
      canvas.fitted([Span(hint, ink.subdued)], x: 5, y: 0, width: canvas.width - 6, ink)
    }
    return canvas.sub(
      Rect(x: 1, y: 1, width: canvas.width - 2, height: canvas.height - 1))
  }

  /// Clamps a selection to a list; nil where it is empty.
  private static func selected(_ state: ListState, _ count: Int) -> Int? {
    count > 0 ? min(max(state.selection, 0), count - 1) : nil
  }

  // MARK: Help

  private static func drawHelp(_ state: ListState, _ model: Model, _ ink: Ink, on canvas: Canvas) {
    let rows = CommandTable.help(matching: state.text)
    let inside = window(
      "Help", note: "\(rows.count) commands", width: 96, height: canvas.height, ink, on: canvas)
    let list = input(
      state.text, sign: "/", hint: "type to filter; enter does what is selected", ink, on: inside)
    guard let selection = selected(state, rows.count) else {
      list.wrapped("nothing matches", y: 0, ink.subdued, ink)
      return
    }
    // Headings are lines of their own; the selection counts commands only.
    var lines: [[Span]] = []
    var chosen = 0
    var group: CommandTable.Group?
    for (index, row) in rows.enumerated() {
      if row.group != group {
        group = row.group
        lines.append([Span(row.group.rawValue, ink.accent)])
      }
      if index == selection { chosen = lines.count }
      lines.append([
        Span(row.keys.isEmpty ? ":" + row.name : row.keyText, ink.key),
        Span(row.help + scope(row), ink.text),
      ])
    }
    var columns = [Table.Column("", .fixed(min(18, max(list.width / 3, 8)))), Table.Column()]
    if list.width >= 80 {
      columns.append(Table.Column("", .fixed(14)))
      var group: CommandTable.Group?
      var line = 0
      for row in rows {
        if row.group != group {
          group = row.group
          line += 1
        }
        lines[line].append(Span(row.name, ink.subdued))
        line += 1
      }
    }
    Table(
      columns, rows: lines, selection: chosen, titleStyle: ink.subdued,
      selectionStyle: ink.selection
    ).draw(on: list, ink.capabilities)
  }

  private static func scope(_ row: CommandTable.Row) -> String {
    guard case .panes(let panes) = row.scope else { return "" }
    return " (\(panes.map(\.shortTitle).joined(separator: ", ")))"
  }

  // MARK: Palette

  private static func drawPalette(
    _ state: ListState, _ model: Model, _ ink: Ink, on canvas: Canvas
  ) {
    let entries = CommandTable.palette(matching: state.text, in: model)
    let height = min(max(entries.count, 1) + 3, max(canvas.height * 3 / 4, 8))
    let inside = window(
      "Commands", note: entries.count == 1 ? "1 fits" : "\(entries.count) fit", width: 84,
      height: height, ink, on: canvas)
    let list = input(state.text, sign: ":", hint: "a command, or part of it", ink, on: inside)
    guard let selection = selected(state, entries.count) else {
      list.wrapped("no such command", y: 0, ink.subdued, ink)
      return
    }
    let longest = entries.reduce(12) { max($0, $1.title.unicodeScalars.count) }
    Table(
      [
        .init("", .fixed(min(longest, max(list.width * 2 / 5, 12)))), .init("", .fit(8), .right),
        .init(),
      ],
      rows: entries.map {
        [Span($0.title, ink.text), Span($0.keys, ink.key), Span($0.help, ink.subdued)]
      },
      selection: selection, titleStyle: ink.subdued, selectionStyle: ink.selection
    ).draw(on: list, ink.capabilities)
  }

  // MARK: Browser

  private static func drawBrowser(
    _ state: BrowserState, _ model: Model, _ ink: Ink, on canvas: Canvas
  ) {
    let entries = state.visibleEntries
    let sessions = entries.count {
      if case .session = $0 { true } else { false }
    }
    let inside = window(
      "Experiments and sessions", note: sessions == 1 ? "1 session" : "\(sessions) sessions",
      width: 100, height: min(max(entries.count + 6, 10), canvas.height), ink, on: canvas)
    let list = input(
      state.list.text, sign: "/", hint: "type to filter; enter opens, this run is saved first", ink,
      on: inside)
    guard let selection = selected(state.list, entries.count) else {
      list.wrapped("nothing matches", y: 0, ink.subdued, ink)
      return
    }
    let isWide = list.width >= 72
    let thumbnail = list.width >= 90 ? 20 : isWide ? 12 : 8
    let details = list.height >= 6 ? 2 : 0
    let (table, detail) = list.bounds.rows(list.height - details)
    var columns: [Table.Column] = [.init("", .fixed(1)), .init("", .flexible)]
    columns.append(.init("step", .fixed(9), .right))
    if isWide { columns.append(.init("val", .fixed(7), .right)) }
    columns.append(.init("so far", .fixed(thumbnail)))
    if list.width >= 90 { columns.append(.init("size", .fixed(7), .right)) }
    Table(
      columns, rows: entries.map { row($0, isWide: isWide, thumbnail, ink) }, selection: selection,
      titleStyle: ink.subdued, selectionStyle: ink.selection
    ).draw(on: list.sub(table), ink.capabilities)
    if details > 0 { drawDetail(entries[selection], ink, on: list.sub(detail)) }
  }

  private static func row(
    _ entry: BrowserState.Entry, isWide: Bool, _ thumbnail: Int, _ ink: Ink
  ) -> [Span] {
    switch entry {
    case .experiment(let name, _):
      return [Span("+", ink.success), Span("\(name), from the start", ink.text)]
    case .session(let session):
      let name = session.path.split(separator: "/").last.map(String.init) ?? session.path
      guard session.problem == nil else {
        return [Span(ink.sign(.wrong), ink.failure), Span(name, ink.subdued)]
      }
      let logarithms = session.thumbnail.map { Double(log10(max($0, 1e-30))) }
      let curve = Sparkline(logarithms).glyphs(width: thumbnail, ink.capabilities)
      return [
        Span(ink.sign("·", "."), ink.subdued), Span(name, ink.text),
        Span(Figures.count(session.step), ink.text),
      ] + (isWide ? [Span(Figures.loss(session.validationLoss), ink.series(1))] : []) + [
        Span(String(String.UnicodeScalarView(curve)), ink.series(0)),
        Span(bytes(session.size), ink.subdued),
      ]
    }
  }

  /// The selected entry in words.
  private static func drawDetail(_ entry: BrowserState.Entry, _ ink: Ink, on canvas: Canvas) {
    switch entry {
    case .experiment(_, let summary): canvas.wrapped(summary, y: 0, ink.accent, ink)
    case .session(let session):
      if let problem = session.problem {
        canvas.wrapped(problem, y: 0, ink.failure, ink)
        return
      }
      canvas.line(
        [
          Segment(session.experiment, ink.accent),
          Segment([Span("seed ", ink.subdued), Span("\(session.seed)", ink.text)], rank: 2),
          Segment(
            [
              Span("train ", ink.subdued), Span(Figures.loss(session.trainingLoss), ink.text),
              Span("  val ", ink.subdued), Span(Figures.loss(session.validationLoss), ink.text),
            ], rank: 1),
        ], x: 1, y: 0, separator: Span(" · ", ink.border), ink)
      canvas.fitted([Span(session.path, ink.subdued)], x: 1, y: 1, width: canvas.width - 1, ink)
    }
  }

  private static func bytes(_ count: Int) -> String {
    count < 1024
      ? "\(count) B"
      : count < 1_048_576
        ? "\(count / 1024) KiB" : Numbers.fixed(Double(count) / 1_048_576, 1) + " MiB"
  }
}
