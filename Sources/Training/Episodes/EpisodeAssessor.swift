import Autodiff
import Learning

extension EpisodeModel: RunnableModel {
  func assessorDraft() -> AssessorDraft {
    let planned = EpisodeBench.Planned(self)
    return AssessorDraft(bytes: planned.bytes) {
      EpisodeAssessor(self, EpisodeBench(self, planned, variables: $0))
    }
  }

  func probe() -> any Probe { EpisodeProbe(self) }
}

/// Measures a model that reads episodes: on validation and test scripts as it trains, and at the end on
/// a thousand episodes of test scripts.
final class EpisodeAssessor: Assessor {
  private let model: EpisodeModel
  private let bench: EpisodeBench

  /// Episodes of a point of a curve, and of the final figures.
  private static let sample = 100
  private static let all = 1000

  init(_ model: EpisodeModel, _ bench: EpisodeBench) {
    self.model = model
    self.bench = bench
  }

  func assess(contexts: [Float], currentTask: Int?) -> Assessment {
    let validation = bench.measure(
      model.family.episodes.validation, from: 1 << 20, count: Self.sample)
    let error = Estimate(
      bench.measure(.test, from: 1 << 20, count: Self.sample).map { 1 - ($0.metric ?? 0) })
    return Assessment(
      tasks: shownMeasures(),
      validation: validation.reduce(0) { $0 + $1.loss } / Float(Self.sample),
      others: [(2, error.mean), (3, error.interval)])
  }

  /// The shown episodes as they stand.
  private func shownMeasures() -> [TaskMeasure] {
    model.shown.flatMap { task in
      let (number, split) = model.family.place(of: task)
      return bench.measure(split, from: number, count: 1)
    }
  }

  func fit(tasks: [Int], seed: UInt64) -> [ContextFit] {
    let measures = shownMeasures()
    let contexts = model.outline.contexts ?? []
    return tasks.map { ContextFit(context: contexts[$0], loss: measures[$0].loss) }
  }

  /// Of a thousand episodes of test scripts: loss and accuracy with half the width of its 95 %
  /// interval, with shuffled support labels, and of the nearest labelled image; and the accuracy on
  /// new episodes of training scripts.
  func finalMetrics(seed: UInt64) -> [(name: String, value: Float)] {
    func accuracy(_ measures: [TaskMeasure]) -> Estimate { Estimate(measures.compactMap(\.metric)) }
    let test = bench.measure(.test, count: Self.all)
    let shuffled = accuracy(bench.measure(.test, count: Self.all, .shuffled))
    let nearest = Estimate(bench.nearest(.test, count: Self.all))
    let known = accuracy(bench.measure(.train, from: 1 << 21, count: Self.all))
    let own = accuracy(test)
    return [
      ("test_loss", test.reduce(0) { $0 + $1.loss } / Float(test.count)),
      ("test_accuracy", own.mean), ("test_accuracy_interval", own.interval),
      ("training_scripts_accuracy", known.mean),
      ("training_scripts_accuracy_interval", known.interval),
      ("shuffled_accuracy", shuffled.mean), ("shuffled_accuracy_interval", shuffled.interval),
      ("nearest_neighbour_accuracy", nearest.mean),
      ("nearest_neighbour_accuracy_interval", nearest.interval),
      ("chance_accuracy", 1 / Float(model.family.outputCount)),
    ]
  }
}
