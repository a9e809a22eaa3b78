import Training

extension Export {
  /// One row for the end of each task and one for now, a column for each task; then the drift.
  static func memory(_ snapshot: Snapshot) -> ExportTable {
    let names = snapshot.description.tasks.map(\.name)
    var rows = snapshot.milestones.filter { names.indices.contains($0.task) }.map { milestone in
      [.text(names[milestone.task]), .integer(milestone.step)]
        + milestone.measures.map { ExportTable.Cell($0) }
    }
    rows.append(
      [.text("now"), .integer(snapshot.step)]
        + snapshot.tasks.map { ExportTable.Cell($0.metric ?? $0.loss) })
    rows.append(
      [.text("drift"), .integer(snapshot.step)]
        + snapshot.tasks.map { ExportTable.Cell($0.drift) })
    return ExportTable(columns: ["learned", "step"] + names, rows: rows)
  }

  /// One row a number: what it is, of which tensor or context, and its value.
  static func conditioning(_ found: Conditioning) -> ExportTable {
    func row(_ what: String, _ of: String, _ value: Double?) -> [ExportTable.Cell] {
      [.text(what), .text(of), ExportTable.Cell(value.map { Float($0) })]
    }
    var rows = [
      row("step", "", Double(found.step)), row("tasks", "", Double(found.taskCount)),
      row("loss", "own context", found.losses.own),
      row("loss", "shuffled context", found.losses.shuffled),
      row("loss", "mean context", found.losses.mean), row("context gain", "", found.gain),
      row("variance share", "all", found.varianceShare),
      row("relative change", "all", found.change),
    ]
    rows += found.singularValues.enumerated().map {
      row("singular value", "\($0 + 1)", $1)
    }
    rows += found.tensors.flatMap {
      [
        row("variance share", $0.name, $0.varianceShare),
        row("relative change", $0.name, $0.change),
      ]
    }
    if let cause = found.cause {
      rows.append([.text(found.isAlarm ? "alarm" : "remark"), .text(cause.sentence), .none])
    }
    return ExportTable(columns: ["what", "of", "value"], rows: rows)
  }

  /// One row a tensor, then one a layer.
  static func autopsy(_ found: Autopsy) -> ExportTable {
    func cell(_ value: Double?) -> ExportTable.Cell { ExportTable.Cell(value.map { Float($0) }) }
    func cell(_ verdict: Autopsy.Verdict?) -> ExportTable.Cell {
      verdict.map { .text($0.rawValue) } ?? ExportTable.Cell.none
    }
    return ExportTable(
      columns: [
        "what", "kind", "variance", "wanted", "ratio", "variance after", "dead units", "verdict",
      ],
      rows: found.tensors.map {
        [
          .text($0.name), .text("tensor"), cell($0.variance), cell($0.wanted), cell($0.ratio),
          .none, .none, cell($0.verdict),
        ]
      } + [[.text("x"), .text("input"), .none, .none, .none, cell(found.input), .none, .none]]
        + found.layers.map {
          [
            .text($0.name), .text("layer"), cell($0.sum), .none, .none, cell($0.output),
            cell($0.dead), cell($0.verdict),
          ]
        })
  }
}
