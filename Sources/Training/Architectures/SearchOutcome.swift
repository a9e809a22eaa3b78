import Learning

/// What a search came to, in words and figures that whoever tells it needs.
package struct SearchOutcome: Sendable {
  /// Those that were trained for real first, the best by the images that choices are made by in front;
  /// then the others by prediction.
  package var candidates: [ArchitectureSearch.Candidate]
  package var predictions: Int
  /// How many were trained for real, once each.
  package var trained: Int
  /// How many were trained for a few steps to choose those.
  package var tried: Int
  /// The accuracy of the first on test images, the mean over the seeds of the table.
  package var accuracy: Float?
  /// The share of the table's random architectures that are better than it.
  package var shareBetter: Float?
  /// The same of random search with as many trainings; nil where there is no table.
  package var random: (accuracy: Float, shareBetter: Float)?
}

extension ArchitectureSearch {
  /// Steps of a training that only says which candidates are worth a whole one.
  package static let trialSteps = 125

  /// How a budget of whole trainings is spent: two fifths of it on trials.
  package static func plan(of budget: Int) -> (trials: Int, whole: Int) {
    let spent = budget * 2 / 5
    return (spent * ArchitectureTraining().steps / trialSteps, budget - spent)
  }

  /// Of the best by prediction those are trained for real that a few steps of training, from random weights,
  /// leave ahead (successive halving, Jamieson & Talwalkar 2016); of these the best by the images
  /// that choices are made by is found. It is then trained with the other seeds too, so that it can be ranked.
  /// - Parameters:
  ///   - budget: what all trainings together may cost, in whole ones.
  ///   - given: candidates in the place of those that evolution found: no trials, whole trainings alone.
  ///   - shown: how many candidates are told of.
  ///   - done: called after each training; false ends it.
  package func finish(
    budget: Int, given: [Candidate]? = nil, shown: Int, done: (String) -> Bool
  ) -> SearchOutcome? {
    let (trials, whole) = given == nil ? Self.plan(of: budget) : (0, budget)
    let chosen = given ?? finalists(max(trials, whole))
    var candidates =
      chosen
      + (given == nil
        ? best(shown + chosen.count).filter { other in
          !chosen.contains { $0.architecture == other.architecture }
        } : [])
    let tried = min(trials, candidates.count)
    if tried > 0 {
      var setting = ArchitectureTraining()
      setting.steps = Self.trialSteps
      var scores: [(index: Int, score: Float)] = []
      for index in 0..<tried {
        scores.append((index, train(candidates[index].architecture, setting).score))
        guard done("\(index + 1) of \(tried) tried") else { return nil }
      }
      let order = scores.sorted { ($0.score, $1.index) > ($1.score, $0.index) }.map(\.index)
      candidates = order.map { candidates[$0] } + candidates[tried...]
    }
    let count = min(whole, candidates.count)
    var scores: [(index: Int, score: Float)] = []
    for index in 0..<count {
      let (row, score) = train(candidates[index].architecture, ArchitectureTraining())
      candidates[index].trained = row
      scores.append((index, score))
      guard done("\(index + 1) of \(count) trained") else { return nil }
    }
    let order = scores.sorted { ($0.score, $1.index) > ($1.score, $0.index) }.map(\.index)
    candidates = order.map { candidates[$0] } + candidates[count...]
    var outcome = SearchOutcome(
      candidates: candidates, predictions: predictions, trained: count, tried: tried, accuracy: nil,
      shareBetter: nil, random: nil)
    guard count > 0 else { return outcome }
    let row = TrainedTable.train(
      candidates[0].architecture, .test, images, ArchitectureTraining())
    outcome.candidates[0].trained = row
    outcome.accuracy = row.accuracy
    outcome.shareBetter = share(better: row.accuracy)
    if let best = randomDraw(budget).max(by: { $0.validation < $1.validation }),
      let share = share(better: best.accuracy)
    {
      outcome.random = (best.accuracy, share)
    }
    return outcome
  }
}

extension ArchitectureSearch {
  /// Trains once; also returns what it is chosen by. Where few images are classified wrongly their number says
  /// little, and the loss tells more, but it also grows by being sure of what is wrong.
  private func train(
    _ architecture: Architecture, _ setting: ArchitectureTraining
  ) -> (row: TrainedTable.Row, score: Float) {
    let (test, validation) = TrueTraining.whole(architecture, images, setting, seed: 0)
    return (
      TrainedTable.Row(
        split: .test, architecture: architecture, accuracies: [test.accuracy],
        validation: validation.accuracy),
      validation.accuracy - 0.1 * validation.loss
    )
  }
}

extension Array where Element == ArchitectureSearch.Candidate {
  /// Which of them nobody beats in both accuracy and multiplications: trained accuracy where there is one
  /// for all, else the predicted.
  package var front: [Bool] {
    let isTrained = allSatisfy { $0.trained != nil }
    let points = map {
      (isTrained ? $0.trained?.accuracy ?? 0 : $0.predicted, $0.size.multiplyAdds)
    }
    return points.map { own in
      !points.contains {
        ($0.0 > own.0 && $0.1 <= own.1) || ($0.0 >= own.0 && $0.1 < own.1)
      }
    }
  }
}
