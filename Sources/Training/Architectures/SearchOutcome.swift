import Learning

/// What a search came to, in words and figures that whoever tells it needs.
package struct SearchOutcome: Sendable {
  /// Those that were trained for real first, the best by the images that choices are made by in front;
  /// then the others by prediction.
  package var candidates: [ArchitectureSearch.Candidate]
  package var predictions: Int
  /// How many were trained for real, once each.
  package var trained: Int
  /// The accuracy of the first on test images, the mean over the seeds of the table.
  package var accuracy: Float?
  /// The share of the table's random architectures that are better than it.
  package var shareBetter: Float?
  /// The same of random search with as many trainings; nil where there is no table.
  package var random: (accuracy: Float, shareBetter: Float)?
}

extension ArchitectureSearch {
  /// Trains the best so many for real, each once, and chooses by the images that are for it; what was chosen
  /// is then trained with the other seeds too, so that it can be ranked.
  /// - Parameters:
  ///   - given: candidates in the place of those that evolution found.
  ///   - shown: how many candidates are told of.
  ///   - done: called after each training; false ends it.
  package func finish(
    budget: Int, given: [Candidate]? = nil, shown: Int, done: (Int) -> Bool
  ) -> SearchOutcome? {
    var candidates = given ?? best(max(budget, shown))
    let count = min(budget, candidates.count)
    for index in 0..<count {
      candidates[index].trained = TrainedTable.train(
        candidates[index].architecture, .test, images, ArchitectureTraining(), seeds: 1)
      guard done(index + 1) else { return nil }
    }
    let first = candidates[..<count].sorted {
      ($0.trained?.validation ?? 0, $0.predicted) > ($1.trained?.validation ?? 0, $1.predicted)
    }
    candidates = first + candidates[count...]
    var outcome = SearchOutcome(
      candidates: candidates, predictions: predictions, trained: count, accuracy: nil,
      shareBetter: nil, random: nil)
    guard count > 0 else { return outcome }
    let row = TrainedTable.train(
      candidates[0].architecture, .test, images, ArchitectureTraining())
    outcome.candidates[0].trained = row
    outcome.accuracy = row.accuracy
    outcome.shareBetter = share(better: row.accuracy)
    if let best = randomDraw(count).max(by: { $0.validation < $1.validation }),
      let share = share(better: best.accuracy)
    {
      outcome.random = (best.accuracy, share)
    }
    return outcome
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
