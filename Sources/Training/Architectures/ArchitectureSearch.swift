import Autodiff
import Learning

/// A search through the space of a trained generator: regularised evolution (Real et al. 2019) on
/// predictions alone, on several islands, as the best of one population come to be kin; then a few
/// candidates trained for real. The same parameters and seed find the same. Not for two threads at once.
package final class ArchitectureSearch {
  package struct Candidate: Sendable {
    package var architecture: Architecture
    /// Accuracy and loss with generated weights on the images that choices are made by.
    package var predicted: Float
    package var loss: Float
    package var size: NetworkSize
    /// What training for real comes to, where it was.
    package var trained: TrainedTable.Row?

    /// What evolution prefers: accuracies are counted in images, so the loss decides between equals.
    fileprivate var score: Float { predicted - 1e-3 * loss }
  }

  package let space: SearchSpace
  package let images: ArchitectureImages
  package let table: TrainedTable?
  private let bench: PredictionBench
  private let frame: ArchitectureFrame
  private let seed: UInt64
  /// Who lives on each island, the oldest first.
  private var islands = [[Candidate]](repeating: [], count: ArchitectureSearch.islandCount)
  /// Whose turn it is.
  private var island = 0
  private var known: [Architecture: (candidate: Candidate, island: Int)] = [:]
  private var draws = 0

  private static let (islandCount, populationSize, tournament, children) = (12, 12, 3, 8)

  init(_ model: ArchitectureModel, variables: Variables, seed: UInt64) {
    space = model.space
    images = model.images
    frame = model.frame
    table = model.trainedTable
    bench = PredictionBench(model, variables: variables)
    self.seed = seed
  }

  /// How many architectures were predicted.
  package var predictions: Int { known.count }

  package func size(_ architecture: Architecture) -> NetworkSize {
    NetworkSize(architecture, in: frame)
  }

  /// What architectures are predicted to come to; nil of those that there is no room for.
  package func predict(_ architectures: [Architecture]) -> [Candidate?] {
    zip(architectures, bench.measure(architectures)).map { architecture, measure in
      measure.map {
        Candidate(
          architecture: architecture, predicted: $0.accuracy, loss: $0.loss,
          size: size(architecture))
      }
    }
  }

  /// Predicts some more architectures of one island, all in turn: random ones at first, then children of
  /// good ones.
  package func advance() {
    defer { island = (island + 1) % Self.islandCount }
    let population = islands[island]
    var fresh: [Architecture] = []
    var seen = Set<Architecture>()
    // In a small space everything may be known.
    for _ in 0..<Self.children * 8 where fresh.count < Self.children {
      draws += 1
      let key = RandomKey(seed: seed, stream: .architecture, step: -draws)
      let next: Architecture
      if population.count < Self.populationSize {
        next = space.architecture(key.integer(below: 1 << 30, index: 0) + 8192, .training)
      } else {
        let parents = (0..<Self.tournament).map {
          population[key.integer(below: population.count, index: 1000 + $0)]
        }
        guard let parent = parents.max(by: { $0.score < $1.score }) else { return }
        next = space.changed(parent.architecture, key: key)
      }
      let canonical = next.canonical
      if known[canonical] == nil, seen.insert(canonical).inserted { fresh.append(canonical) }
    }
    for candidate in predict(fresh).compactMap({ $0 }) {
      known[candidate.architecture] = (candidate, island)
      islands[island].append(candidate)
      if islands[island].count > Self.populationSize { islands[island].removeFirst() }
    }
  }

  /// The best so far by prediction.
  package func best(_ count: Int) -> [Candidate] {
    Array(
      known.values.map(\.candidate).sorted {
        ($0.score, $1.architecture.line) > ($1.score, $0.architecture.line)
      }.prefix(count))
  }

  /// The best of every island in turn, then their second best, and so on.
  func finalists(_ count: Int) -> [Candidate] {
    var places = [Int](repeating: 0, count: Self.islandCount)
    let ranked = best(known.count).map { candidate in
      let island = known[candidate.architecture]?.island ?? 0
      places[island] += 1
      return (place: places[island], candidate: candidate)
    }
    // Of one place, the order among islands is that of their predictions.
    return ranked.enumerated().sorted {
      ($0.element.place, $0.offset) < ($1.element.place, $1.offset)
    }.prefix(count).map(\.element.candidate)
  }

  /// Random architectures in the number of a budget, as trained in the table: what random search has to
  /// choose from.
  package func randomDraw(_ count: Int) -> [TrainedTable.Row] {
    guard let rows = table?.randomRows, !rows.isEmpty else { return [] }
    return RandomKey(seed: seed, stream: .architecture, step: 0).permutation(rows.count)
      .prefix(count).map { rows[$0] }
  }

  /// The share of the table's random architectures that are better.
  package func share(better accuracy: Float) -> Float? {
    guard let rows = table?.randomRows, !rows.isEmpty else { return nil }
    return Float(rows.count { $0.accuracy > accuracy }) / Float(rows.count)
  }

  /// Training each for some steps as a way to predict: how the accuracy by then, on the images that choices
  /// are made by, goes with that of whole trainings with other seeds.
  package func rival(steps: Int, done: (Int) -> Bool) -> Correlation? {
    var setting = ArchitectureTraining()
    setting.steps = steps
    var pairs: [(Float, Float)] = []
    for (index, row) in (table?.measuredRows ?? []).enumerated() {
      let training = TrueTraining(row.architecture, images, setting, seed: 1 << 20)
      training.advance(steps)
      pairs.append((training.measure(images.validation).accuracy, row.accuracy))
      if !done(index) { return nil }
    }
    return Correlation(pairs)
  }
}

extension Run {
  /// A search with the networks as they are; nil where the experiment is no search of architectures. It
  /// reads the run's variables: the run must not go on meanwhile.
  package func architectureSearch(seed: UInt64) -> ArchitectureSearch? {
    (model as? ArchitectureModel).map {
      ArchitectureSearch($0, variables: variables, seed: seed)
    }
  }
}
