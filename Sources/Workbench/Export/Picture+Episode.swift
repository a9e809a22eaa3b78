import Learning
import Terminal
import Training

extension Picture {
  /// An episode's labelled images on top, and below each its class's queries.
  static func episode(_ episode: Behaviour.Episode, _ model: Model) -> String {
    let ways = max(episode.classNames.count, 1)
    let dot = 3.0
    let (width, height) = (Double(episode.side) * dot + 12, Double(episode.side) * dot + 28)
    let rows = 1 + (episode.queries.count + ways - 1) / ways
    var svg = canvas(
      model, width: max(40 + Double(ways) * width, 420), height: 50 + Double(rows) * height)
    svg.text(
      "\(caption(model)): \(percent(episode.accuracy, 0)) of \(episode.queries.count) queries right, "
        + episode.script, x: 20, y: 20, size: 14)
    func draw(_ pixels: [Float], column: Int, row: Int, _ text: String, _ fill: String) {
      let (left, top) = (20 + Double(column) * width, 36 + Double(row) * height)
      for (pixel, value) in pixels.enumerated() where episode.side > 0 {
        let grey = Int((min(max(value.isFinite ? value : 0, 0), 1) * 255).rounded())
        svg.rect(
          x: left + Double(pixel % episode.side) * dot,
          y: top + Double(pixel / episode.side) * dot, width: dot, height: dot,
          fill: "rgb(\(grey),\(grey),\(grey))")
      }
      svg.text(text, x: left, y: top + height - 14, fill: fill)
    }
    for label in 0..<ways {
      guard let support = episode.support.first(where: { $0.label == label }) else { continue }
      draw(support.pixels, column: label, row: 0, "\(label + 1)", svg.accent)
    }
    for (index, query) in episode.queries.enumerated() {
      let isRight = query.predicted == query.label
      let probability =
        query.probabilities.indices.contains(query.predicted)
        ? query.probabilities[query.predicted] : 0
      draw(
        query.pixels, column: index % ways, row: 1 + index / ways,
        (isRight ? "" : "✗ ") + "\(query.predicted + 1) \(percent(probability, 0))",
        isRight ? svg.text : svg.series(1))
    }
    return svg.document
  }
}
