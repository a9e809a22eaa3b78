/// Something that happens to a program.
public enum Event: Hashable, Sendable {
  case key(Key)
  case mouse(Mouse)
  case resize(Size)
  /// Another thread has news (a snapshot, an answer of the probe).
  case wake
  /// The time the program asked for with `wakeAt` has come.
  case time
  /// The terminal was handed back (fg after ^Z): everything must be drawn anew.
  case resumed
  /// Somebody wants it to end: ^C and INT are 2, HUP or a closed terminal 1, TERM 15.
  case end(signal: Int32)
}

/// What a program wants of the terminal besides being drawn.
public enum TerminalRequest: Hashable, Sendable {
  /// To the clipboard (OSC 52).
  case copy(String)
  case mouse(Bool)
  /// Draw every cell anew.
  case redraw
  /// Stop like a shell job (^Z).
  case suspend
  case bell
}

/// A program with a screen: events go in, pictures come out. It never touches a terminal, so a test
/// or a script can run it.
public protocol Program: AnyObject {
  /// Takes an event; `now` is in seconds of a clock that only goes forward.
  func handle(_ event: Event, now: Double)
  /// Draws everything.
  func render(on canvas: Canvas, capabilities: Capabilities, now: Double)
  /// Whether the picture on the screen is out of date.
  var needsFrame: Bool { get }
  /// When it next wants a `.time` event (animations, toasts that go away); nil for never. A program
  /// that says nil and gets no event costs nothing.
  var wakeAt: Double? { get }
  /// What it wants of the terminal, taken out after every event.
  func takeRequests() -> [TerminalRequest]
  /// The exit status once it wants to end.
  var exitStatus: Int32? { get }
}

/// Where a program is shown and its events come from.
public protocol Backend: AnyObject {
  var size: Size { get }
  var capabilities: Capabilities { get }
  /// Seconds of a clock that only goes forward.
  var now: Double { get }
  /// Waits for the next event, at most until a time (nil: for ever).
  func nextEvent(until deadline: Double?) -> Event?
  /// Shows a picture.
  func present(_ buffer: CellBuffer)
  func perform(_ request: TerminalRequest)
  /// Makes `nextEvent` return `.wake`, from any thread.
  var waker: Waker { get }
}

/// Wakes an event loop from any thread. Many wake-ups before the loop gets to it are one event.
public struct Waker: Sendable {
  private let action: @Sendable () -> Void

  public init(_ action: @escaping @Sendable () -> Void) { self.action = action }

  public func wake() { action() }
}
