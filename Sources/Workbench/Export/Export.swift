import Foundation
import Learning
import Training

/// What a pane shows, as text for a file or the clipboard.
package enum Export {
  /// Nil where the pane has nothing to show yet.
  package static func text(of pane: Pane, in model: Model, as format: ExportFormat) -> String? {
    guard let table = table(of: pane, in: model) else { return nil }
    switch format {
    case .csv: return table.csv
    case .markdown:
      guard pane == .compare, let race = model.comparison.race else { return table.markdown }
      return ComparisonTable(race.standing).markdown
    case .json: return document(of: pane, table, in: model).text
    case .svg:
      return Picture.svg(of: pane, in: model)
        ?? Picture.table(table, title: pane.title, theme: model.theme)
    case .png, .obj, .ply, .stl: return nil
    }
  }

  /// The bytes of a file in any format.
  package static func file(of pane: Pane, in model: Model, as format: ExportFormat) -> Data? {
    guard format.isOfBodies else {
      return text(of: pane, in: model, as: format).map { Data($0.utf8) }
    }
    guard pane == .target, let body = model.body else { return nil }
    guard let meshFormat = MeshFormat(rawValue: format.rawValue) else {
      return Picture.image(body, model.target.camera)
    }
    return MarchingTetrahedra.mesh(of: body.field)?.file(meshFormat)
  }

  private static func document(of pane: Pane, _ table: ExportTable, in model: Model) -> JSONValue {
    if pane == .compare, let race = model.comparison.race { return document(of: race, table) }
    let snapshot = model.snapshot
    return .object([
      ("pane", .string("\(pane)")),
      ("experiment", .string(snapshot.description.experiment)),
      ("seed", .unsigned(snapshot.seed)),
      ("step", .integer(snapshot.step)),
      ("context", .numbers(model.context)),
      ("reference", JSONValue(model.referenceName)),
      ("rows", table.json),
    ])
  }

  static func table(of pane: Pane, in model: Model) -> ExportTable? {
    switch pane {
    case .tasks: tasks(model)
    case .knobs: knobs(model.snapshot.knobs)
    case .loss: loss(model.snapshot)
    case .weights: weights(model)
    case .space: space(model)
    case .target: architectures(model) ?? model.probe.map { behaviour($0.behaviour) }
    case .context: context(model)
    case .compare: model.comparison.race.map(comparison)
    }
  }

  /// One row a task, in the description's order.
  static func tasks(_ model: Model) -> ExportTable {
    let description = model.snapshot.description
    let attributes = description.tasks.first?.attributes.map(\.name) ?? []
    let rivals = model.snapshot.rivals
    let table = ExportTable(
      columns: ["task", "role"] + attributes + ["loss", description.metricName]
        + (rivals?.names ?? []) + componentNames(description.contextCount),
      rows: zip(description.tasks, model.snapshot.tasks).enumerated().map { index, pair in
        let (task, status) = pair
        let scores = rivals?.scores(of: index).map { Optional($0.score) } ?? []
        return [.text(task.name), .text(task.role.rawValue)]
          + attributes.map { name in
            ExportTable.Cell(task.attributes.first { $0.name == name }.map { Float($0.value) })
          }
          + [ExportTable.Cell(status.loss), ExportTable.Cell(status.metric ?? status.loss)]
          + (rivals?.names ?? []).indices.map { place in
            ExportTable.Cell(scores.indices.contains(place) ? scores[place] : nil)
          }
          + components(status.context, description.contextCount)
      })
    return table
  }

  static func knobs(_ values: KnobValues) -> ExportTable {
    ExportTable(
      columns: ["knob", "value", "standard", "effect"],
      rows: values.knobs.map { knob in
        [
          .text(knob.name), .text(values[knob.name]?.description ?? ""),
          .text(knob.standard.description), .text(knob.effect.rawValue),
        ]
      })
  }

  /// One row a bucket of the history: its steps, and mean, least and greatest value of each series.
  static func loss(_ snapshot: Snapshot) -> ExportTable? {
    let history = snapshot.history
    let length = history.series.map(\.count).max() ?? 0
    guard length > 0 else { return nil }
    let names = zip(snapshot.description.series, history.series).map(\.0)
    return ExportTable(
      columns: ["first step", "last step"] + names.flatMap { [$0, "\($0) low", "\($0) high"] },
      rows: (0..<length).compactMap { bucket in
        let cells = zip(names, history.series).flatMap { _, series -> [ExportTable.Cell] in
          guard series.indices.contains(bucket), series[bucket].count > 0 else {
            return [.none, .none, .none]
          }
          return [
            .number(series[bucket].mean), .number(series[bucket].low),
            .number(series[bucket].high),
          ]
        }
        guard cells.contains(where: { $0 != .none }) else { return nil }
        return [
          .integer(bucket * history.stride), .integer((bucket + 1) * history.stride - 1),
        ] + cells
      })
  }

  /// Every number of the tensor that is shown, with the pinned one where there is a pin.
  static func weights(_ model: Model) -> ExportTable? {
    switch model.weights.view {
    case .map: return numbers(model)
    case .conditioning: return model.examination.map { conditioning($0.conditioning) }
    case .autopsy: return model.examination.map { autopsy($0.autopsy) }
    case .memory: return memory(model.snapshot)
    }
  }

  private static func numbers(_ model: Model) -> ExportTable? {
    guard let probe = model.probe, probe.weights.indices.contains(model.weights.tensor) else {
      return nil
    }
    let tensor = probe.weights[model.weights.tensor]
    let grid = TensorGrid(tensor.specification)
    let pinned = model.pin?.weights.first { $0.specification == tensor.specification }?.values
    return ExportTable(
      columns: ["tensor", "row", "column", "value"] + (pinned == nil ? [] : ["pinned"]),
      rows: tensor.values.indices.map { index in
        [
          .text(tensor.specification.name), .integer(index / max(grid.columns, 1)),
          .integer(index % max(grid.columns, 1)), .number(tensor.values[index]),
        ] + (pinned.map { [.number($0[index])] } ?? [])
      })
  }

  static func behaviour(_ behaviour: Behaviour) -> ExportTable {
    switch behaviour {
    case .curve(let curve):
      return ExportTable(
        columns: ["x", "prediction"] + (curve.truth == nil ? [] : ["truth"]),
        rows: curve.x.indices.map { index in
          func cell(_ values: [Float]) -> ExportTable.Cell {
            ExportTable.Cell(values.indices.contains(index) ? values[index] : nil)
          }
          return [.number(curve.x[index]), cell(curve.prediction)]
            + (curve.truth.map { [cell($0)] } ?? [])
        })
    case .text(let text):
      return ExportTable(
        columns: ["place", "character", "drawn", "bits"] + text.gateNames.map { "change \($0)" },
        rows: text.characters.enumerated().map { index, spoken in
          [
            .integer(text.first + index), .text(CharacterName.of(spoken.character)),
            .text(spoken.isPrompt ? "no" : "yes"), ExportTable.Cell(spoken.bits),
          ] + (0..<4).map { .number(spoken.heat[$0]) }
        })
    case .episode(let episode):
      return ExportTable(
        columns: ["image", "label", "predicted"]
          + episode.classNames.indices.map { "p(\(episode.classNames[$0]))" },
        rows: episode.queries.enumerated().map { index, query in
          [
            .integer(index), .text(episode.classNames[query.label]),
            .text(episode.classNames[query.predicted]),
          ] + query.probabilities.map { ExportTable.Cell($0) }
        })
    case .body(let body):
      return ExportTable(
        columns: ["x", "y", "z", "field"] + (body.truth == nil ? [] : ["truth"]),
        rows: body.field.values.indices.map { index in
          let point = ScalarField.point(index, side: body.field.side)
          return [
            .number(point.x), .number(point.y), .number(point.z),
            .number(body.field.values[index]),
          ] + (body.truth.map { [.number($0.values[index])] } ?? [])
        })
    case .network(let network):
      let graph = network.architecture
      return ExportTable(
        columns: ["number", "operation", "units", "from"],
        rows: (0...graph.end).map { number in
          let node = (1..<graph.end).contains(number) ? graph.nodes[number - 1] : nil
          return [
            .integer(number),
            .text(node?.operation.rawValue ?? (number == 0 ? "input" : "output")),
            .text(node.map { $0.operation.hasWeights ? $0.units.rawValue : "" } ?? ""),
            .text(graph.inputs(of: number).map(String.init).joined(separator: " ")),
          ]
        })
    case .images(let images):
      return ExportTable(
        columns: ["image", "label", "predicted"] + images.classNames.map { "p(\($0))" },
        rows: images.examples.enumerated().map { index, example in
          func name(_ index: Int) -> String {
            images.classNames.indices.contains(index) ? images.classNames[index] : "\(index)"
          }
          return [.integer(index), .text(name(example.label)), .text(name(example.predicted))]
            + images.classNames.indices.map {
              ExportTable.Cell(
                example.probabilities.indices.contains($0) ? example.probabilities[$0] : nil)
            }
        })
    }
  }

  /// The list or the points that are in view in the place of an architecture's graph.
  private static func architectures(_ model: Model) -> ExportTable? {
    guard model.network != nil else { return nil }
    func row(
      _ architecture: Architecture, _ size: NetworkSize, _ predicted: Float, _ trained: Float?
    ) -> [ExportTable.Cell] {
      [
        .text(architecture.line), .number(predicted), ExportTable.Cell(trained),
        .integer(size.parameters), .integer(size.multiplyAdds),
      ]
    }
    let columns = ["architecture", "predicted", "trained", "weights", "multiply_adds"]
    switch model.search.view {
    case .graph: return nil
    case .scatter, .front:
      let points =
        model.search.view == .front ? model.paretoFront : model.search.scouting?.points ?? []
      return ExportTable(
        columns: columns,
        rows: points.map { row($0.architecture, $0.size, $0.predicted, $0.trained) })
    case .queue:
      return ExportTable(
        columns: columns,
        rows: model.search.orders.map { row($0.architecture, $0.size, $0.predicted, $0.accuracy) })
    }
  }

  /// One row a component of the context, with the anchors' beside it.
  static func context(_ model: Model) -> ExportTable {
    ExportTable(
      columns: ["component", "z", "A", "B"],
      rows: model.context.indices.map { index in
        func cell(_ anchor: [Float]?) -> ExportTable.Cell {
          ExportTable.Cell(anchor.flatMap { $0.indices.contains(index) ? $0[index] : nil })
        }
        return [
          .text("z\(index)"), .number(model.context[index]), cell(model.anchors.a),
          cell(model.anchors.b),
        ]
      })
  }

  static func componentNames(_ count: Int) -> [String] { (0..<count).map { "z\($0)" } }

  static func components(_ context: [Float]?, _ count: Int) -> [ExportTable.Cell] {
    (0..<count).map { index in
      ExportTable.Cell(context.flatMap { $0.indices.contains(index) ? $0[index] : nil })
    }
  }
}

extension Model {
  /// The name of the task the target network is compared with.
  var referenceName: String? {
    reference.flatMap {
      snapshot.description.tasks.indices.contains($0) ? snapshot.description.tasks[$0].name : nil
    }
  }
}
