import Learning
import Terminal
import Training

/// What a pane shows as a vector picture.
enum Picture {
  /// Nil for panes that are tables.
  static func svg(of pane: Pane, in model: Model) -> String? {
    switch pane {
    case .loss: loss(model)
    case .weights where model.weights.view != .map: nil
    case .weights: weights(model)
    case .space: space(model)
    case .target: target(model)
    case .compare: model.comparison.race.map { comparison($0, model) }
    case .tasks, .knobs, .context: nil
    }
  }

  static func caption(_ model: Model) -> String {
    "\(model.snapshot.description.experiment), step \(model.snapshot.step), "
      + "seed \(model.snapshot.seed)"
  }

  static func canvas(_ model: Model, width: Double = 720, height: Double = 410) -> SVG {
    SVG(width: width, height: height, theme: model.theme)
  }

  /// The curves of the steps that are seen, raw: every bucket's mean.
  private static func loss(_ model: Model) -> String {
    let history = model.snapshot.history
    let range = model.lossRange
    let curves = history.series.map { buckets in
      buckets.enumerated().compactMap { index, bucket -> (Float, Float)? in
        let step = index * history.stride
        guard bucket.count > 0, range.contains(step) else { return nil }
        return (Float(step), bucket.mean)
      }
    }
    let all = curves.flatMap { $0 }
    var svg = canvas(model)
    let frame = PlotFrame(
      x: all.map(\.0), y: all.map(\.1), isLogarithmic: model.loss.isLogarithmic)
    frame.draw(on: &svg, title: "Loss: \(caption(model))", xLabel: "step", yLabel: "loss")
    for (index, curve) in curves.enumerated() {
      let points = curve.compactMap { frame.point($0.0, $0.1) }
      svg.path(points, stroke: svg.series(index), isDashed: index == 1)
      let names = model.snapshot.description.series
      guard names.indices.contains(index) else { continue }
      let place = frame.left + 8 + Double(index) * 120
      svg.line(
        (place, 392), (place + 20, 392), stroke: svg.series(index), width: 2, isDashed: index == 1)
      svg.text(names[index], x: place + 26, y: 396)
    }
    return svg.document
  }

  /// The tensor that is shown; runs of cells of one colour are one rectangle.
  private static func weights(_ model: Model) -> String? {
    guard let probe = model.probe, probe.weights.indices.contains(model.weights.tensor) else {
      return nil
    }
    let tensor = probe.weights[model.weights.tensor]
    let grid = TensorGrid(tensor.specification)
    guard grid.rows > 0, grid.columns > 0 else { return nil }
    let limit = max(
      tensor.values.lazy.filter(\.isFinite).map(abs).max() ?? 1, .leastNormalMagnitude)
    let cell = min(max(640 / Double(grid.columns), 1), 16)
    let height = min(cell, max(480 / Double(grid.rows), 1))
    var svg = canvas(
      model, width: 80 + cell * Double(grid.columns), height: 90 + height * Double(grid.rows))
    svg.text(
      "\(tensor.specification.name) \(grid.rows)×\(grid.columns), \(caption(model))", x: 40, y: 20,
      size: 14)
    if tensor.specification.role == .weight {
      svg.text("inputs", x: 36, y: 46, fill: svg.subdued, anchor: .end, size: 9)
    }
    svg.text("outputs", x: 40, y: 32, fill: svg.subdued, size: 9)
    for row in 0..<grid.rows {
      var first = 0
      var color = ""
      for column in 0...grid.columns {
        let next =
          column < grid.columns
          ? svg.diverging(Double(tensor.values[grid.index(row: row, column: column)] / limit)) : ""
        guard next != color else { continue }
        if column > first {
          svg.rect(
            x: 40 + Double(first) * cell, y: 36 + Double(row) * height,
            width: Double(column - first) * cell, height: height, fill: color)
        }
        first = column
        color = next
      }
    }
    let bottom = 36 + height * Double(grid.rows) + 16
    for level in -16...16 {
      svg.rect(
        x: 40 + Double(level + 16) * 6, y: bottom, width: 6, height: 10,
        fill: svg.diverging(Double(level) / 16))
    }
    svg.text("−\(limit.short) … +\(limit.short)", x: 250, y: bottom + 9, fill: svg.subdued)
    return svg.document
  }

  private static func target(_ model: Model) -> String? {
    switch model.probe?.behaviour {
    case .curve(let curve): return self.curve(curve, model)
    case .images(let images): return self.images(images, model)
    case .text(let text): return self.text(text, model)
    case .episode(let episode): return self.episode(episode, model)
    case .body(let body): return self.body(body, model)
    // Its table is drawn.
    case .network, nil: return nil
    }
  }

  private static func curve(_ curve: Behaviour.Curve, _ model: Model) -> String {
    var svg = canvas(model)
    let truth = curve.truth ?? []
    let frame = PlotFrame(
      x: curve.x, y: curve.prediction + truth + curve.points.map(\.y))
    let error = curve.error.map { ", MSE \($0.short)" } ?? ""
    frame.draw(
      on: &svg, title: "f(x; H(z)): \(caption(model))\(error)", xLabel: "x", yLabel: "f(x)")
    svg.path(
      zip(curve.x, truth).compactMap { frame.point($0, $1) }, stroke: svg.subdued, isDashed: true)
    for point in curve.points {
      guard let place = frame.point(point.x, point.y) else { continue }
      svg.circle(x: place.x, y: place.y, radius: 2.5, fill: nil, stroke: svg.series(1))
    }
    svg.path(
      zip(curve.x, curve.prediction).compactMap { frame.point($0, $1) }, stroke: svg.series(0),
      width: 2)
    let task = model.referenceName.map { "○ data and ╌ function of task \($0)" } ?? ""
    svg.text("━ prediction  \(task)", x: frame.left, y: 396, fill: svg.subdued)
    return svg.document
  }

  private static func images(_ images: Behaviour.Images, _ model: Model) -> String {
    let columns = 10
    let side = 6.0
    let width = Double(max(images.width, 1)) * side + 12
    let height = Double(max(images.height, 1)) * side + 28
    let rows = (images.examples.count + columns - 1) / columns
    var svg = canvas(
      model, width: 40 + Double(columns) * width, height: 50 + Double(rows) * height)
    let share = percent(images.accuracy, 1)
    svg.text(
      "\(caption(model)): \(share) of \(images.accuracyCount) unseen images right", x: 20, y: 20,
      size: 14)
    func name(_ index: Int) -> String {
      images.classNames.indices.contains(index) ? images.classNames[index] : "\(index)"
    }
    for (index, example) in images.examples.enumerated() {
      let left = 20 + Double(index % columns) * width
      let top = 36 + Double(index / columns) * height
      for (pixel, value) in example.pixels.enumerated() where images.width > 0 {
        let grey = Int((min(max(value.isFinite ? value : 0, 0), 1) * 255).rounded())
        svg.rect(
          x: left + Double(pixel % images.width) * side,
          y: top + Double(pixel / images.width) * side, width: side, height: side,
          fill: "rgb(\(grey),\(grey),\(grey))")
      }
      let predicted = example.predicted
      let isRight = predicted == example.label
      let probability =
        example.probabilities.indices.contains(predicted) ? example.probabilities[predicted] : 0
      svg.text(
        (isRight ? "" : "✗ ") + "\(name(predicted)) \(percent(probability, 0))", x: left,
        y: top + height - 14, fill: isRight ? svg.text : svg.series(1))
    }
    return svg.document
  }

  static func percent(_ share: Float, _ decimals: Int) -> String {
    Numbers.fixed(Double(share) * 100, decimals) + " %"
  }

  /// A table, for panes without a picture of their own.
  static func table(_ table: ExportTable, title: String, theme: Theme) -> String {
    let texts = [table.columns] + table.rows.map { $0.map(\.text) }
    let widths = table.columns.indices.map { column in
      Double(texts.map { $0[column].count }.max() ?? 0) * 7 + 16
    }
    var svg = SVG(
      width: 40 + max(widths.reduce(0, +), 160), height: 56 + Double(texts.count) * 16, theme: theme
    )
    svg.text(title, x: 20, y: 20, size: 14)
    for (row, fields) in texts.enumerated() {
      var x = 20.0
      for (field, width) in zip(fields, widths) {
        svg.text(field, x: x, y: 44 + Double(row) * 16, fill: row == 0 ? svg.subdued : nil)
        x += width
      }
    }
    return svg.document
  }
}
