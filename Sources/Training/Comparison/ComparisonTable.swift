import Foundation

/// The table of a comparison, in cells.
public struct ComparisonTable: Sendable {
  public struct Column: Sendable {
    public let title: String
    /// Whether its cells are numbers, which stand to the right.
    public let isNumber: Bool
  }

  public let columns: [Column]
  public let rows: [[String]]
  /// What was raced, in a line.
  public let caption: String
  private let standing: Standing

  public init(_ standing: Standing) {
    self.standing = standing
    let what = standing.metric
    columns =
      [Column(title: "method", isNumber: false), Column(title: "trained", isNumber: true)]
      + ["kept", "T*", "MACs", "ms/step", "training \(what)"].map {
        Column(title: $0, isNumber: true)
      }
      + Measurement.steps.map {
        Column(title: $0 == 0 ? "new \(what), 0" : "\($0)", isNumber: true)
      } + ["adapt ms", "emitted"].map { Column(title: $0, isNumber: true) }
    rows = standing.rows.map { row in
      func value(_ estimate: Standing.Estimate?) -> String {
        estimate.map { Self.text($0, isAccuracy: standing.isAccuracy) } ?? "·"
      }
      let start = [
        row.label, Self.count(Double(row.trainable)), Self.count(Double(row.stored)),
        row.breakEven.map { Self.count($0.rounded(.up)) } ?? "–",
        row.multiplyAdds.map(Self.count) ?? "·",
        row.millisecondsPerStep.map(Self.short) ?? "·",
      ]
      let measured = Measurement.steps.indices.map {
        value($0 < row.newTasks.count ? row.newTasks[$0] : nil)
      }
      return start + [value(row.trainingTasks)] + measured
        + [
          row.adaptationMilliseconds.map(Self.short) ?? "·",
          row.emitted.map { Self.count(Double($0)) } ?? "–",
        ]
    }
    let budget =
      switch standing.budget {
      case .steps(let steps): "\(steps) steps"
      case .seconds(let seconds): "\(Self.short(seconds)) s"
      }
    let seeds =
      standing.seeds.count == 1
      ? "seed \(standing.seeds[0]), ± over tasks"
      : "\(standing.seeds.count) seeds from \(standing.seeds[0]), ± 95 % over seeds"
    caption =
      "\(standing.contest): \(standing.taskCounts.training) training tasks, \(standing.taskCounts.new) "
      + "new ones with \(standing.shots) examples each; \(budget) a method, \(seeds); "
      + "target network \(standing.targetCount) numbers"
  }

  /// What the columns mean.
  public static let legend = """
    trained: numbers that training determines. kept: numbers to keep for all new tasks. T*: from so many \
    tasks on fewer are kept than by a network each. MACs: multiply-adds of one example of one task, weights \
    made anew. new …, 0 1 5 10: on unseen examples of new tasks after so many steps of adaptation. adapt \
    ms: ten such steps for one task. emitted: numbers a hypernetwork writes for one task.
    """

  /// 1234567 as 1.23M.
  static func count(_ value: Double) -> String {
    switch value {
    case ..<10_000: String(format: "%.0f", value)
    case ..<1e6: String(format: "%.1fk", value / 1e3)
    case ..<1e9: String(format: "%.2fM", value / 1e6)
    default: String(format: "%.2fG", value / 1e9)
    }
  }

  static func short(_ value: Double) -> String { String(format: "%.3g", value) }

  static func text(_ estimate: Standing.Estimate, isAccuracy: Bool) -> String {
    if isAccuracy {
      let interval = estimate.interval.map { String(format: " ±%.1f", 100 * $0) } ?? ""
      return String(format: "%.1f", 100 * estimate.mean) + interval
    }
    let interval = estimate.interval.map { String(format: " ±%.2g", $0) } ?? ""
    return String(format: "%.3g", estimate.mean) + interval
  }

  /// Columns padded to the same width.
  public var text: String {
    let all = [columns.map(\.title)] + rows
    let widths = columns.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    return all.map { cells in
      cells.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return columns[column].isNumber ? space + cell : cell + space
      }.joined(separator: "  ") + "\n"
    }.joined()
  }

  public var markdown: String {
    func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |\n" }
    return caption + "\n\n" + line(columns.map(\.title))
      + line(columns.map { $0.isNumber ? "--:" : "---" }) + rows.map(line).joined() + "\n"
      + Self.legend + "\n"
  }

  /// A number or a word in full.
  public enum Field: Sendable, Hashable {
    case text(String)
    case integer(Int)
    case number(Double?)

    fileprivate var csv: String {
      switch self {
      case .text(let text): quoted(text)
      case .integer(let value): "\(value)"
      case .number(let value): value.map { "\($0)" } ?? ""
      }
    }
  }

  /// The names of `fields`.
  public var fieldNames: [String] {
    let what = standing.isAccuracy ? "accuracy" : "mse"
    return [
      "method", "trained", "kept", "break_even_tasks", "multiply_adds", "ms_per_step",
      "steps",
      "training_\(what)", "training_\(what)_interval",
    ] + Measurement.steps.flatMap { ["new_\(what)_\($0)", "new_\(what)_\($0)_interval"] }
      + ["adapt_ms", "emitted", "failure"]
  }

  /// Every number in full, by method.
  public var fields: [[Field]] {
    func pair(_ estimate: Standing.Estimate?) -> [Field] {
      [.number(estimate?.mean), .number(estimate?.interval)]
    }
    return standing.rows.map { row in
      let start: [Field] = [
        .text(row.label), .integer(row.trainable), .integer(row.stored), .number(row.breakEven),
        .number(row.multiplyAdds), .number(row.millisecondsPerStep), .integer(row.step),
      ]
      let newTasks = Measurement.steps.indices.flatMap {
        pair($0 < row.newTasks.count ? row.newTasks[$0] : nil)
      }
      return start + pair(row.trainingTasks) + newTasks
        + [
          .number(row.adaptationMilliseconds),
          row.emitted.map { .integer($0) } ?? .number(nil), .text(row.failure ?? ""),
        ]
    }
  }

  /// Every number in full, one method a line.
  public var csv: String {
    ([fieldNames] + fields.map { $0.map(\.csv) }).map { $0.joined(separator: ",") + "\n" }
      .joined()
  }
}

private func quoted(_ text: String) -> String {
  text.contains { ",\"\n".contains($0) }
    ? "\"" + text.replacingOccurrences(of: "\"", with: "\"\"") + "\"" : text
}
