import Learning
import Terminal
import Training

/// Small pictures with the class the target network gives each (`7 ✓ 98%`, `7→1 ✗ 62%`), the
/// probabilities of the one under the cursor, and the accuracy at this context.
struct ImagesView {
  private let images: Behaviour.Images
  private let model: Model
  private let ink: Ink

  init(_ images: Behaviour.Images, _ model: Model, _ ink: Ink) {
    self.images = images
    self.model = model
    self.ink = ink
  }

  private var cursor: Int { min(max(model.target.cursor, 0), max(images.examples.count - 1, 0)) }

  func draw(on canvas: Canvas) {
    guard !images.examples.isEmpty else {
      canvas.wrapped("no pictures", y: 0, ink.subdued, ink)
      return
    }
    let grid = PictureGrid(images, in: canvas.bounds.size)
    let first = grid.first(showing: cursor, of: images.examples.count)
    for place in 0..<(grid.columns * grid.rows) where first + place < images.examples.count {
      let (x, y) = grid.corner(place)
      // What has no room for its caption would only be half understood.
      guard y + grid.picture.height < grid.pictures.maxY || place == 0 else { continue }
      drawPixels(images.examples[first + place], on: canvas, x: x, y: y, grid)
      drawCaption(first + place, on: canvas, x: x, y: y + grid.picture.height, grid.picture.width)
    }
    if grid.probabilities.height > 1 {
      drawList(on: canvas.sub(grid.probabilities))
    } else if grid.probabilities.height == 1 {
      drawBars(on: canvas.sub(grid.probabilities))
    }
    if !grid.summary.isEmpty { drawSummary(on: canvas.sub(grid.summary)) }
  }

  private func name(_ index: Int) -> String {
    images.classNames.indices.contains(index) ? images.classNames[index] : "\(index)"
  }

  // MARK: A picture

  private func drawPixels(
    _ example: Behaviour.Images.Example, on canvas: Canvas, x: Int, y: Int, _ grid: PictureGrid
  ) {
    for row in 0..<grid.picture.height {
      for column in 0..<grid.picture.width {
        let upper = pixel(example, column / grid.scale, grid.scale == 1 ? 2 * row : row)
        let lower = grid.scale == 1 ? pixel(example, column, 2 * row + 1) : upper
        let (glyph, style) = cell(upper, lower)
        canvas.put(glyph, x: x + column, y: y + row, style)
      }
    }
  }

  private func drawCaption(_ index: Int, on canvas: Canvas, x: Int, y: Int, _ width: Int) {
    let example = images.examples[index]
    let isCursor = index == cursor && model.target.hasCursor
    let isRight = example.predicted == example.label
    let probability =
      example.probabilities.indices.contains(example.predicted)
      ? example.probabilities[example.predicted] : 0
    let label = String(name(example.label).prefix(3))
    let mark = isRight ? Ink.Mark.right : .wrong
    let spans = [
      Span(isCursor ? ink.sign(.cursor) : " ", ink.focus),
      Span(
        isRight ? label : label + ink.sign("→", ">") + String(name(example.predicted).prefix(3)),
        isCursor ? ink.strong : ink.text),
      Span(ink.sign(mark), isRight ? ink.success : ink.failure),
      Span(isRight ? " " : "", ink.text), Span(Figures.percent(probability), ink.subdued),
    ]
    canvas.text(spans, x: x, y: y, limit: width + 1)
  }

  private func pixel(_ example: Behaviour.Images.Example, _ x: Int, _ y: Int) -> Float {
    let index = y * images.width + x
    guard y < images.height, example.pixels.indices.contains(index) else { return 0 }
    let value = example.pixels[index]
    return value.isFinite ? min(max(value, 0), 1) : 0
  }

  private static let ramp: [Unicode.Scalar] = [" ", ".", ":", "-", "=", "+", "*", "#", "%", "@"]

  /// Two pixels, one above the other: in grey where there is grey, else in black and white halves,
  /// else as one sign of their mean.
  private func cell(_ upper: Float, _ lower: Float) -> (Unicode.Scalar, Style) {
    guard ink.unicode else {
      let level = Int(((upper + lower) / 2 * Float(Self.ramp.count - 1)).rounded())
      return (Self.ramp[level], ink.text)
    }
    guard ink.capabilities.colors == .palette256 else {
      switch (upper > 0.4, lower > 0.4) {
      case (true, true): return ("█", ink.text)
      case (true, false): return ("▀", ink.text)
      case (false, true): return ("▄", ink.text)
      case (false, false): return ("·", ink.border)
      }
    }
    func level(_ value: Float) -> Color {
      ink.light[Int((value * Float(ink.light.count - 1)).rounded())]
    }
    let (above, below) = (level(upper), level(lower))
    return above == below
      ? (" ", Style(.standard, on: above)) : ("▀", Style(above, on: below))
  }

  // MARK: Probabilities

  /// All classes of the picture under the cursor, a bar each.
  private func drawList(on canvas: Canvas) {
    let example = images.examples[cursor]
    canvas.fitted(
      [Span("picture \(cursor + 1): ", ink.subdued), Span(name(example.label), ink.strong)], x: 1,
      y: 0, width: canvas.width - 1, ink)
    for (index, probability) in example.probabilities.enumerated() {
      let y = index + 1
      let isPredicted = index == example.predicted
      let isLabel = index == example.label
      canvas.text(
        isPredicted ? ink.sign(.cursor) : isLabel ? ink.sign("·", ".") : " ", x: 0, y: y, ink.focus)
      canvas.text(
        String(name(index).prefix(4)), x: 1, y: y, isPredicted ? ink.strong : ink.subdued)
      canvas.text(
        Figures.percent(probability), endingAt: 9, y: y, isPredicted ? ink.strong : ink.text)
      Gauge(
        Double(probability), isLabel ? ink.success : ink.series(0), restStyle: ink.border
      ).draw(on: canvas, x: 11, y: y, width: min(canvas.width - 12, 40), ink.capabilities)
    }
  }

  /// The same in one line: each class with a bar of one cell.
  private func drawBars(on canvas: Canvas) {
    let example = images.examples[cursor]
    let bars = Sparkline(example.probabilities.map(Double.init), range: 0...1)
      .glyphs(width: example.probabilities.count, ink.capabilities)
    var spans: [Span] = []
    let gap = canvas.width >= bars.count * 3 + 12 ? " " : ""
    for (index, bar) in bars.enumerated() {
      let isPredicted = index == example.predicted
      spans.append(Span(String(name(index).prefix(2)), isPredicted ? ink.strong : ink.subdued))
      spans.append(
        Span(
          String(Character(bar)) + gap, index == example.label ? ink.success : ink.series(0)))
    }
    let certain =
      example.probabilities.indices.contains(example.predicted)
      ? example.probabilities[example.predicted] : 0
    canvas.line(
      [
        Segment([Span("p ", ink.subdued)] + spans, rank: 1),
        Segment(
          [
            Span("\(name(example.predicted)) ", ink.strong),
            Span(Figures.percent(certain, decimals: 1), ink.text),
          ], rank: 0),
      ], x: 1, y: 0, separator: Span(" "), ink)
  }

  private func drawSummary(on canvas: Canvas) {
    canvas.line(
      [
        Segment(
          [
            Span("accuracy ", ink.subdued),
            Span(Figures.percent(images.accuracy, decimals: 1), ink.strong),
          ], rank: 0),
        Segment("of \(Figures.count(images.accuracyCount)) unseen", ink.subdued, rank: 1),
        Segment("at this context", ink.subdued, rank: 2),
      ], x: 1, y: 0, separator: Span(" "), ink)
  }

  var figures: [Figure] {
    var figures = [
      Figure("accuracy", Figures.percent(images.accuracy, decimals: 1), ink.strong),
      Figure("of", "\(Figures.count(images.accuracyCount)) unseen images"),
    ]
    guard images.examples.indices.contains(cursor) else { return figures }
    let example = images.examples[cursor]
    let isRight = example.predicted == example.label
    figures.append(
      Figure(
        "picture \(cursor + 1)",
        "\(name(example.label)) taken for \(name(example.predicted)) "
          + ink.sign(isRight ? .right : .wrong)))
    return figures
  }
}
