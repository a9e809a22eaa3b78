import Dispatch

/// A backend without a terminal: a fixed size, events from a script, and a clock that stands still
/// but for the time that the script lets pass. What ran for an hour of this clock took a moment, and
/// runs the same again.
public final class ScriptedBackend: Backend {
  public enum Step {
    case event(Event)
    /// Time goes by; animations take place meanwhile.
    case pass(seconds: Double)
    /// Does something once the screen shows everything that happened before.
    case run((ScriptedBackend) -> Void)
    /// Waits for other threads until a condition holds, at most so many real seconds; after these
    /// the script ends with `failure`.
    case until(String, seconds: Double, () -> Bool)

    public static func key(_ key: Key) -> Step { .event(.key(key)) }
    public static func keys(_ text: String) -> [Step] {
      text.unicodeScalars.map { .event(.key(.character($0))) }
    }
  }

  public private(set) var size: Size
  public let capabilities: Capabilities
  public private(set) var now = 0.0
  /// The picture shown last.
  public private(set) var screen: CellBuffer
  /// When pictures were shown.
  public private(set) var frameTimes: [Double] = []
  /// Everything asked of the terminal, in order.
  public private(set) var requests: [TerminalRequest] = []
  /// How often the program was woken (or an event was fetched): idle programs do not add to it.
  public private(set) var eventCount = 0
  /// Why the script ended early.
  public private(set) var failure: String?

  private let patience: Double
  private var steps: ArraySlice<Step>
  /// When the `.pass` at the head of the script is over.
  private var passEnd: Double?
  /// When the `.until` at the head of the script is given up, in real nanoseconds.
  private var waitEnd: UInt64?
  private var endedAt: Double?
  private let pokes = DispatchSemaphore(value: 0)

  /// `patience` is how many real seconds other threads have, when the script is over, to wake a
  /// program that goes on.
  public init(
    _ size: Size = Size(120, 36),
    capabilities: Capabilities = Capabilities(colors: .palette256, unicode: true),
    patience: Double = 10, script: [Step]
  ) {
    self.size = size
    self.patience = patience
    self.capabilities = capabilities
    screen = CellBuffer(size)
    steps = script[...]
  }

  public var waker: Waker {
    let pokes = pokes
    return Waker { pokes.signal() }
  }

  /// Adds steps to the end of the script.
  public func append(_ more: [Step]) { steps += more }

  /// Ends the script here, with the reason.
  public func fail(_ reason: String) {
    failure = failure ?? reason
    steps = []
  }

  public func nextEvent(until deadline: Double?) -> Event? {
    guard let event = fetch(until: deadline) else { return nil }
    eventCount += 1
    if case .resize(let size) = event { self.size = size }
    return event
  }

  private func fetch(until deadline: Double?) -> Event? {
    if takePokes(waitingUpTo: 0) { return .wake }
    while let step = steps.first {
      switch step {
      case .event(let event):
        steps.removeFirst()
        return event
      case .pass(let seconds):
        let end = passEnd ?? now + max(seconds, 0)
        passEnd = end
        if let deadline, deadline <= end {
          now = max(now, deadline)
          return nil
        }
        now = end
        passEnd = nil
        steps.removeFirst()
      case .run(let action):
        // What is due within a frame is part of what happened before.
        if let deadline, deadline <= now + EventLoop.frameInterval {
          now = max(now, deadline)
          return nil
        }
        steps.removeFirst()
        action(self)
      case .until(let name, let seconds, let condition):
        if condition() {
          waitEnd = nil
          steps.removeFirst()
          continue
        }
        let real = DispatchTime.now().uptimeNanoseconds
        let end = waitEnd ?? real + UInt64(max(seconds, 0) * 1e9)
        waitEnd = end
        guard real < end else {
          fail("gave up waiting for \(name) after \(Numbers.general(seconds)) seconds")
          break
        }
        if takePokes(waitingUpTo: 10) {
          now += EventLoop.frameInterval
          return .wake
        }
        if let deadline {
          now = max(now, deadline)
          return nil
        }
      }
    }
    return afterScript(until: deadline)
  }

  /// The script is over: like a terminal that was closed, and, where that is not heeded, like a
  /// person who presses ^C.
  private func afterScript(until deadline: Double?) -> Event? {
    guard let endedAt else {
      endedAt = now
      return .end(signal: 1)
    }
    if let deadline, now < endedAt + 60 {
      now = max(now, deadline)
      return nil
    }
    if takePokes(waitingUpTo: Int(patience * 1000)) { return .wake }
    now += 2
    return .end(signal: 2)
  }

  /// Whether another thread called; waits for that, in real milliseconds.
  private func takePokes(waitingUpTo milliseconds: Int) -> Bool {
    guard pokes.wait(timeout: .now() + .milliseconds(milliseconds)) == .success else {
      return false
    }
    while pokes.wait(timeout: .now()) == .success {}
    return true
  }

  public func present(_ buffer: CellBuffer) {
    screen = buffer.copy()
    frameTimes.append(now)
  }

  public func perform(_ request: TerminalRequest) {
    requests.append(request)
    if request == .suspend { steps.insert(.event(.resumed), at: steps.startIndex) }
  }
}
