import Autodiff

/// How well a network tells apart to whom something happens, given its outputs and one-hot targets
/// [rows, 2]: by the share it is right about, or by the order it brings them into.
package enum OutcomeMeasure: String, CaseIterable, Codable, Sendable {
  case accuracy
  case auc = "AUC"

  func metric(
    outputs: UnsafeBufferPointer<Float>, targets: UnsafeBufferPointer<Float>
  ) -> Float? {
    guard self == .auc else {
      return Objective.crossEntropy.accuracy(outputs: outputs, targets: targets, classes: 2)
    }
    // Where everybody's outcome is the same no order is better than another.
    return Self.areaUnderCurve(
      scores: Self.scores(outputs), happened: Self.happened(targets)) ?? 0.5
  }

  /// All there are.
  static func all(
    outputs: UnsafeBufferPointer<Float>, targets: UnsafeBufferPointer<Float>
  ) -> [(name: String, value: Float)] {
    let (scores, happened) = (scores(outputs), happened(targets))
    let right = zip(scores, happened).count { ($0 > 0) == $1 }
    let area = areaUnderCurve(scores: scores, happened: happened)
    return [("accuracy", Float(right) / Float(max(happened.count, 1)))]
      + (area.map { [("auc", $0)] } ?? [])
  }

  private static func happened(_ targets: UnsafeBufferPointer<Float>) -> [Bool] {
    stride(from: 1, to: targets.count, by: 2).map { targets[$0] == 1 }
  }

  static func scores(_ outputs: UnsafeBufferPointer<Float>) -> [Float] {
    stride(from: 0, to: outputs.count - 1, by: 2).map { outputs[$0 + 1] - outputs[$0] }
  }

  /// The share of pairs of one to whom it happened and one to whom it did not of whom the first has the
  /// higher score, equal ones being half right: the area under the receiver's curve, by ranks (Mann &
  /// Whitney 1947). Nil where there is no such pair.
  package static func areaUnderCurve(scores: [Float], happened: [Bool]) -> Float? {
    let positives = happened.count { $0 }
    let negatives = happened.count - positives
    guard positives > 0, negatives > 0 else { return nil }
    let order = scores.indices.sorted { (scores[$0], $0) < (scores[$1], $1) }
    var ranks = 0.0
    var first = 0
    while first < order.count {
      var last = first
      while last + 1 < order.count, scores[order[last + 1]] == scores[order[first]] { last += 1 }
      let rank = Double(first + last) / 2 + 1
      for place in first...last where happened[order[place]] { ranks += rank }
      first = last + 1
    }
    let least = Double(positives) * Double(positives + 1) / 2
    return Float((ranks - least) / (Double(positives) * Double(negatives)))
  }
}
