import Learning
import Training

/// What the target pane remembers where the target network is an architecture that is edited.
public struct SearchView: Sendable {
  public enum View: Sendable, CaseIterable {
    /// The architecture as a graph; predictions against what was trained for real; accuracy against cost;
    /// what is trained for real by hand.
    case graph, scatter, front, queue
  }
  public var view = View.graph
  /// The number of the graph that the cursor is on: 0 is the input, one more than there are nodes the end.
  public var cursor = 0
  /// The number an edge comes from that is put or taken away.
  public var source = 0
  /// The row of a list.
  public var row = 0
  /// What was asked to be trained for real, oldest first.
  public var orders: [Order] = []
  /// The code of an architecture that is ordered as soon as its prediction is there, if the hand is still
  /// on it.
  var awaited: [Float]?
  /// Predictions beside what was trained for real.
  public var scouting: Scouting?

  public struct Order: Sendable {
    public var architecture: Architecture
    public var size: NetworkSize
    /// When it was ordered.
    public var predicted: Float
    /// On test images; nil before it is trained.
    public var accuracy: Float?
  }

  public init() {}

  /// The next to be trained.
  var nextOrder: Architecture? { orders.first { $0.accuracy == nil }?.architecture }
}
