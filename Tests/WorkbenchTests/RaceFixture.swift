import Foundation
import Training
import Workbench

/// A race as a person would meet it, made by hand: the same numbers always.
enum RaceFixture {
  private static let labels = [
    "standard", "pooled", "heads", "hypernetwork", "learned-init", "set-encoder", "embedding",
    "lora", "hyper-lora", "maml", "fomaml", "reptile", "hypernetwork chunked chunk 64",
    "low-rank rank 4",
  ]

  /// Five methods in the middle of it; the first is measured, the last failed.
  static func race(
    methods: Int = 5, isDone: Bool = false, state: RaceSnapshot.State = .running,
    isDamaged: Bool = false, notice: RaceSnapshot.Notice? = nil, revision: Int = 1,
    contest: String = "sine-family"
  ) -> RaceSnapshot {
    let rows = labels.prefix(methods).enumerated().map { index, label in
      let isMeasured = isDone || index == 0
      let total = 2400
      let step = isMeasured ? total : index == 4 ? 700 : 1200
      var history = History(seriesCount: 2)
      for step in stride(from: 100, through: step, by: 100) {
        let loss = 0.01 * Float(index + 1) + 4 * exp(-Float(step) / Float(300 + 150 * index))
        history.append(
          isDamaged ? [.nan, 0, -1, 1e30][step / 100 % 4] : loss, to: 1, step: step - 1)
      }
      func estimate(_ value: Double) -> Standing.Estimate {
        .init(mean: isDamaged ? .nan : value, interval: value / 8)
      }
      let start = Double(index + 1)
      return Standing.Row(
        label: label, summary: "generated from a learned embedding; a new task fits z",
        trainable: 1761 * (index + 1), stored: 14_088, emitted: index % 2 == 0 ? nil : 1761,
        breakEven: index % 2 == 0 ? nil : 18,
        step: step, total: total,
        failure: index == 4 && !isDone ? "the loss is not a number at step 700" : nil,
        millisecondsPerStep: 0.25 * start, trainingTasks: isMeasured ? estimate(0.01 * start) : nil,
        newTasks: isMeasured ? [2, 0.5, 0.1, 0.05].map { estimate($0 * start) } : [],
        adaptationMilliseconds: isMeasured ? 0.05 * start : nil,
        multiplyAdds: isMeasured ? 1680 : nil, history: history)
    }
    let standing = Standing(
      contest: contest, metric: "MSE", isAccuracy: false, budget: .steps(2400),
      seeds: [1, 2, 3], taskCounts: (training: 36, new: 8), shots: 20, targetCount: 1761,
      progress: isDone ? 1 : isDamaged ? .nan : 0.43, isDone: isDone, revision: revision,
      rows: rows)
    return RaceSnapshot(
      standing: standing, state: isDone ? .done : state,
      activity: isDone ? .nothing : .measuring("standard", seed: 2), notice: notice,
      revision: revision)
  }

  static func view(part: Int = 0, isDone: Bool = false, isDamaged: Bool = false) -> ComparisonView {
    var view = ComparisonView()
    view.race = race(isDone: isDone, isDamaged: isDamaged)
    view.part = ComparisonView.Part.allCases[part]
    view.cursor = 1
    return view
  }
}
