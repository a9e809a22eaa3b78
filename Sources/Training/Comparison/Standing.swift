import Foundation
import Learning

/// How a comparison stands: all that a table or a pane shows of it.
public struct Standing: Sendable {
  /// A mean over seeds with the half-width of its 95 % interval (Student's t); over tasks where there
  /// is but one seed.
  public struct Estimate: Sendable, Hashable {
    public var mean: Double
    public var interval: Double?

    package init(mean: Double, interval: Double?) {
      self.mean = mean
      self.interval = interval
    }
  }

  public struct Row: Sendable {
    public let label: String
    public let summary: String
    /// Trained numbers, numbers kept for as many new tasks as the contest has, and of one target network.
    public let trainable: Int
    public let stored: Int
    /// Numbers a hypernetwork emits for one task.
    public let emitted: Int?
    /// From how many tasks on it keeps fewer numbers than a network each.
    public let breakEven: Double?
    public let step: Int
    public let total: Int
    public let failure: String?
    package(set) public var millisecondsPerStep: Double?
    /// Error or accuracy on training tasks, and on new ones by entry of `Measurement.steps`.
    public let trainingTasks: Estimate?
    public let newTasks: [Estimate]
    package(set) public var adaptationMilliseconds: Double?
    public let multiplyAdds: Double?
    /// Losses of training and of new tasks, the first seed's.
    public let history: History

    package init(
      label: String, summary: String, trainable: Int, stored: Int, emitted: Int?,
      breakEven: Double?, step: Int,
      total: Int, failure: String?, millisecondsPerStep: Double?, trainingTasks: Estimate?,
      newTasks: [Estimate], adaptationMilliseconds: Double?, multiplyAdds: Double?,
      history: History
    ) {
      self.label = label
      self.summary = summary
      self.trainable = trainable
      self.stored = stored
      self.emitted = emitted
      self.breakEven = breakEven
      self.step = step
      self.total = total
      self.failure = failure
      self.millisecondsPerStep = millisecondsPerStep
      self.trainingTasks = trainingTasks
      self.newTasks = newTasks
      self.adaptationMilliseconds = adaptationMilliseconds
      self.multiplyAdds = multiplyAdds
      self.history = history
    }
  }

  public let contest: String
  public let metric: String
  public let isAccuracy: Bool
  public let budget: Comparison.Budget
  public let seeds: [UInt64]
  public let taskCounts: (training: Int, new: Int)
  public let shots: Int
  public let targetCount: Int
  public let progress: Double
  public let isDone: Bool
  public let revision: Int
  package(set) public var rows: [Row]

  package init(
    contest: String, metric: String, isAccuracy: Bool, budget: Comparison.Budget, seeds: [UInt64],
    taskCounts: (training: Int, new: Int), shots: Int, targetCount: Int, progress: Double,
    isDone: Bool, revision: Int, rows: [Row]
  ) {
    self.contest = contest
    self.metric = metric
    self.isAccuracy = isAccuracy
    self.budget = budget
    self.seeds = seeds
    self.taskCounts = taskCounts
    self.shots = shots
    self.targetCount = targetCount
    self.progress = progress
    self.isDone = isDone
    self.revision = revision
    self.rows = rows
  }
}

extension Comparison {
  public var standing: Standing {
    let family = methods.first?.family
    return Standing(
      contest: contest.name, metric: family?.metricName ?? "",
      isAccuracy: family.map { if case .crossEntropy = $0.objective { true } else { false } }
        ?? false,
      budget: budget, seeds: seeds,
      taskCounts: (family?.trainingTaskCount ?? 0, family?.heldOutTasks.count ?? 0),
      shots: methods.first?.shots ?? 0, targetCount: methods.first?.targetCount ?? 0,
      progress: progress, isDone: isDone, revision: revision,
      rows: entries.indices.map(row))
  }

  private func row(_ index: Int) -> Standing.Row {
    let method = methods[index]
    let runs = contestants[index]
    let measured = seeds.indices.compactMap { measurements[Key(entry: index, seed: $0)] }
    let steps = runs.reduce(0) { $0 + $1.step }
    let seconds = runs.reduce(0) { $0 + $1.seconds }
    func median(_ values: [Double]) -> Double? {
      values.isEmpty ? nil : values.sorted()[values.count / 2]
    }
    return Standing.Row(
      label: entries[index].label, summary: entries[index].choice.summary,
      trainable: method.trainableCount,
      stored: method.storedCount(tasks: method.family.heldOutTasks.count),
      emitted: method.emittedCount,
      breakEven: method.breakEvenTasks,
      step: runs.map(\.step).min() ?? 0, total: runs.first?.total ?? 0,
      failure: runs.compactMap(\.failure).first,
      millisecondsPerStep: steps == 0 ? nil : 1000 * seconds / Double(steps),
      trainingTasks: Standing.Estimate(
        of: measured.map(\.trainingTasks), amongSeeds: seeds.count),
      newTasks: Measurement.steps.indices.compactMap { step in
        Standing.Estimate(
          of: measured.map { $0.newTasks[step] }, amongSeeds: seeds.count)
      },
      adaptationMilliseconds: median(measured.map(\.adaptationMilliseconds)),
      multiplyAdds: measured.first?.multiplyAdds, history: runs[0].history)
  }
}

extension Standing.Estimate {
  /// Two-sided 95 % points of Student's t for 1, 2, … degrees of freedom.
  private static let studentT = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045,
  ]

  /// That for more: from the normal's 1.95996 by the first terms of the expansion in 1/freedom (Abramowitz
  /// & Stegun 1964, 26.7.5).
  private static func studentT(_ freedom: Int) -> Double {
    guard freedom > studentT.count else { return studentT[freedom - 1] }
    let (z, n) = (1.959964, Double(freedom))
    return z + (pow(z, 3) + z) / (4 * n)
      + (5 * pow(z, 5) + 16 * pow(z, 3) + 3 * z) / (96 * n * n)
  }

  /// From the numbers of every task, by seed; nil where there are none. The interval is over seeds, or
  /// where there is to be one seed only over its tasks.
  /// - Parameter all: how many seeds there are to be; nil is as many as there are.
  package init?(of seeds: [[Float]], amongSeeds all: Int? = nil) {
    let means = seeds.filter { !$0.isEmpty }
      .map { $0.reduce(0) { $0 + Double($1) } / Double($0.count) }
    guard let first = seeds.first(where: { !$0.isEmpty }) else { return nil }
    let samples = means.count > 1 ? means : first.map { Double($0) }
    mean = means.reduce(0, +) / Double(means.count)
    interval = means.count == 1 && (all ?? 1) > 1 ? nil : Self.halfWidth(samples)
  }

  private static func halfWidth(_ samples: [Double]) -> Double? {
    guard samples.count > 1 else { return nil }
    let mean = samples.reduce(0, +) / Double(samples.count)
    let variance =
      samples.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(samples.count - 1)
    return studentT(samples.count - 1) * (variance / Double(samples.count)).squareRoot()
  }
}
