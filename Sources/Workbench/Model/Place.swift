import Learning

/// Where the hand is: the context, the anchors, and the task it is compared with. What undo restores.
public struct Place: Sendable, Equatable {
  public var context: [Float]
  public var anchors: Anchors
  public var reference: Int?
  public var followed: Int?
  public var isHeld = false
}

/// A sentence the run is going to say in answer to what was just done. What the toast explains of it
/// already must not be written over before it can be read.
struct ExpectedNotice: Sendable {
  /// How the sentence begins.
  var start: String
  /// What is said in its place, around it; nil where the toast that stands says it all.
  var frame: (before: String, after: String)?
  /// When it is no longer waited for.
  var until: Double
}

/// A knob turned a moment ago.
struct RequestedKnob: Sendable {
  var name: String
  var value: KnobValue
  /// When it was asked for; a run that has not followed a second later never will.
  var time: Double
}
