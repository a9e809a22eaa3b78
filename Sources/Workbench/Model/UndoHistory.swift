import Learning

/// What can be undone: knobs, contexts, anchors and weight edits. Nudges of one thing within half a
/// second are one entry.
public struct UndoHistory: Sendable {
  public enum Change: Sendable {
    case context(from: [Float], to: [Float])
    case anchors(from: Anchors, to: Anchors)
    case knob(name: String, from: KnobValue, to: KnobValue)
    case weight(variable: String, index: Int, from: Float, to: Float)
  }

  public struct Entry: Sendable {
    public var change: Change
    public var time: Double
  }

  public var done: [Entry] = []
  public var undone: [Entry] = []
  public init() {}
}
