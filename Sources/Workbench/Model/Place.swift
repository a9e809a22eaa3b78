import Learning

/// Where the hand is: the context, the anchors, and the task it is compared with. What undo restores.
public struct Place: Sendable, Equatable {
  public var context: [Float]
  public var anchors: Anchors
  public var reference: Int?
  public var followed: Int?
}

/// A knob turned a moment ago.
struct RequestedKnob: Sendable {
  var name: String
  var value: KnobValue
  /// When it was asked for; a run that has not followed a second later never will.
  var time: Double
}
