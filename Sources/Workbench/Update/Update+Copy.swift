import Learning
import Terminal
import Training

/// Leaving the screen: to the clipboard, and to files.
extension Model {
  /// The most bytes that terminals take as one clipboard text (OSC 52 of 100,000 bytes in base64).
  static let clipboardLimit = 74_994

  mutating func copyValue() -> [Request] {
    guard let text = valueUnderCursor else {
      tell(.warning, "there is nothing to copy here yet")
      return []
    }
    let shown = text.replacing("\t", with: "  ").replacing("\n", with: "  ")
    return copy(text, what: shown.count <= 40 ? shown : "\(shown.prefix(37))…")
  }

  mutating func copyPane() -> [Request] {
    guard let text = Export.text(of: focus, in: self, as: .csv) else {
      tell(.warning, "there is nothing to copy here yet")
      return []
    }
    let lines = text.utf8.count { $0 == 0x0A }
    return copy(text, what: "\(focus.title) as CSV, \(lines) lines")
  }

  private mutating func copy(_ text: String, what: String) -> [Request] {
    guard text.utf8.count <= Self.clipboardLimit else {
      tell(
        .failure, "\(text.utf8.count) bytes are too many for a clipboard; e writes them to a file")
      return []
    }
    tell(.success, "copied \(what)")
    return [.terminal(.copy(text))]
  }

  /// What `y` copies: the value or row the cursor of the focused pane is on.
  var valueUnderCursor: String? {
    switch focus {
    case .tasks:
      let table = Export.tasks(self)
      guard table.rows.indices.contains(tasks.cursor) else { return nil }
      return table.rows[tasks.cursor].map(\.text).joined(separator: "\t")
    case .knobs: return selectedKnob.map { "\($0.name)=\(value(of: $0))" }
    case .loss: return lossAtCrosshair
    case .weights where weights.view != .map:
      return Export.weights(self)?.rows.map { row in
        row.map(\.text).joined(separator: "\t")
      }.joined(separator: "\n")
    case .weights: return selectedWeight?.value.description
    case .space, .context: return context.map(\.description).joined(separator: ",")
    case .target: return behaviourAtCursor
    case .compare: return methodAtCursor
    }
  }

  private var lossAtCrosshair: String? {
    let step = loss.crosshair ?? snapshot.step
    let bucket = step / max(snapshot.history.stride, 1)
    let values = zip(snapshot.description.series, snapshot.history.series).compactMap {
      name, buckets -> String? in
      let known = buckets.prefix(max(bucket, 0) + 1).last { $0.count > 0 }
      return known.map { "\(name) \($0.mean)" }
    }
    return values.isEmpty ? nil : (["step \(step)"] + values).joined(separator: "\t")
  }

  private var behaviourAtCursor: String? {
    guard let probe else { return nil }
    let table = Export.behaviour(probe.behaviour)
    if target.hasCursor, table.rows.indices.contains(target.cursor) {
      return zip(table.columns, table.rows[target.cursor])
        .map { "\($0) \($1.text)" }.joined(separator: "\t")
    }
    switch probe.behaviour {
    case .curve(let curve): return curve.error.map(\.description)
    case .images(let images): return images.accuracy.description
    case .text(let text): return String(text.characters.map(\.character))
    case .episode(let episode): return episode.accuracy.description
    case .body(let body): return body.overlap?.description
    case .network(let network): return network.architecture.yaml
    }
  }

  // MARK: Files

  /// `csv`, `svg out.svg`, `out.json` or nothing, as it is typed after `export`.
  mutating func export(_ argument: String) -> [Request] {
    if argument.isEmpty {
      openExportPrompt()
      return []
    }
    let words = argument.split(separator: " ", maxSplits: 1)
    if let format = ExportFormat(rawValue: words[0].lowercased()) {
      return export(format, to: words.count > 1 ? words[1].trimmed : exportName(format))
    }
    guard let ending = argument.split(separator: ".").last,
      let format = ExportFormat(rawValue: ending.lowercased()), argument.contains(".")
    else {
      tell(.failure, "the name must end in \(ExportFormat.endings), not '\(argument)'")
      return []
    }
    return export(format, to: argument)
  }

  private mutating func export(_ format: ExportFormat, to path: String) -> [Request] {
    guard let data = Export.file(of: focus, in: self, as: format) else {
      tell(
        .warning,
        format.isOfBodies
          ? "a file .\(format.rawValue) is written of a body in the pane \(Pane.target.title)"
          : "there is nothing to export here yet")
      return []
    }
    return [.write(data: data, path: path, what: focus.title)]
  }

  func exportName(_ format: ExportFormat) -> String {
    if focus == .compare, let race = comparison.race {
      return "\(race.standing.contest)-race.\(format.rawValue)"
    }
    return "\(snapshot.description.experiment)-\(focus)-\(snapshot.step).\(format.rawValue)"
  }
}
