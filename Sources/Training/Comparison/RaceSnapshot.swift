/// What a race says of itself: how the comparison stands, and whether it goes on.
public struct RaceSnapshot: Sendable {
  public enum State: Sendable, Hashable {
    case paused, running
    /// Everything is trained and measured.
    case done
  }

  /// A sentence about something that was asked for; the number tells a new one from an old one.
  public struct Notice: Sendable, Hashable {
    public var number: Int
    public var text: String
    public var isWrong: Bool

    package init(number: Int, text: String, isWrong: Bool) {
      self.number = number
      self.text = text
      self.isWrong = isWrong
    }
  }

  public var standing: Standing
  public var state: State
  public var activity: Comparison.Activity
  /// Where it was opened from or last saved to.
  public var path: String?
  /// Whether the file is as the race stands.
  public var isSaved: Bool
  public var notice: Notice?
  /// Grows with everything that is new.
  public var revision: Int

  package init(
    standing: Standing, state: State, activity: Comparison.Activity, path: String? = nil,
    isSaved: Bool = false, notice: Notice? = nil, revision: Int = 1
  ) {
    self.standing = standing
    self.state = state
    self.activity = activity
    self.path = path
    self.isSaved = isSaved
    self.notice = notice
    self.revision = revision
  }
}

/// What can be asked of a race. Commands are values: they are queued, and take effect between slices.
public enum RaceCommand: Sendable, Hashable {
  case run, pause, toggle
  /// The same race from step 0; what was trained is saved first, where the race keeps itself.
  case restart
  /// Saves now; nil is the file it has, or else a new one among the person's own sessions.
  case save(path: String?)
  /// Stops for good; what is not on the disk is saved first, where it keeps itself.
  case stop
}
