import Learning
import Terminal
import Training

/// A few-shot episode: a column for each class with its labelled image on top (`2`) and its queries
/// below with what they are taken for (`✓ 98%`, `✗4 61%`), how many are right, and the accuracy on
/// scripts never trained on.
struct EpisodeView {
  private let episode: Behaviour.Episode
  private let model: Model
  private let ink: Ink

  init(_ episode: Behaviour.Episode, _ model: Model, _ ink: Ink) {
    self.episode = episode
    self.model = model
    self.ink = ink
  }

  private var cursor: Int {
    min(max(model.target.cursor, 0), max(episode.queries.count - 1, 0))
  }
  private var ways: Int { max(episode.classNames.count, 1) }

  func draw(on canvas: Canvas) {
    guard !episode.queries.isEmpty else {
      return canvas.wrapped("no images", y: 0, ink.subdued, ink)
    }
    let board = EpisodeBoard(episode, in: canvas.bounds.size, cursor: cursor)
    for label in board.classes {
      if let support = episode.support.first(where: { $0.label == label }) {
        let (x, y) = board.corner(class: label, row: nil)
        draw(support.pixels, ink.accent, on: canvas, x: x, y: y, board)
        canvas.text(
          [
            Span(" \(label + 1)", ink.accent),
            Span(shots > 1 ? " 1 of \(shots)" : "", ink.subdued),
          ], x: x, y: y + board.picture.height,
          limit: board.picture.width)
      }
      for row in board.rows where row * ways + label < episode.queries.count {
        let index = row * ways + label
        let query = episode.queries[index]
        let (x, y) = board.corner(class: label, row: row)
        draw(query.pixels, ink.text, on: canvas, x: x, y: y, board)
        canvas.text(
          caption(index, query), x: x, y: y + board.picture.height, limit: board.picture.width)
      }
    }
    if !board.summary.isEmpty { drawSummary(of: board.classes, on: canvas.sub(board.summary)) }
  }

  /// Support images of a class, of which the first is drawn.
  private var shots: Int { episode.support.count / ways }

  private func caption(_ index: Int, _ query: Behaviour.Images.Example) -> [Span] {
    let isCursor = index == cursor && model.target.hasCursor
    let isRight = query.predicted == query.label
    return [
      Span(isCursor ? ink.sign(.cursor) : " ", ink.focus),
      Span(ink.sign(isRight ? .right : .wrong), isRight ? ink.success : ink.failure),
      Span(isRight ? " " : "\(query.predicted + 1) ", isCursor ? ink.strong : ink.text),
      Span(Figures.percent(confidence(query)), ink.subdued),
    ]
  }

  private func confidence(_ query: Behaviour.Images.Example) -> Float {
    query.probabilities.indices.contains(query.predicted)
      ? query.probabilities[query.predicted] : 0
  }

  // MARK: Images

  /// A dot for every ink pixel, or for every four of which the mean is ink.
  private func draw(
    _ pixels: [Float], _ style: Style, on canvas: Canvas, x: Int, y: Int, _ board: EpisodeBoard
  ) {
    func level(_ column: Int, _ row: Int) -> Float {
      var sum: Float = 0
      for down in 0..<board.scale {
        for across in 0..<board.scale {
          let (column, row) = (column * board.scale + across, row * board.scale + down)
          let index = row * episode.side + column
          guard column < episode.side, row < episode.side, pixels.indices.contains(index) else {
            continue
          }
          sum += pixels[index].isFinite ? pixels[index] : 0
        }
      }
      return sum / Float(board.scale * board.scale)
    }
    for row in 0..<board.picture.height {
      for column in 0..<board.picture.width {
        let levels = (0..<8).map { level(2 * column + $0 % 2, 4 * row + $0 / 2) }
        canvas.put(glyph(levels), x: x + column, y: y + row, style)
      }
    }
  }

  private static let ramp: [Unicode.Scalar] = [" ", ".", ":", "-", "=", "+", "*", "#", "%", "@"]
  /// Braille's bits, row by row.
  private static let bits: [UInt32] = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80]

  private func glyph(_ levels: [Float]) -> Unicode.Scalar {
    guard ink.unicode else {
      let mean = min(max(levels.reduce(0, +) / 8, 0), 1)
      return Self.ramp[Int((mean * Float(Self.ramp.count - 1)).rounded())]
    }
    let dots = zip(levels, Self.bits).reduce(UInt32(0)) { $1.0 > 0.4 ? $0 | $1.1 : $0 }
    return dots == 0 ? " " : Unicode.Scalar(0x2800 + dots) ?? " "
  }

  // MARK: Words

  /// The newest accuracy on test scripts with half its 95 % interval, from the run's curves.
  private var tested: (accuracy: Float, interval: Float)? {
    let series = model.snapshot.history.series
    guard series.count > 3, let error = series[2].last(where: { $0.count > 0 }),
      let interval = series[3].last(where: { $0.count > 0 })
    else { return nil }
    return (1 - error.mean, interval.mean)
  }

  private var plusMinus: String { ink.unicode ? " ± " : " +- " }

  /// - Parameter classes: those in view.
  private func drawSummary(of classes: Range<Int>, on canvas: Canvas) {
    var segments = [
      Segment(
        [
          Span(Figures.percent(episode.accuracy), ink.strong),
          Span(" of \(episode.queries.count)", ink.subdued),
        ], rank: 0),
      Segment(
        episode.script + (episode.isTested ? ", never trained on" : ", trained on"), ink.subdued,
        rank: 2),
    ]
    if classes.count < ways {
      let (first, last) = (classes.lowerBound + 1, classes.upperBound)
      segments.append(Segment("classes \(first) to \(last) of \(ways)", ink.warning, rank: 1))
    }
    if let tested {
      segments.append(
        Segment(
          [
            Span("test ", ink.subdued),
            Span(Figures.percent(tested.accuracy, decimals: 1), ink.text),
            Span(plusMinus + Figures.percent(tested.interval, decimals: 1), ink.subdued),
          ], rank: 1))
    }
    canvas.line(segments, x: 1, y: 0, separator: Span("  "), ink)
  }

  var figures: [Figure] {
    var figures = [
      Figure(
        "right", "\(Figures.percent(episode.accuracy)) of \(episode.queries.count)", ink.strong),
      Figure("script", episode.script + (episode.isTested ? ", never trained on" : "")),
    ]
    if let tested {
      figures.append(
        Figure(
          "test",
          Figures.percent(tested.accuracy, decimals: 1) + plusMinus
            + Figures.percent(tested.interval, decimals: 1)))
    }
    guard model.target.hasCursor, episode.queries.indices.contains(cursor) else { return figures }
    let query = episode.queries[cursor]
    figures.append(
      Figure(
        "image \(cursor + 1)",
        "\(query.label + 1) taken for \(query.predicted + 1) "
          + ink.sign(query.predicted == query.label ? .right : .wrong) + " "
          + Figures.percent(confidence(query))))
    return figures
  }
}
