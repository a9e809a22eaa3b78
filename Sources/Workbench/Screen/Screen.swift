import Terminal
import Training

extension Model {
  /// What it is drawn with.
  var ink: Ink {
    var capabilities = capabilities
    capabilities.unicode = usesUnicode
    return Ink(theme, capabilities)
  }
}

/// Draws a model: the whole screen, from values alone. The same model gives the same picture.
public enum Screen {
  /// Draws everything that fits a canvas.
  public static func render(_ model: Model, on canvas: Canvas) {
    let ink = model.ink
    canvas.fill()
    let layout = Layout(
      size: canvas.bounds.size, focus: model.focus, isZoomed: model.isZoomed, front: model.front)
    if layout.kind == .tooSmall {
      drawComplaint(on: canvas, ink)
    } else {
      StatusLine(model, ink).draw(on: canvas.sub(layout.status), kind: layout.kind)
      for placement in layout.panes {
        draw(placement.pane, model, ink, on: canvas.sub(placement.rect), layout)
      }
      if let strip = layout.strip { WeightStrip(model, ink).draw(on: canvas.sub(strip)) }
      if let digest = layout.digest { Digest(model, ink).draw(on: canvas.sub(digest)) }
      ToastLine(model, ink).draw(on: canvas.sub(layout.toast))
      Footer(model, ink).draw(on: canvas.sub(layout.footer))
      if let overlay = model.overlay {
        drawOverlay(overlay, model, ink, on: canvas, layout)
      }
    }
    canvas.ground(text: ink.theme.text, background: ink.theme.background)
    if !ink.unicode { transliterate(canvas) }
  }

  private static func draw(
    _ pane: Pane, _ model: Model, _ ink: Ink, on canvas: Canvas, _ layout: Layout
  ) {
    let view = pane.view(model, ink)
    guard layout.kind != .numbers else {
      return pane == .context
        ? view.draw(on: canvas) : drawFigures(view.figures, of: pane, model, ink, on: canvas)
    }
    let isFocused = pane == model.focus
    let isFront =
      (layout.kind == .compact || layout.kind == .single) && pane == layout.panes.first?.pane
      && pane != .context && !model.isZoomed
    // An active filter must be seen: it hides what one looks for.
    let title = isFront && !model.isFiltered(pane) ? tabs(pane, ink) : heading(pane, isFocused, ink)
    let box = Box(
      isFocused ? .heavy : .light, isFocused ? ink.focus : ink.border, title: title,
      note: view.note)
    view.draw(on: box.draw(on: canvas, ink.capabilities))
  }

  /// The number that goes there, then the name.
  private static func heading(_ pane: Pane, _ isFocused: Bool, _ ink: Ink) -> [Span] {
    [
      Span("\(pane.number) ", ink.key),
      Span(pane.title, isFocused ? ink.strong : Style(ink.theme.title)),
    ]
  }

  /// Where panes take turns: all that may stand here, the present one in brackets.
  private static func tabs(_ pane: Pane, _ ink: Ink) -> [Span] {
    var spans: [Span] = []
    let order: [Pane] = [.loss, .weights, .space, .tasks, .knobs]
    for other in order {
      if !spans.isEmpty { spans.append(Span(" ", ink.border)) }
      spans +=
        other == pane
        ? [Span("[\(other.number) \(other.shortTitle)]", ink.strong)]
        : [Span("\(other.number)", ink.key), Span(" \(other.shortTitle)", ink.subdued)]
    }
    return order.contains(pane) ? spans : heading(pane, true, ink)
  }

  /// A pane without pictures: its numbers, a line each.
  private static func drawFigures(
    _ figures: [Figure], of pane: Pane, _ model: Model, _ ink: Ink, on canvas: Canvas
  ) {
    let isFocused = pane == model.focus
    canvas.fitted(
      [Span(isFocused ? ink.sign(.cursor) : " ", ink.focus)] + heading(pane, isFocused, ink), x: 0,
      y: 0, width: canvas.width, ink)
    let width = figures.reduce(8) { max($0, $1.label.unicodeScalars.count) }
    for (index, figure) in figures.prefix(canvas.height - 1).enumerated() {
      canvas.fitted([Span(figure.label, ink.subdued)], x: 1, y: index + 1, width: width, ink)
      canvas.fitted(
        [Span(figure.value, figure.style)], x: width + 3, y: index + 1,
        width: canvas.width - width - 4, ink)
    }
  }

  private static func drawComplaint(on canvas: Canvas, _ ink: Ink) {
    let lines = Layout.complaint(canvas.bounds.size, unicode: ink.unicode)
    let top = (canvas.height - lines.count) / 2
    for (index, line) in lines.enumerated() {
      let x = (canvas.width - line.unicodeScalars.count) / 2
      canvas.text(line, x: max(x, 0), y: top + index, ink.warning)
    }
  }

  /// Signs that every terminal has in place of others, where these cannot be shown.
  private static func transliterate(_ canvas: Canvas) {
    for y in 0..<canvas.height {
      for x in 0..<canvas.width {
        guard let cell = canvas.cell(x: x, y: y), cell.glyph.value > 0x7E else { continue }
        canvas.put(cell.glyph.ascii, x: x, y: y, cell.style)
      }
    }
  }
}
