import Learning
import Training

extension Export {
  /// One row a method, as `weft compare --csv` has it.
  static func comparison(_ race: RaceSnapshot) -> ExportTable {
    let table = ComparisonTable(race.standing)
    return ExportTable(
      columns: table.fieldNames,
      rows: table.fields.map { fields in
        fields.map { field in
          switch field {
          case .text(let text): .text(text)
          case .integer(let value): .integer(value)
          case .number(let value): ExportTable.Cell(value.map { Float($0) })
          }
        }
      })
  }

  /// The table, and the curves of new tasks.
  static func document(of race: RaceSnapshot, _ table: ExportTable) -> JSONValue {
    let standing = race.standing
    return .object([
      ("pane", .string("\(Pane.compare)")), ("contest", .string(standing.contest)),
      ("caption", .string(ComparisonTable(standing).caption)),
      ("seed", .unsigned(standing.seeds.first ?? 0)),
      ("seeds", .array(standing.seeds.map(JSONValue.unsigned))),
      ("progress", .number(Float(standing.progress))), ("done", .bool(standing.isDone)),
      ("rows", table.json),
      (
        "curves",
        .array(
          standing.rows.map { row in
            let curve = RaceCurve(row)
            return .object([
              ("method", .string(row.label)),
              ("steps", .numbers(curve.points.map { Float($0.step) })),
              ("losses", .numbers(curve.points.map(\.loss))),
            ])
          })
      ),
    ])
  }
}

extension Picture {
  /// The curves of new tasks after five steps of adaptation, with their last values.
  static func comparison(_ race: RaceSnapshot, _ model: Model) -> String {
    let standing = race.standing
    let curves = standing.rows.map { RaceCurve($0) }
    let all = curves.flatMap(\.points)
    var svg = SVG(
      width: 720, height: 410 + Double((curves.count + 1) / 2) * 18, theme: model.theme)
    let frame = PlotFrame(
      x: all.map { Float($0.step) }, y: all.map(\.loss), isLogarithmic: true)
    frame.draw(
      on: &svg, title: "\(standing.contest): loss of new tasks after 5 steps of adaptation",
      xLabel: "step", yLabel: "loss")
    for (index, curve) in curves.enumerated() {
      svg.path(
        curve.points.compactMap { frame.point(Float($0.step), $0.loss) },
        stroke: svg.series(index), isDashed: RaceCurve.isDashed(index, of: model.theme.series.count)
      )
      let place = (
        x: frame.left + Double(index % 2) * 320, y: 412 + Double(index / 2) * 18
      )
      svg.line(
        (place.x, place.y - 4), (place.x + 20, place.y - 4), stroke: svg.series(index), width: 2,
        isDashed: RaceCurve.isDashed(index, of: model.theme.series.count))
      let value = curve.points.last.map { "  \($0.loss.short)" } ?? ""
      svg.text(standing.rows[index].label + value, x: place.x + 26, y: place.y)
    }
    return svg.document
  }
}
