import Foundation
import Learning
import Terminal
import Training

/// The tasks: what tells them apart, how well each is done, and whether it was trained on.
///
///      id   amp phase   loss
///     ▸s1 ● 0.10 0.00 2.1e-3 ▂▁
struct TasksPane: PaneView {
  private let model: Model
  private let ink: Ink
  private let visible: [Int]

  init(_ model: Model, _ ink: Ink) {
    self.model = model
    self.ink = ink
    visible = model.visibleTasks
  }

  private var tasks: [TaskDescription] { model.snapshot.description.tasks }

  private func status(_ task: Int) -> Snapshot.TaskStatus? {
    model.snapshot.tasks.indices.contains(task) ? model.snapshot.tasks[task] : nil
  }

  /// Trained, held out, fitted, or being learned right now.
  private func mark(_ task: Int) -> Ink.Mark {
    if model.snapshot.currentTask == task { return .learning }
    guard tasks[task].role == .heldOut else { return .trained }
    return status(task)?.context == nil ? .heldOut : .fitted
  }

  var note: [Span] {
    guard model.tasks.filter.isEmpty else {
      return [
        Span("/\(model.tasks.filter) ", ink.warning),
        Span("\(visible.count) of \(tasks.count)", ink.subdued),
      ]
    }
    if let wins {
      return [Span("best ", ink.subdued), Span("\(wins.count)/\(wins.of)", ink.text)]
    }
    let trained = tasks.count { $0.role == .training }
    let heldOut = tasks.count - trained
    var spans = [Span("\(trained)", ink.text), Span(ink.sign(.trained), ink.success)]
    if heldOut > 0 {
      spans += [Span(" \(heldOut)", ink.text), Span(ink.sign(.heldOut), ink.warning)]
    }
    return spans
  }

  func draw(on canvas: Canvas) {
    guard !visible.isEmpty else {
      canvas.wrapped(
        tasks.isEmpty ? "no tasks" : "no task matches the filter", y: 0, ink.subdued, ink)
      return
    }
    let details = details(canvas.height)
    table(canvas.width, height: canvas.height - details)
      .draw(on: canvas.sub(canvas.bounds.rows(canvas.height - details).top), ink.capabilities)
    if details > 0, tasks.indices.contains(model.tasks.cursor) {
      drawDetail(of: model.tasks.cursor, on: canvas, y: canvas.height - 1)
    }
    if details > 1, let traffic = model.snapshot.traffic {
      draw(traffic, on: canvas, y: canvas.height - 2)
    }
  }

  /// Lines below the table.
  private func details(_ height: Int) -> Int {
    switch height {
    case ..<7: 0
    case ..<9: 1
    default: model.snapshot.traffic == nil ? 1 : 2
    }
  }

  /// What was sent to clients and what they sent back, and in how many rounds where there is room.
  private func draw(_ traffic: Traffic, on canvas: Canvas, y: Int) {
    func segment(_ sign: String, _ text: String, rank: Int) -> Segment {
      Segment([Span(sign, ink.subdued), Span(text, ink.text)], rank: rank)
    }
    canvas.line(
      [
        segment(String(ink.sign("↓", "v")), Numbers.bytes(traffic.bytesDown), rank: 0),
        segment(String(ink.sign("↑", "^")), Numbers.bytes(traffic.bytesUp), rank: 1),
        Segment(
          [Span(Figures.count(traffic.rounds), ink.text), Span(" rounds", ink.subdued)], rank: 2),
      ], x: 1, y: y, separator: Span(" · ", ink.border), ink)
  }

  func hit(x: Int, y: Int, in size: Size) -> Hit? {
    guard !visible.isEmpty else { return nil }
    let height = size.height - details(size.height)
    return table(size.width, height: height).row(atY: y, height: height).map {
      .task(visible[$0])
    }
  }

  /// The attributes worth a column: an angle that is the task's name need not stand beside it again.
  private var attributeColumns: [Int] {
    let names = Set(tasks.map(\.name))
    return (tasks.first?.attributes ?? []).indices.filter { index in
      !tasks.prefix(3).allSatisfy { task in
        guard task.attributes.indices.contains(index) else { return true }
        let attribute = task.attributes[index]
        return names.contains(Numbers.fixed(attribute.value, 0) + attribute.unit)
      }
    }
  }

  private func table(_ width: Int, height: Int) -> Table {
    let hasMetric = model.snapshot.tasks.contains { $0.metric != nil }
    let nameWidth = min(tasks.reduce(2) { max($0, $1.name.unicodeScalars.count) }, 12)
    // One column for the cursor, one for the marks of scrolling.
    let margin = visible.count + 1 > height ? 2 : 1
    // How well it goes comes first; what else is known about the tasks where all of it has room.
    var room = width - margin - (nameWidth + 3) - 6 - (hasMetric ? 6 : 0)
    var attributes = attributeColumns
    let decimals = attributes.map { isWhole($0) ? 0 : 2 }
    var widths = zip(attributes, decimals).map { index, decimals in
      visible.reduce(min(tasks[0].attributes[index].name.count, 8)) {
        max($0, min(value(index, of: $1, decimals).count, 8))
      }
    }
    let needed = widths.reduce(0) { $0 + $1 + 1 }
    if needed > room {
      attributes = []
      widths = []
    } else {
      room -= needed
    }
    var columns = [Table.Column("id", .fixed(nameWidth)), Table.Column("", .fixed(1))]
    columns += zip(attributes, widths).map { index, width in
      Table.Column(String(tasks[0].attributes[index].name.prefix(width)), .fixed(width), .right)
    }
    if hasMetric {
      let name = model.snapshot.description.metricName
      columns.append(Table.Column(name == "accuracy" ? "acc" : name, .fixed(5), .right))
    }
    columns.append(Table.Column("loss", .fixed(6), .right))
    columns.append(Table.Column("", .flexible))
    // Two bars tell nothing.
    let sparkWidth = room - 1 >= 3 ? min(room - 1, 16) : 0
    let rows = visible.map { task -> [Span] in
      let status = status(task)
      var row = [
        Span(tasks[task].name, model.reference == task ? ink.strong : ink.text), markSpan(task),
      ]
      row += zip(attributes, decimals).map { Span(value($0, of: task, $1), ink.text) }
      if hasMetric {
        row.append(
          Span(status?.metric.map { Figures.percent($0, decimals: 1) } ?? "", style(task)))
      }
      row.append(Span(Figures.loss(status?.loss, digits: 2), ink.text))
      row.append(Span(spark(status?.recent ?? [], sparkWidth), ink.series(1)))
      return row
    }
    return Table(
      columns, rows: rows, selection: visible.firstIndex(of: model.tasks.cursor),
      titleStyle: ink.subdued, selectionStyle: ink.selection)
  }

  /// Where there are rivals: whether the task's own network is as good as each of theirs.
  private func style(_ task: Int) -> Style {
    guard let metric = status(task)?.metric,
      let best = model.snapshot.rivals?.scores(of: task).map(\.score).max()
    else { return ink.text }
    return metric >= best ? ink.success : ink.warning
  }

  /// How many clients nobody does better for than the hypernetwork.
  private var wins: (count: Int, of: Int)? {
    guard let rivals = model.snapshot.rivals else { return nil }
    let known = tasks.indices.compactMap { task -> Bool? in
      guard let metric = status(task)?.metric,
        let best = rivals.scores(of: task).map(\.score).max()
      else { return nil }
      return metric >= best
    }
    return known.isEmpty ? nil : (known.count { $0 }, known.count)
  }

  private func value(_ attribute: Int, of task: Int, _ decimals: Int) -> String {
    let own = tasks[task].attributes
    return own.indices.contains(attribute) ? Numbers.fixed(own[attribute].value, decimals) : ""
  }

  /// Whether an attribute counts something.
  private func isWhole(_ attribute: Int) -> Bool {
    tasks.allSatisfy { task in
      guard task.attributes.indices.contains(attribute) else { return true }
      let value = task.attributes[attribute].value
      return value == value.rounded()
    }
  }

  private func spark(_ values: [Float], _ width: Int) -> String {
    // Losses span decades: their logarithms show that a small one still falls.
    let logarithms = values.map { log10(Double(max($0, 1e-30))) }
    let glyphs = Sparkline(logarithms).glyphs(width: width, ink.capabilities)
    return String(String.UnicodeScalarView(glyphs))
  }

  private func markSpan(_ task: Int) -> Span {
    let mark = mark(task)
    let style =
      switch mark {
      case .trained: ink.success
      case .learning: ink.focus
      case .fitted: ink.accent
      default: ink.warning
      }
    return Span(ink.sign(mark), style)
  }

  /// The task under the cursor in words: what its numbers are called, with units.
  private func drawDetail(of task: Int, on canvas: Canvas, y: Int) {
    let state =
      switch mark(task) {
      case .learning: "being learned"
      case .fitted: "held out, fitted"
      case .heldOut: "held out: . fits z"
      default: "trained"
      }
    let rivals = model.snapshot.rivals?.scores(of: task) ?? []
    var segments = rivals.map { rival in
      Segment(
        [
          Span("\(rival.name) ", ink.subdued),
          Span(Figures.percent(rival.score), ink.text),
        ])
    }
    // What the sign in its row says anyway gives way to rivals.
    segments.append(
      Segment(
        [Span(ink.sign(mark(task)) + " ", markSpan(task).style), Span(state, ink.text)],
        rank: rivals.isEmpty ? 0 : 1))
    segments += tasks[task].attributes.enumerated().map { index, attribute in
      let space = attribute.unit.isEmpty || attribute.unit == "°" ? "" : " "
      return Segment(
        [
          Span("\(attribute.name) ", ink.subdued),
          Span(Numbers.plain(attribute.value) + space + attribute.unit, ink.text),
        ], rank: 2 + index)
    }
    canvas.line(segments, x: 1, y: y, separator: Span(" · ", ink.border), ink)
  }

  var figures: [Figure] {
    let task = model.tasks.cursor
    guard tasks.indices.contains(task) else { return [] }
    let status = status(task)
    var figures = [
      Figure("task", "\(tasks[task].name) \(ink.sign(mark(task)))", ink.strong),
      Figure("loss", Figures.loss(status?.loss)),
    ]
    if let drift = status?.drift {
      figures.append(Figure("drift", Numbers.general(Double(drift), 3)))
    }
    if let metric = status?.metric {
      figures.append(
        Figure(model.snapshot.description.metricName, Figures.percent(metric, decimals: 1)))
    }
    figures += (model.snapshot.rivals?.scores(of: task) ?? []).map {
      Figure($0.name, Figures.percent($0.score, decimals: 1))
    }
    return figures
      + tasks[task].attributes.map {
        Figure($0.name, "\(Numbers.plain($0.value)) \($0.unit)")
      }
  }
}
