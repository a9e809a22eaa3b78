import Learning
import Terminal
import Training

/// One card for each of the target network's tensors: how its numbers are spread, and how large they
/// are. The eye finds the layer that changes.
struct WeightStrip {
  private let model: Model
  private let ink: Ink

  init(_ model: Model, _ ink: Ink) {
    self.model = model
    self.ink = ink
  }

  func draw(on canvas: Canvas) {
    let inside = Box(
      .light, ink.border, title: [Span("Layers", Style(ink.theme.title))],
      note: [Span("spread of each tensor's numbers", ink.subdued)]
    ).draw(on: canvas, ink.capabilities)
    guard let probe = model.probe, !probe.weights.isEmpty else { return }
    let count = probe.weights.count
    // Cards narrower than this say nothing; the ones around the chosen tensor are shown then.
    let visible = min(count, max(inside.width / 16, 1))
    let first = min(max(model.weights.tensor - visible / 2, 0), count - visible)
    for index in 0..<visible {
      let left = inside.width * index / visible
      let right = inside.width * (index + 1) / visible
      let card = Rect(x: left, y: 0, width: right - left - 1, height: inside.height)
      drawCard(first + index, probe, on: inside.sub(card))
    }
  }

  private func drawCard(_ tensor: Int, _ probe: ProbeResult, on canvas: Canvas) {
    guard
      let shown = WeightFigures(
        tensor, of: probe, pin: model.pin, showsDifference: model.weights.showsDifference)
    else { return }
    let isChosen = tensor == model.weights.tensor
    if isChosen { canvas.put(ink.glyph(.cursor), x: 0, y: 0, ink.focus) }
    canvas.line(
      [
        Segment((shown.isDifference ? "Δ" : "") + shown.name, isChosen ? ink.strong : ink.text),
        Segment(shown.shape(ink.sign("×", "x")), ink.subdued, rank: 1),
        Segment(
          [Span("rms ", ink.subdued), Span(Figures.value(shown.magnitude), ink.text)], rank: 2),
      ], x: 1, y: 0, separator: Span("  "), ink)
    guard canvas.height >= 2, canvas.width >= 6 else { return }
    let limit = robustLimit(shown.values)
    let bars = canvas.width - 2
    let counts = shown.histogram(bars, limit: limit)
    drawHistogram(
      counts, limit, on: canvas.sub(Rect(x: 1, y: 1, width: bars, height: canvas.height - 2)))
    guard canvas.height >= 3 else { return }
    let y = canvas.height - 1
    let end = Numbers.general(Double(limit), 2)
    canvas.text("-\(end)", x: 1, y: y, ink.subdued)
    canvas.text("0", x: 1 + bars / 2, y: y, ink.subdued)
    canvas.text("+\(end)", endingAt: bars, y: y, ink.subdued)
  }

  /// Columns in eighths of a row; coloured like the maps.
  private func drawHistogram(_ counts: [Int], _ limit: Float, on canvas: Canvas) {
    let most = Double(max(counts.max() ?? 1, 1))
    for (x, count) in counts.enumerated() {
      let value = (Float(x) + 0.5) / Float(counts.count) * 2 - 1
      let style = ink.heat(value * limit, limit: limit)
      // What is there at all is seen.
      let eighths = count == 0 ? 0 : max(Int(Double(count) / most * Double(canvas.height * 8)), 1)
      for row in 0..<canvas.height {
        let filled = min(max(eighths - row * 8, 0), 8)
        guard filled > 0, let block = Unicode.Scalar(0x2580 + UInt32(filled)) else { continue }
        canvas.put(
          ink.unicode ? block : filled > 4 ? "#" : ".", x: x, y: canvas.height - 1 - row, style)
      }
    }
  }
}
