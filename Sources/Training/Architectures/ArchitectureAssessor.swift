import Autodiff
import Learning

extension ArchitectureModel: RunnableModel {
  func assessorDraft() -> AssessorDraft {
    AssessorDraft(bytes: PredictionBench.bytes(self)) { ArchitectureAssessor(self, variables: $0) }
  }

  func probe() -> any Probe { ArchitectureProbe(self) }
}

/// Measures generated networks: of the shown architectures as training goes on, and at the end of those that
/// were trained for real too.
final class ArchitectureAssessor: Assessor {
  private let model: ArchitectureModel
  private let bench: PredictionBench

  init(_ model: ArchitectureModel, variables: Variables) {
    self.model = model
    bench = PredictionBench(model, variables: variables)
  }

  private func shown() -> [TaskMeasure] {
    bench.measure(model.listed.map(\.architecture)).map {
      TaskMeasure(loss: $0?.loss ?? .nan, metric: $0?.accuracy)
    }
  }

  func assess(contexts: [Float], currentTask: Int?) -> Assessment {
    let all = shown()
    // Architectures like those that are trained with, of which none is.
    let unseen = zip(model.listed, all).filter { $0.0.split == .test }.map(\.1.loss)
    return Assessment(
      tasks: all, validation: unseen.reduce(0, +) / Float(max(unseen.count, 1)))
  }

  func fit(tasks: [Int], seed: UInt64) -> [ContextFit] {
    let all = shown()
    let code = model.code
    return tasks.map {
      ContextFit(context: code.code(of: model.listed[$0].architecture), loss: all[$0].loss)
    }
  }

  /// Of every split the accuracy of generated networks, `SPLIT_generated_accuracy`; where there is a table of
  /// networks that were trained for real, their accuracy beside it, and how the two go together:
  /// `SPLIT_pearson`, `SPLIT_kendall`, each with `_low` and `_high`, of so many `SPLIT_architectures`.
  func finalMetrics(seed: UInt64) -> [(name: String, value: Float)] {
    let table = model.trainedTable
    return [SearchSpace.Split.test, .wider, .deeper].flatMap {
      split -> [(name: String, value: Float)] in
      let rows = split == .test ? table?.measuredRows : table?.rows(split)
      let architectures =
        rows?.map(\.architecture)
        ?? model.space.architectures(split, count: split == .test ? TrainedTable.measured : 30)
      let measures = bench.measure(architectures)
      let accuracies = measures.compactMap { $0?.accuracy }
      let mean = accuracies.reduce(0, +) / Float(max(accuracies.count, 1))
      var metrics: [(name: String, value: Float)] = [
        ("\(split.rawValue)_architectures", Float(architectures.count)),
        ("\(split.rawValue)_generated_accuracy", mean),
      ]
      guard let rows else { return metrics }
      metrics.append(
        (
          "\(split.rawValue)_trained_accuracy",
          rows.reduce(0) { $0 + $1.accuracy } / Float(max(rows.count, 1))
        ))
      let pairs = zip(measures, rows).compactMap { measure, row in
        measure.map { ($0.accuracy, row.accuracy) }
      }
      guard let correlation = Correlation(pairs) else { return metrics }
      for (name, measure) in [("pearson", correlation.pearson), ("kendall", correlation.kendall)] {
        metrics += [
          ("\(split.rawValue)_\(name)", Float(measure.value)),
          ("\(split.rawValue)_\(name)_low", Float(measure.low)),
          ("\(split.rawValue)_\(name)_high", Float(measure.high)),
        ]
      }
      return metrics
    }
  }
}
