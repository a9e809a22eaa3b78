import Terminal
import Training

/// What is left of each task in continual learning: one row for the end of each task and one for now, a
/// column for each task, and below how far its weights have drifted.
///
///     learned  0|1   2|3   4|5
///     0|1     99.9
///     2|3     99.7  98.9
///     now     99.6  98.2  99.1
///     drift    .01   .03
struct ForgettingMatrix {
  typealias Line = [Span]

  private let snapshot: Snapshot
  private let ink: Ink
  private let isLoss: Bool

  init(_ model: Model, _ ink: Ink) {
    snapshot = model.snapshot
    self.ink = ink
    isLoss = model.snapshot.tasks.allSatisfy { $0.metric == nil }
  }

  private var names: [String] { snapshot.description.tasks.map(\.name) }
  private var now: [Float?] { snapshot.tasks.map { $0.metric ?? $0.loss } }
  private var current: Int { snapshot.currentTask ?? max(names.count - 1, 0) }

  /// Mean over the tasks that have begun, and what was lost of those before the present one.
  private var average: Float? {
    let known = now.prefix(current + 1).compactMap { $0 }
    return known.isEmpty ? nil : known.reduce(0, +) / Float(known.count)
  }

  private var forgotten: Float? {
    let known = now.compactMap { $0 }
    guard known.count == now.count else { return nil }
    return snapshot.milestones.forgotten(now: known, before: current, isLoss: isLoss)
  }

  func lines(_ width: Int) -> [Line] {
    guard !names.isEmpty else { return [] }
    let label = min(max(names.map(\.unicodeScalars.count).max() ?? 0, 7), 9)
    // A column is as wide as its number; of more tasks than there is room for, the newest are shown.
    let column = isLoss ? 7 : 6
    let count = min(names.count, max((width - label) / column, 1))
    let end = min(max(current + 1, count), names.count)
    let shown = end - count..<end
    let title =
      count < names.count
      ? "\(shown.lowerBound + 1)\(ink.sign("–", "-"))\(shown.upperBound)/\(names.count)" : "learned"
    var lines: [Line] = [headline(width)]
    lines.append(
      [Span(title.filled(label, ink), ink.subdued)]
        + shown.map { task in
          Span(
            String(names[task].prefix(column - 1)).filled(column, ink, .right),
            task == current ? ink.focus : ink.subdued)
        })
    for milestone in snapshot.milestones where names.indices.contains(milestone.task) {
      lines.append(
        [Span(names[milestone.task].filled(label, ink), ink.subdued)]
          + shown.map { task in
            cell(
              task <= milestone.task && milestone.measures.indices.contains(task)
                ? milestone.measures[task] : nil, of: task, column)
          })
    }
    lines.append(
      [Span("now".filled(label, ink), ink.strong)]
        + shown.map { cell($0 <= current ? now[$0] : nil, of: $0, column, isNow: true) })
    if snapshot.tasks.contains(where: { $0.drift != nil }) {
      lines.append(
        [Span("drift".filled(label, ink), ink.subdued)]
          + shown.map { task in
            // Two digits, or one where there is no room between columns.
            let texts = snapshot.tasks[task].drift.map { drift in
              [2, 1].map { Numbers.general(Double(drift), $0) }
            }
            let text = texts?.first { $0.count < column } ?? texts?.last ?? ""
            return Span(text.filled(column, ink, .right), ink.accent)
          })
    }
    if let cosine = snapshot.gradientCosine {
      lines.append([
        Span("cos(∇task, ∇memory) ", ink.subdued),
        Span(Numbers.fixed(Double(cosine), 2), ink.strong),
        Span(cosine < 0 ? "  they pull apart" : "", ink.warning),
      ])
    }
    return lines
  }

  private func headline(_ width: Int) -> Line {
    let mean = average.map { text($0) + (isLoss ? "" : "%") } ?? Figures.none
    var line = [Span("mean ", ink.subdued), Span(mean, ink.strong)]
    if let forgotten {
      line += [
        Span(isLoss ? "  grown by " : "  forgotten ", ink.subdued),
        Span(
          isLoss ? text(max(forgotten, 0)) : "\(Numbers.fixed(Double(forgotten) * 100, 1)) points",
          isBad(forgotten) ? ink.warning : ink.success),
      ]
    }
    return line
  }

  /// More than two points of accuracy.
  private func isBad(_ forgotten: Float) -> Bool {
    isLoss ? forgotten > (average ?? 0) : forgotten > 0.02
  }

  /// Tasks that are worse than when they were learned stand out.
  private func cell(_ value: Float?, of task: Int, _ width: Int, isNow: Bool = false) -> Span {
    guard let value else { return Span("".filled(width, ink), ink.text) }
    let own = snapshot.milestones.first { $0.task == task }?.measures[task]
    let isWorse = own.map { isLoss ? value > 2 * $0 + 1e-3 : value < $0 - 0.02 } ?? false
    return Span(
      text(value).filled(width, ink, .right),
      isWorse ? ink.warning : isNow ? ink.strong : ink.text)
  }

  private func text(_ value: Float) -> String {
    isLoss ? Figures.loss(value, digits: 2) : Numbers.fixed(Double(value) * 100, 1)
  }

  var figures: [Figure] {
    [
      Figure("mean", average.map { text($0) } ?? Figures.none, ink.strong),
      Figure("forgotten", forgotten.map { Numbers.general(Double($0), 3) } ?? Figures.none),
      Figure(
        "cos(∇task, ∇memory)",
        snapshot.gradientCosine.map { Numbers.fixed(Double($0), 2) } ?? Figures.none),
    ]
  }
}
