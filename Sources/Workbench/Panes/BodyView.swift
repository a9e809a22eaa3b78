import Learning
import Terminal
import Training

/// A body, turned and lit, and the task's own beside it where there is room.
struct BodyView {
  private let body: Behaviour.Body
  private let model: Model
  private let ink: Ink

  init(_ body: Behaviour.Body, _ model: Model, _ ink: Ink) {
    self.body = body
    self.model = model
    self.ink = ink
  }

  /// Columns from which on two pictures stand side by side.
  private static let widthForTwo = 50

  func draw(on canvas: Canvas) {
    let (pictures, words) = canvas.bounds.rows(canvas.height - (canvas.height >= 3 ? 1 : 0))
    if let truth = body.truth, canvas.width >= Self.widthForTwo {
      let half = (canvas.width - 1) / 2
      draw(body.field, on: canvas.sub(Rect(x: 0, y: 0, width: half, height: pictures.height)))
      draw(
        truth,
        on: canvas.sub(
          Rect(x: half + 1, y: 0, width: canvas.width - half - 1, height: pictures.height)))
      canvas.text("f(x)", x: 1, y: 0, ink.subdued)
      canvas.text(model.referenceName ?? "task", x: half + 2, y: 0, ink.subdued)
    } else {
      draw(body.field, on: canvas.sub(pictures))
    }
    if !words.isEmpty { drawWords(on: canvas.sub(words)) }
  }

  // MARK: The picture

  private func draw(_ field: ScalarField, on canvas: Canvas) {
    // Two pixels in a cell, one above the other; a cell is twice as high as wide.
    let picture = BodyPicture(
      field, model.target.camera, width: canvas.width, height: 2 * canvas.height)
    for row in 0..<canvas.height {
      for column in 0..<canvas.width {
        let (glyph, style) = cell(picture[column, 2 * row], picture[column, 2 * row + 1])
        canvas.put(glyph, x: column, y: row, style)
      }
    }
  }

  private static let ramp: [Unicode.Scalar] = [".", ":", "-", "=", "+", "*", "#", "%", "@"]
  private static let shades: [Unicode.Scalar] = ["░", "▒", "▓", "█"]

  private func cell(
    _ upper: BodyPicture.Pixel, _ lower: BodyPicture.Pixel
  ) -> (Unicode.Scalar, Style) {
    guard upper != .nothing || lower != .nothing else { return (" ", .plain) }
    guard ink.unicode, ink.capabilities.colors == .palette256 else {
      let lights = [upper, lower].compactMap(light)
      let isCut = upper == .inside || lower == .inside
      let mean = lights.reduce(0, +) / Float(max(lights.count, 1))
      let signs = ink.unicode ? Self.shades : Self.ramp
      if isCut { return (ink.glyph("╳", "x"), ink.accent) }
      let level = Int((mean * Float(signs.count)).rounded(.down))
      return (signs[min(max(level, 0), signs.count - 1)], ink.text)
    }
    switch (color(upper), color(lower)) {
    case (let above?, let below?):
      return above == below ? (" ", Style(.standard, on: above)) : ("▀", Style(above, on: below))
    case (let above?, nil): return ("▀", Style(above))
    case (nil, let below?): return ("▄", Style(below))
    case (nil, nil): return (" ", .plain)
    }
  }

  private func light(_ pixel: BodyPicture.Pixel) -> Float? {
    switch pixel {
    case .nothing: nil
    case .inside: 1
    case .surface(let light): light
    }
  }

  private func color(_ pixel: BodyPicture.Pixel) -> Color? {
    switch pixel {
    case .nothing: return nil
    case .inside: return ink.theme.accent
    case .surface(let light):
      let level = (light.isFinite ? light : 0) * Float(ink.light.count - 1)
      // The darkest is the background.
      return ink.light[min(max(Int(level.rounded()), 1), ink.light.count - 1)]
    }
  }

  // MARK: Words

  private func drawWords(on canvas: Canvas) {
    var segments: [Segment] = []
    if let overlap = body.overlap {
      segments.append(
        Segment(
          [
            Span("IoU ", ink.subdued), Span(Figures.percent(overlap, decimals: 1), ink.strong),
            Span(" by \(body.field.side)", ink.subdued),
          ], rank: 0))
    }
    let camera = model.target.camera
    segments.append(
      Segment(
        "turned \(degrees(camera.turn)) tilted \(degrees(camera.tilt))"
          + (model.target.turning == nil ? "" : " turning"), ink.subdued, rank: 2))
    if camera.zoom != 1 {
      segments.append(
        Segment(ink.sign("×", "x") + Figures.value(camera.zoom), ink.subdued, rank: 3))
    }
    if camera.cut > 0 {
      segments.append(Segment("cut \(Figures.percent(camera.cut))", ink.accent, rank: 1))
    }
    if body.field.insideCount == 0 {
      segments.append(Segment("nothing is inside here", ink.warning, rank: 0))
    }
    canvas.line(segments, x: 1, y: 0, separator: Span("  "), ink)
  }

  private func degrees(_ radians: Float) -> String {
    let turned = Int((radians * 180 / .pi).rounded()) % 360
    return "\(turned < 0 ? turned + 360 : turned)\(ink.sign("°", " "))"
  }

  var figures: [Figure] {
    var figures: [Figure] = []
    if let overlap = body.overlap {
      figures.append(Figure("IoU", Figures.percent(overlap, decimals: 1), ink.strong))
    }
    let share = Float(body.field.insideCount) / Float(max(body.field.values.count, 1))
    figures.append(Figure("filled", Figures.percent(share, decimals: 1)))
    return figures
  }
}
