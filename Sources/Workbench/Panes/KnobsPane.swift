import Learning
import Terminal

/// The knobs: each with its value, whether it was turned away from its standard (`*`), and whether
/// turning it builds the networks anew (`↻`).
struct KnobsPane: PaneView {
  private let model: Model
  private let ink: Ink
  private let visible: [Int]

  init(_ model: Model, _ ink: Ink) {
    self.model = model
    self.ink = ink
    visible = model.visibleKnobs
  }

  private var knobs: [Knob] { model.snapshot.knobs.knobs }

  private var selected: Knob? {
    knobs.indices.contains(model.knobs.cursor) ? knobs[model.knobs.cursor] : nil
  }

  /// As it was turned last, though the run may not have followed yet.
  private func value(_ knob: Knob) -> KnobValue { model.value(of: knob) }

  var note: [Span] {
    guard model.knobs.filter.isEmpty else {
      return [
        Span("/\(model.knobs.filter) ", ink.warning),
        Span("\(visible.count) of \(knobs.count)", ink.subdued),
      ]
    }
    let turned = knobs.count { value($0) != $0.standard }
    return turned == 0
      ? [Span("standard", ink.subdued)]
      : [Span("*", ink.warning), Span("\(turned) turned", ink.text)]
  }

  func draw(on canvas: Canvas) {
    guard !visible.isEmpty else {
      canvas.wrapped(
        knobs.isEmpty ? "no knobs" : "no knob matches the filter", y: 0, ink.subdued, ink)
      return
    }
    let (list, foot) = parts(of: canvas.bounds.size)
    table(list.size).draw(on: canvas.sub(list), ink.capabilities)
    guard foot.height > 0 else { return }
    canvas.sub(Rect(x: 1, y: foot.y, width: canvas.width - 1, height: foot.height))
      .wrapped(selected.map(help) ?? "", y: 0, ink.subdued, ink)
  }

  func hit(x: Int, y: Int, in size: Size) -> Hit? {
    guard !visible.isEmpty else { return nil }
    let list = parts(of: size).list.size
    return table(list).row(atY: y, height: list.height).map { .knob(visible[$0]) }
  }

  private func hasHelpColumn(_ width: Int) -> Bool { width >= 60 }

  /// The knobs, and what is said about the selected one where there is no column for it.
  private func parts(of size: Size) -> (list: Rect, foot: Rect) {
    let help = selected.map(help) ?? ""
    let rows =
      hasHelpColumn(size.width) || size.height < 5
      ? 0 : size.height >= 9 && help.unicodeScalars.count > size.width - 1 ? 2 : 1
    let parts = Rect(size).rows(size.height - rows)
    return (parts.top, parts.rest)
  }

  private func table(_ size: Size) -> Table {
    let hasHelpColumn = hasHelpColumn(size.width)
    let longest = visible.reduce(0) { max($0, value(knobs[$1]).description.count + 1) }
    let valueWidth = min(longest, max(size.width / 2, 4))
    // Values stand near their names; a line of 200 columns is no help to the eye.
    let margin = visible.count > size.height ? 5 : 4
    let titleWidth = min(max(size.width - valueWidth - margin, 3), 34)
    let rows = visible.map { index -> [Span] in
      let knob = knobs[index]
      let value = value(knob)
      let isTurned = value != knob.standard
      return [
        Span(knob.title, ink.text),
        Span(
          (isTurned ? "*" : "") + value.description, isTurned ? ink.warning : ink.strong),
        Span(knob.effect == .rebuild ? ink.sign(.rebuild) : " ", ink.subdued),
        Span(hasHelpColumn ? knob.help : "", ink.subdued),
      ]
    }
    var columns: [Table.Column] = [
      .init("", .fixed(titleWidth), spills: true), .init("", .fixed(valueWidth), .right),
      .init("", .fixed(1)),
    ]
    if hasHelpColumn { columns.append(.init("", .flexible)) }
    return Table(
      columns, rows: rows, selection: visible.firstIndex(of: model.knobs.cursor),
      titleStyle: ink.subdued, selectionStyle: ink.selection)
  }

  /// What turning it costs, and what it does.
  private func help(_ knob: Knob) -> String {
    "\(knob.effect == .live ? "live" : "\(ink.sign(.rebuild)) anew"): \(knob.help)"
  }

  var figures: [Figure] {
    guard let selected else { return [] }
    let isTurned = value(selected) != selected.standard
    return [
      Figure(selected.title, (isTurned ? "*" : "") + value(selected).description, ink.strong),
      Figure("standard", selected.standard.description),
      Figure("turning it", selected.effect == .live ? "applies live" : "builds anew"),
      Figure("it takes", selected.domainDescription),
    ]
  }
}
