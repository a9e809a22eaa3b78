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
    let part = canvas.sub(rect(width, height, in: canvas.bounds))
    part.fill()
    return Box(
      .heavy, ink.focus, title: [Span(title, ink.strong)], note: [Span(note, ink.subdued)]
    ).draw(on: part, ink.capabilities)
  }

  /// In the middle of another rectangle, as large as wanted where there is room.
  private static func rect(_ width: Int, _ height: Int, in outer: Rect) -> Rect {
    let width = min(width, outer.width)
    let height = min(height, outer.height)
    return Rect(
      x: outer.x + (outer.width - width) / 2, y: outer.y + (outer.height - height) / 2,
      width: width, height: height)
  }

  /// The list below the line of typed text, inside the border.
  private static func list(in inside: Rect) -> Rect {
    Rect(x: inside.x + 1, y: inside.y + 1, width: inside.width - 2, height: inside.height - 1)
  }

  /// The row of the list that lies over the panes at a cell of the screen, as its selection counts.
  static func row(x: Int, y: Int, in model: Model, _ ink: Ink, _ layout: Layout) -> Int? {
    func list(_ width: Int, _ height: Int) -> Rect? {
      let rect = self.list(in: rect(width, height, in: layout.body).inset(1, 1))
      return rect.contains(x: x, y: y) ? rect : nil
    }
    switch model.overlay {
    case .help(let state):
      guard let list = list(helpWidth, layout.body.height) else { return nil }
      let (table, rows) = helpTable(state, ink, list.width)
      guard let line = table.row(atY: y - list.y, height: list.height) else { return nil }
      return rows.firstIndex(of: line)
    case .palette(let state):
      let entries = CommandTable.palette(matching: state.text, in: model)
      guard let list = list(paletteWidth, paletteHeight(entries.count, layout.body.height)) else {
        return nil
      }
      return paletteTable(entries, state, ink, list.width).row(
        atY: y - list.y, height: list.height)
    case .browser(let state):
      guard
        let list = list(browserWidth, browserHeight(state.visibleEntries.count, layout.body.height))
      else { return nil }
      let rows = list.height - browserDetails(list.height)
      return browserTable(state, ink, list.width).row(atY: y - list.y, height: rows)
    case .prompt, nil: return nil
    }
  }

  /// The line of typed text at the top; returns what is below it.
  private static func input(
    _ field: TextField, sign: String, hint: String, _ ink: Ink, on canvas: Canvas
  ) -> Canvas {
    canvas.text(sign, x: 1, y: 0, ink.focus)
    field.draw(on: canvas, x: 3, y: 0, width: canvas.width - 4, ink.text)
    if field.isEmpty {
      canvas.fitted([Span(hint, ink.subdued)], x: 5, y: 0, width: canvas.width - 6, ink)
    }
    return canvas.sub(list(in: canvas.bounds))
  }

  /// Clamps a selection to a list; nil where it is empty.
  private static func selected(_ state: ListState, _ count: Int) -> Int? {
    count > 0 ? min(max(state.selection, 0), count - 1) : nil
  }

  // MARK: Help

  private static func drawHelp(_ state: ListState, _ model: Model, _ ink: Ink, on canvas: Canvas) {
    let rows = CommandTable.help(matching: state.text)
    let inside = window(
      "Help", note: "\(rows.count) commands", width: helpWidth, height: canvas.height, ink,
      on: canvas)
    let list = input(
      state.field, sign: "/", hint: "type to filter; enter does what is selected", ink, on: inside)
    guard !rows.isEmpty else {
      list.wrapped("nothing matches", y: 0, ink.subdued, ink)
      return
    }
    helpTable(state, ink, list.width).table.draw(on: list, ink.capabilities)
  }

  private static let helpWidth = 100

  /// The commands with headings between them, and on which line each command stands.
  private static func helpTable(
    _ state: ListState, _ ink: Ink, _ width: Int
  ) -> (table: Table, lines: [Int]) {
    let rows = CommandTable.help(matching: state.text)
    let hasNames = width >= 80
    var cells: [[Span]] = []
    var lines: [Int] = []
    var group: CommandTable.Group?
    for row in rows {
      if row.group != group {
        group = row.group
        cells.append([Span(row.group.rawValue, ink.accent)])
      }
      lines.append(cells.count)
      cells.append(
        [
          Span(row.keys.isEmpty ? ":" + row.name : row.keyText, ink.key),
          Span(row.help + scope(row), ink.text),
        ] + (hasNames ? [Span(row.name, ink.subdued)] : []))
    }
    var columns = [Table.Column("", .fixed(min(21, max(width / 2, 8)))), Table.Column()]
    if hasNames { columns.append(Table.Column("", .fit(20))) }
    return (
      Table(
        columns, rows: cells, selection: selected(state, rows.count).map { lines[$0] },
        titleStyle: ink.subdued, selectionStyle: ink.selection), lines
    )
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
    let inside = window(
      "Commands", note: entries.count == 1 ? "1 command" : "\(entries.count) commands",
      width: paletteWidth, height: paletteHeight(entries.count, canvas.height), ink, on: canvas)
    let list = input(state.field, sign: ":", hint: "a command, or part of it", ink, on: inside)
    guard !entries.isEmpty else {
      list.wrapped("no such command", y: 0, ink.subdued, ink)
      return
    }
    paletteTable(entries, state, ink, list.width).draw(on: list, ink.capabilities)
  }

  private static let paletteWidth = 84
  private static func paletteHeight(_ count: Int, _ room: Int) -> Int {
    min(max(count, 1) + 3, max(room * 3 / 4, 8))
  }

  private static func paletteTable(
    _ entries: [CommandTable.Entry], _ state: ListState, _ ink: Ink, _ room: Int
  ) -> Table {
    // A long name takes what keys and help leave free, and no less than its share.
    func longest(_ part: KeyPath<CommandTable.Entry, String>) -> Int {
      entries.reduce(0) { max($0, $1[keyPath: part].unicodeScalars.count) }
    }
    let free = room - 4 - min(longest(\.keys), 8) - longest(\.help)
    let width = min(max(longest(\.title), 12), max(room * 2 / 5, 12, free))
    return Table(
      [
        .init("", .fixed(width)), .init("", .fit(8), .right),
        .init(),
      ],
      rows: entries.map {
        [Span($0.title, ink.text), Span($0.keys, ink.key), Span($0.help, ink.subdued)]
      },
      selection: selected(state, entries.count), titleStyle: ink.subdued,
      selectionStyle: ink.selection)
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
      width: browserWidth, height: browserHeight(entries.count, canvas.height), ink, on: canvas)
    let list = input(
      state.list.field, sign: "/", hint: "type to filter; enter opens, this run is saved first",
      ink,
      on: inside)
    guard let selection = selected(state.list, entries.count) else {
      list.wrapped("nothing matches", y: 0, ink.subdued, ink)
      return
    }
    let details = browserDetails(list.height)
    let (table, detail) = list.bounds.rows(list.height - details)
    browserTable(state, ink, list.width).draw(on: list.sub(table), ink.capabilities)
    if details > 0 { drawDetail(entries[selection], ink, on: list.sub(detail)) }
  }

  private static let browserWidth = 100
  private static func browserHeight(_ count: Int, _ room: Int) -> Int {
    min(max(count + 6, 10), room)
  }
  /// Lines about the selected entry.
  private static func browserDetails(_ height: Int) -> Int { height >= 6 ? 2 : 0 }

  private static func browserTable(_ state: BrowserState, _ ink: Ink, _ width: Int) -> Table {
    let entries = state.visibleEntries
    let isWide = width >= 72
    let thumbnail = width >= 90 ? 20 : isWide ? 12 : 8
    var columns: [Table.Column] = [.init("", .fixed(1)), .init("", .flexible)]
    columns.append(.init("step", .fixed(9), .right))
    if isWide { columns.append(.init("val", .fixed(7), .right)) }
    columns.append(.init("so far", .fixed(thumbnail)))
    if width >= 90 { columns.append(.init("size", .fixed(7), .right)) }
    return Table(
      columns, rows: entries.map { row($0, isWide: isWide, thumbnail, ink) },
      selection: selected(state.list, entries.count), titleStyle: ink.subdued,
      selectionStyle: ink.selection)
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
      if let race = session.race {
        let progress = race.isDone ? "done" : Figures.percent(Float(race.progress))
        return [
          Span(ink.sign("≡", "="), ink.subdued), Span(name, ink.text), Span(progress, ink.text),
        ] + (isWide ? [Span("", ink.text)] : []) + [
          Span(race.methodWords, ink.series(0)),
          Span(Numbers.bytes(session.size), ink.subdued),
        ]
      }
      let logarithms = session.thumbnail.map { Double(log10(max($0, 1e-30))) }
      let curve = Sparkline(logarithms).glyphs(width: thumbnail, ink.capabilities)
      return [
        Span(ink.sign("·", "."), ink.subdued), Span(name, ink.text),
        Span(Figures.count(session.step), ink.text),
      ] + (isWide ? [Span(Figures.loss(session.validationLoss), ink.series(1))] : []) + [
        Span(String(String.UnicodeScalarView(curve)), ink.series(0)),
        Span(Numbers.bytes(session.size), ink.subdued),
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
      if let race = session.race {
        canvas.line(
          [
            Segment("methods compared on \(session.experiment)", ink.accent),
            Segment(
              race.isDone ? "done" : "\(Figures.percent(Float(race.progress))) raced", ink.text,
              rank: 1),
            Segment("\(race.methodWords), seeds \(race.seeds)", ink.subdued, rank: 2),
          ], x: 1, y: 0, separator: Span(" · ", ink.border), ink)
        canvas.fitted([Span(session.path, ink.subdued)], x: 1, y: 1, width: canvas.width - 1, ink)
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
}
