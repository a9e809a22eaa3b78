import Learning

/// What can be undone: knobs, contexts, anchors and weight edits. Nudges of one thing within half a
/// second are one entry.
public struct UndoHistory: Sendable {
  public enum Change: Sendable {
    /// The context was moved, or an anchor was set.
    case place(from: Place, to: Place)
    case knob(name: String, from: KnobValue, to: KnobValue)
    /// A number of θ was shifted by hand.
    case weight(variable: String, index: Int, from: Float, to: Float)
  }

  public struct Entry: Sendable {
    public var change: Change
    public var time: Double
    /// What was nudged, if it was a nudge: the next one of the same thing joins this entry.
    public var nudge: String?
  }

  /// Seconds within which two nudges of one thing are one.
  public static let mergeSeconds = 0.5
  /// Entries kept; older ones are forgotten.
  public static let limit = 500

  public private(set) var done: [Entry] = []
  public private(set) var undone: [Entry] = []
  public init() {}

  /// Remembers a change. Whatever was undone before can no longer be redone.
  public mutating func record(_ change: Change, at time: Double, nudge: String? = nil) {
    undone = []
    if let nudge, let last = done.last, last.nudge == nudge,
      time - last.time <= Self.mergeSeconds, let merged = last.change.followed(by: change)
    {
      done[done.count - 1] = Entry(change: merged, time: time, nudge: nudge)
      return
    }
    done.append(Entry(change: change, time: time, nudge: nudge))
    if done.count > Self.limit { done.removeFirst(done.count - Self.limit) }
  }

  /// Takes the newest change, to be undone by whoever asks.
  public mutating func undo() -> Change? {
    guard let entry = done.popLast() else { return nil }
    undone.append(entry)
    return entry.change
  }

  /// Takes the change that was undone last, to be done again.
  public mutating func redo() -> Change? {
    guard var entry = undone.popLast() else { return nil }
    // What is nudged after a redo is a change of its own.
    entry.nudge = nil
    done.append(entry)
    return entry.change
  }

  /// Forgets the changes that no longer make sense.
  public mutating func forget(where isStale: (Change) -> Bool) {
    done.removeAll { isStale($0.change) }
    undone.removeAll { isStale($0.change) }
  }
}

extension UndoHistory.Change {
  /// This change and one that came right after it as one, where they are of one kind.
  fileprivate func followed(by next: Self) -> Self? {
    switch (self, next) {
    case (.place(let from, _), .place(_, let to)): .place(from: from, to: to)
    case (.knob(let name, let from, _), .knob(let same, _, let to)) where name == same:
      .knob(name: name, from: from, to: to)
    default: nil
    }
  }
}
