import Training

/// What the compare pane remembers: the race, and where one looks in it.
public struct ComparisonView: Sendable {
  public enum Part: Sendable, Hashable, CaseIterable { case both, table, curves }

  /// The newest of the race; nil where there is none.
  public var race: RaceSnapshot?
  /// Networks are being built, or a file is read.
  public var isPreparing = false
  /// Whether it was opened from a file while this run was there, or is on a family that was named: it
  /// is not replaced by the race of the run's own experiment.
  public var isFromFile = false
  /// The method, by its row.
  public var cursor = 0
  /// The first column of the table that is shown, after those that stand still.
  public var firstColumn = 0
  /// The step under the crosshair; nil is the newest.
  public var crosshair: Int?
  public var part = Part.both
  /// Where Esc leads.
  public var cameFrom = Pane.context

  public init() {}

  public var rows: [Standing.Row] { race?.standing.rows ?? [] }
  /// The most steps a method trains.
  public var totalSteps: Int { max(rows.map(\.total).max() ?? 1, 1) }
}
