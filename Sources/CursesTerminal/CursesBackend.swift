import CTerminal
import Glibc
import Terminal

/// The terminal at standard input and output. There is one in a process, and it belongs to the
/// thread that made it, which also takes all signals; only `waker` is for others.
public final class CursesBackend: Backend {
  public private(set) var size: Size
  public let capabilities: Capabilities
  public let waker = Waker { ct_wake() }

  private var decoder = InputDecoder()
  private var painter: Painter
  private let isSynchronised: Bool
  private var events: [Event] = []
  private var hasHungUp = false

  /// Takes the terminal over. Environment: `NO_COLOR`, `TERM`, `WEFT_SYNC=0` (frames are then not
  /// wrapped in synchronised output). Throws `TerminalError`.
  /// - Parameter ascii: draws with ASCII characters although the terminal may know others.
  public init(ascii: Bool = false) throws {
    // Only the kind of characters: numbers keep their dots.
    setlocale(LC_CTYPE, "")
    guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else {
      throw TerminalError.notATerminal
    }
    guard ct_listen() else { throw TerminalError.refused }
    let type = CursesBackend.environment("TERM") ?? ""
    // What calls itself dumb on a terminal mostly understands how to place a cursor; no colours.
    switch type == "dumb" ? ct_start("vt100") : ct_start(nil) {
    case CT_STARTED: break
    case CT_UNKNOWN_TERMINAL: throw TerminalError.unknownType(type)
    default: throw TerminalError.notATerminal
    }
    let codeset = nl_langinfo(nl_item(CODESET)).map { String(cString: $0) }
    let colors = Int(ct_color_count())
    let isMono = CursesBackend.environment("NO_COLOR") != nil || type == "dumb" || colors < 8
    capabilities = Capabilities(
      colors: isMono ? .mono : colors >= 256 ? .palette256 : .ansi16,
      // The console of Linux knows UTF-8, but its fonts have no braille.
      unicode: codeset == "UTF-8" && type != "linux" && !ascii)
    painter = Painter(StyleCache(isMono ? nil : Palette(count: colors)))
    isSynchronised = CursesBackend.environment("WEFT_SYNC") != "0" && type != "dumb"
    size = CursesBackend.fit()
  }

  deinit { ct_end() }

  /// Gives the terminal back; may be called again.
  public func close() { ct_end() }

  /// A variable of the environment that is set and not empty.
  private static func environment(_ name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return String(cString: value)
  }

  private static func fit() -> Size {
    var width: Int32 = 0
    var height: Int32 = 0
    ct_fit(&width, &height)
    return Size(Int(width), Int(height))
  }

  public var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  // MARK: Events

  public func nextEvent(until deadline: Double?) -> Event? {
    while events.isEmpty {
      let left = deadline.map { max($0 - now, 0) }
      // A day is for ever, and far from what a time can hold.
      let wait = left.map { Int64((min($0, 86_400) * 1e9).rounded(.up)) } ?? -1
      let came = ct_wait(wait)
      take(came)
      if events.isEmpty, let deadline, now >= deadline { return nil }
    }
    return events.removeFirst()
  }

  private func take(_ came: Int32) {
    if came & Int32(CT_SIGNAL) != 0 { takeSignals() }
    if came & Int32(CT_INPUT) != 0 { takeInput() }
    if came & Int32(CT_WAKE) != 0 { events.append(.wake) }
    if came & Int32(CT_HANGUP) != 0 { hangUp() }
  }

  private func takeInput() {
    var value: Int32 = 0
    while true {
      switch ct_read(&value) {
      case CT_BYTE: events += decoder.take(.byte(UInt8(truncatingIfNeeded: value)))
      case CT_KEY:
        guard let key = Key(token: value) else { continue }
        events += decoder.take(.key(key))
      default:
        events += decoder.flush()
        return
      }
    }
  }

  private func takeSignals() {
    while true {
      switch ct_next_signal() {
      case 0: return
      case SIGWINCH: resize()
      case SIGTSTP: suspend()
      // Stopped by a signal that nobody can catch, and going on: the shell has had the terminal.
      case SIGCONT:
        ct_end()
        resume()
      case SIGHUP: hangUp()
      case let signal: events.append(.end(signal: signal))
      }
    }
  }

  /// A closed terminal shows itself by a signal and by its input; it is told once.
  private func hangUp() {
    guard !hasHungUp else { return }
    hasHungUp = true
    events.append(.end(signal: SIGHUP))
  }

  private func resize() {
    let size = CursesBackend.fit()
    guard size != self.size else { return }
    self.size = size
    painter.forget()
    // Of a storm of sizes only the last one counts.
    events.removeAll { if case .resize = $0 { true } else { false } }
    events.append(.resize(size))
  }

  /// The clear rule for ^Z: nothing is drawn any more, the terminal is as the shell knows it (modes,
  /// screen, mouse), and the job stops for real. When it goes on, everything is taken and drawn
  /// anew, at the size of then.
  private func suspend() {
    ct_end()
    ct_stop()
    resume()
  }

  private func resume() {
    ct_resume()
    painter.forget()
    resize()
    events.append(.resumed)
  }

  // MARK: Pictures

  public func present(_ buffer: CellBuffer) {
    if painter.paint(buffer) { ct_show(isSynchronised) }
  }

  public func perform(_ request: TerminalRequest) {
    switch request {
    case .copy(let text): copy(text)
    case .mouse(let isOn): ct_mouse(isOn)
    case .redraw:
      painter.forget()
      ct_redraw()
    case .suspend: suspend()
    case .bell: send([7])
    }
  }

  /// Terminals refuse long texts; xterm and tmux take this much.
  private static let copyLimit = 74_994

  private func copy(_ text: String) {
    send(
      Array("\u{1B}]52;c;".utf8) + Base64.encode(Array(text.utf8.prefix(CursesBackend.copyLimit)))
        + [7])
  }

  private func send(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { pointer in
      guard let start = pointer.bindMemory(to: CChar.self).baseAddress else { return }
      ct_send(start, pointer.count)
    }
  }
}
