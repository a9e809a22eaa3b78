import Autodiff
import Dispatch
import Learning

/// Predicts what architectures come to that were trained for real, from a snapshot's parameters, on a queue
/// of its own.
public typealias Scout = Desk<ScoutBench>

/// Predictions beside what was trained for real, at one step.
public struct Scouting: Sendable {
  public struct Point: Sendable {
    public var architecture: Architecture
    public var size: NetworkSize
    public var predicted: Float
    public var trained: Float

    public init(architecture: Architecture, size: NetworkSize, predicted: Float, trained: Float) {
      self.architecture = architecture
      self.size = size
      self.predicted = predicted
      self.trained = trained
    }
  }

  public var step: Int
  public var points: [Point]
  /// Of all points together.
  public var correlation: Correlation?
  /// How long it took.
  public var seconds: Double

  public init(step: Int, points: [Point], correlation: Correlation?, seconds: Double) {
    self.step = step
    self.points = points
    self.correlation = correlation
    self.seconds = seconds
  }
}

public final class ScoutBench: Bench {
  private final class Part {
    let model: ArchitectureModel
    let variables: Variables
    let bench: PredictionBench

    init?(_ model: any RunnableModel) {
      guard let model = model as? ArchitectureModel else { return nil }
      self.model = model
      variables = Variables(model.parameters.map { ($0.name, $0.shape) })
      bench = PredictionBench(model, variables: variables)
    }
  }

  private let kept = Kept { Part($0) }

  public init() {}

  public static let queue = (name: "weft.scout", qos: DispatchQoS.utility)

  /// Images of a prediction: a few of them do to see how points lie.
  private static let images = 200

  public func answer(_ snapshot: Snapshot) -> Scouting? {
    let begin = DispatchTime.now()
    guard let part = kept[snapshot], part.variables.load(snapshot.parameters) else { return nil }
    // On other images nobody trained any.
    let rows = part.model.trainedTable?.measuredRows ?? []
    let measures = part.bench.measure(rows.map(\.architecture), images: Self.images)
    let points = zip(rows, measures).compactMap { row, measure in
      measure.map {
        Scouting.Point(
          architecture: row.architecture,
          size: NetworkSize(row.architecture, in: part.model.frame), predicted: $0.accuracy,
          trained: row.accuracy)
      }
    }
    let nanoseconds = DispatchTime.now().uptimeNanoseconds - begin.uptimeNanoseconds
    return Scouting(
      step: snapshot.step, points: points,
      correlation: Correlation(points.map { ($0.predicted, $0.trained) }),
      seconds: Double(nanoseconds) / 1e9)
  }
}

/// Trains architectures for real, one at a time, on a queue of its own.
public typealias Workshop = Desk<WorkshopBench>

/// An architecture to be trained on the images of a run.
public struct TrainingOrder: Sendable {
  public var architecture: Architecture
  public var snapshot: Snapshot

  public init(_ architecture: Architecture, _ snapshot: Snapshot) {
    self.architecture = architecture
    self.snapshot = snapshot
  }
}

/// What came of it.
public struct TrainedOrder: Sendable {
  public var architecture: Architecture
  /// On test images, after one whole training.
  public var accuracy: Float
  public var seconds: Double

  public init(architecture: Architecture, accuracy: Float, seconds: Double) {
    self.architecture = architecture
    self.accuracy = accuracy
    self.seconds = seconds
  }
}

public final class WorkshopBench: Bench {
  private let kept = Kept { $0 as? ArchitectureModel }

  public init() {}

  public static let queue = (name: "weft.workshop", qos: DispatchQoS.utility)

  public func answer(_ order: TrainingOrder) -> TrainedOrder? {
    let begin = DispatchTime.now()
    guard let model = kept[order.snapshot] else { return nil }
    let row = TrainedTable.train(
      order.architecture, .test, model.images, ArchitectureTraining(), seeds: 1)
    let nanoseconds = DispatchTime.now().uptimeNanoseconds - begin.uptimeNanoseconds
    return TrainedOrder(
      architecture: order.architecture, accuracy: row.accuracy,
      seconds: Double(nanoseconds) / 1e9)
  }
}
