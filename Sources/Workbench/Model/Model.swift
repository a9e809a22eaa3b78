import Learning
import Terminal
import Training

/// Everything the screen shows, as one value: the newest of the run, and where the person is.
/// `update` changes it, `Screen` draws it; neither touches a terminal, a file or a clock.
public struct Model: Sendable {
  // What the run says.
  public var snapshot: Snapshot { didSet { project() } }
  /// The tasks' contexts and the axes they are shown on.
  public private(set) var projection: Projection
  /// The contexts that they are the axes of.
  private var projected: [[Float]]
  public var probe: ProbeResult?
  public var examination: Examination?

  // The terminal.
  public var size: Size
  public var capabilities: Capabilities
  public var theme: Theme
  /// The themes that can be chosen by name.
  public var themeNames: [String] = []
  /// ASCII although the terminal could do more (`g`).
  public var prefersASCII = false
  /// Whether the mouse is listened to (`m`).
  public var usesMouse = false
  /// Seconds; what toasts and plays are timed by.
  public var now: Double = 0

  // Where the person is.
  public var focus: Pane = .context
  /// The focused pane fills the screen.
  public var isZoomed = false
  /// The pane shown at the left where two fit, or alone where one does.
  public var front: Pane = .loss
  public var overlay: Overlay?
  public var toast: Toast?

  // The context under the hand.
  public var context: [Float]
  /// The task the target network is compared with: the nearest one, or the one that was chosen.
  public var reference: Int?
  /// The task whose context the hand stays on while it is being learned or fitted, until it moves.
  public var followed: Int?
  /// Of a network that makes contexts of its own as it reads: whether this one takes their place.
  public var isHeld = false
  public var anchors = Anchors()
  public var pin: Pin?

  // What each pane remembers.
  public var tasks = TasksView()
  public var knobs = KnobsView()
  public var loss = LossView()
  public var weights = WeightsView()
  public var space = SpaceView()
  public var target = TargetView()
  public var search = SearchView()
  public var scrubber = ScrubberView()
  public var comparison = ComparisonView()

  public var history = UndoHistory()

  /// Knobs that were turned while the run has not yet said so: what the next nudge starts from.
  var requestedKnobs: [RequestedKnob] = []
  /// What the run is about to say of something that was explained already.
  var expectedNotice: ExpectedNotice?
  /// Where the hand was before playing began: what undo goes back to.
  var playedFrom: Place?
  /// The session files that were last listed, for the completion of `:open`.
  var sessionPaths: [String] = []

  public init(snapshot: Snapshot, size: Size, capabilities: Capabilities, theme: Theme) {
    self.snapshot = snapshot
    projected = Model.contexts(snapshot)
    projection = Projection(projected, count: snapshot.description.contextCount)
    self.size = size
    self.capabilities = capabilities
    self.theme = theme
    context = Model.firstContext(snapshot)
    followed = Model.firstFollowed(snapshot)
    reference = followed
    settle()
  }

  private static func contexts(_ snapshot: Snapshot) -> [[Float]] {
    snapshot.tasks.compactMap(\.context)
  }

  /// Axes anew where the contexts are others: of many long ones it takes a while.
  private mutating func project() {
    let contexts = Model.contexts(snapshot)
    let count = snapshot.description.contextCount
    guard contexts != projected || projection.mean.count != count else { return }
    projected = contexts
    projection = Projection(contexts, count: count)
  }
}

/// A line that comes and goes at the bottom.
public struct Toast: Sendable, Equatable {
  public enum Kind: Sendable { case success, notice, warning, failure }
  public var kind: Kind
  public var text: String
  /// When it goes away.
  public var until: Double

  public init(kind: Kind, text: String, until: Double) {
    self.kind = kind
    self.text = text
    self.until = until
  }
}

/// Two remembered contexts and the position between them.
public struct Anchors: Sendable, Equatable {
  public var a: [Float]?
  public var b: [Float]?
  /// 0 is A, 1 is B.
  public var t: Float = 0
  /// When playing began, in seconds, with the position it began at; nil when it stands still.
  public var playing: Playing?

  public struct Playing: Sendable, Equatable {
    public var since: Double
    public var from: Float
  }

  /// One way from A to B, in seconds; then back again.
  public static let playSeconds = 4.0

  public init() {}
}

/// What `c` keeps to compare with: generated weights, and the curves of a run.
public struct Pin: Sendable {
  public var weights: [ProbeResult.Weights]
  public var context: [Float]
  public var step: Int
  public var history: History
  /// What the target network did with them.
  public var behaviour: Behaviour?
}

public struct TasksView: Sendable, Equatable {
  /// A task, by its place in the description (not in the filtered list).
  public var cursor = 0
  public var filter = ""
}

public struct KnobsView: Sendable, Equatable {
  /// A knob, by its place among all of them (not in the filtered list).
  public var cursor = 0
  public var filter = ""
}

public struct LossView: Sendable, Equatable {
  public var isLogarithmic = true
  /// Factor of the exponential mean: 0, .6, .9 or .99.
  public var smoothing: Float = 0.9
  /// The step under the crosshair; nil is the newest.
  public var crosshair: Int?
  /// The steps shown; nil is all of them.
  public var range: ClosedRange<Int>?
  /// Keeps the newest step at the right edge of `range`.
  public var followsTail = true
  /// The series that is drawn last and named in the legend.
  public var series = 0
}

public struct WeightsView: Sendable, Equatable {
  public enum Scale: Sendable, CaseIterable {
    /// ±99th percentile of all tensors, of this tensor, or ±1.
    case all, layer, fixed
  }
  /// Which of the target network's tensors.
  public var tensor = 0
  public var row = 0
  public var column = 0
  public var scale = Scale.layer
  /// Shows W − pinned W.
  public var showsDifference = false

  public enum View: Sendable, CaseIterable {
    /// The numbers themselves; whether z matters; whether sizes are right on the way through; what is
    /// left of earlier tasks, where tasks come one after another.
    case map, conditioning, autopsy, memory
  }
  public var view = View.map
  /// The first line of a view that is a list.
  public var line = 0
}

public struct SpaceView: Sendable, Equatable {
  /// The principal components on the axes, from 0.
  public var horizontal = 0
  public var vertical = 1
  /// How much is seen: 1 is everything, 2 half of it.
  public var zoom: Float = 1
  /// The task the cursor is on.
  public var cursor = 0
}

public struct TargetView: Sendable, Equatable {
  /// The point of the curve, or the picture, the cursor is on.
  public var cursor = 0
  public var hasCursor = false
  /// Characters a network has spoken, and when the last one was due.
  public var spoken = 0
  public var spokeAt: Double?
  /// Where a body is looked at from, and, where it turns by itself, when it last did.
  public var camera = BodyCamera()
  public var turning: Double?
  /// Since when what is looked at has been the same.
  var rest: Rest?

  struct Rest: Sendable, Equatable {
    struct Subject: Sendable, Equatable {
      var context: [Float]
      var reference: Int?
      var parameters: ObjectIdentifier
    }
    var subject: Subject
    var since: Double
  }
}

public struct ScrubberView: Sendable, Equatable {
  /// The component of z under the cursor; `contextCount` is the position between A and B.
  public var cursor = 0
}
