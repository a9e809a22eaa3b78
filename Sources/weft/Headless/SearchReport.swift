import Foundation
import Learning
import Training

/// Tells how a search goes: a line of progress on a terminal and a table at the end, or JSON.
struct SearchReport {
  let isJSON: Bool
  private let isTerminal = isatty(STDERR_FILENO) == 1

  init(isJSON: Bool) { self.isJSON = isJSON }

  func progress(_ words: String) {
    if !isJSON, isTerminal { Output.note("\r\(words) \u{1B}[K") }
  }

  func end() {
    if !isJSON, isTerminal { Output.note("\r\u{1B}[K") }
  }

  func done(_ outcome: SearchOutcome, rows: Int, seed: UInt64) throws(Failure) {
    let shown = Array(outcome.candidates.prefix(rows))
    guard isJSON else {
      end()
      try Output.write(Self.text(outcome, shown))
      return
    }
    for (index, (candidate, isFront)) in zip(shown, shown.front).enumerated() {
      var fields: [(String, JSON)] = [
        ("event", .string("candidate")), ("rank", .integer(index + 1)),
        ("architecture", .string(candidate.architecture.line)),
        ("predicted", .float(candidate.predicted)), ("loss", .float(candidate.loss)),
        ("parameters", .integer(candidate.size.parameters)),
        ("multiply_adds", .integer(candidate.size.multiplyAdds)), ("pareto", .boolean(isFront)),
      ]
      if let row = candidate.trained {
        fields += [
          ("validation", .float(row.validation)), ("trained", .float(row.accuracy)),
        ]
      }
      try Output.line(JSON.object(fields).description)
    }
    var fields: [(String, JSON)] = [
      ("event", .string("found")), ("seed", .natural(seed)),
      ("predictions", .integer(outcome.predictions)), ("trained", .integer(outcome.trained)),
      ("tried", .integer(outcome.tried)),
    ]
    if let accuracy = outcome.accuracy { fields.append(("accuracy", .float(accuracy))) }
    if let share = outcome.shareBetter { fields.append(("share_better", .float(share))) }
    if let random = outcome.random {
      fields += [
        ("random_accuracy", .float(random.accuracy)),
        ("random_share_better", .float(random.shareBetter)),
      ]
    }
    try Output.line(JSON.object(fields).description)
  }

  func rival(steps: Int, _ correlation: Correlation) throws(Failure) {
    guard isJSON else {
      end()
      try Output.line(
        "trained \(steps) steps each: Pearson \(Self.words(correlation.pearson)), Kendall "
          + Self.words(correlation.kendall))
      return
    }
    try Output.line(
      JSON.object([
        ("event", .string("rival")), ("steps", .integer(steps)),
        ("architectures", .integer(correlation.count)),
        ("pearson", .double(correlation.pearson.value)),
        ("pearson_low", .double(correlation.pearson.low)),
        ("pearson_high", .double(correlation.pearson.high)),
        ("kendall", .double(correlation.kendall.value)),
        ("kendall_low", .double(correlation.kendall.low)),
        ("kendall_high", .double(correlation.kendall.high)),
      ]).description)
  }

  // MARK: Text

  private static func text(
    _ outcome: SearchOutcome, _ shown: [ArchitectureSearch.Candidate]
  ) -> String {
    let head = ["", "predicted", "trained", "weights", "MACs", "architecture"]
    let lines = zip(shown, shown.front).enumerated().map { index, pair in
      let (candidate, isFront) = pair
      return [
        "\(index + 1)\(isFront ? " *" : "")", percent(candidate.predicted),
        candidate.trained.map { percent($0.accuracy) } ?? "", "\(candidate.size.parameters)",
        "\(candidate.size.multiplyAdds)", candidate.architecture.line,
      ]
    }
    var text = TextColumns.text([head] + lines)
    text +=
      "* no other is better and cheaper · \(outcome.predictions) predicted, "
      + "\(outcome.tried) tried, \(outcome.trained) trained for real\n"
    if let accuracy = outcome.accuracy {
      text += "found: \(percent(accuracy)) on test images"
      if let share = outcome.shareBetter {
        text += ", among the best \(percent(share)) of random architectures"
      }
      text += "\n"
    }
    if let random = outcome.random {
      text +=
        "random search with as many trainings: \(percent(random.accuracy)), among the best "
        + "\(percent(random.shareBetter))\n"
    }
    return text
  }

  private static func percent(_ value: Float) -> String {
    String(format: "%.1f %%", Double(value) * 100)
  }

  private static func words(_ measure: Correlation.Measure) -> String {
    String(format: "%.2f (%.2f to %.2f)", measure.value, measure.low, measure.high)
  }
}
