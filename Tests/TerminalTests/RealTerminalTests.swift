import Foundation
import TerminalTesting
import Testing

/// The demo in a real terminal. After each way to end, the terminal must be as it was: modes,
/// alternate screen, cursor, mouse, application keys.
@Suite(
  "Real terminal", .serialized,
  .disabled(if: Tmux.missing != nil, "tmux is not installed: apt install tmux"))
struct RealTerminalTests {
  private let demo: String
  private let tmux: Tmux
  private let before: Tmux.State

  init() throws {
    demo = try Tmux.built("TerminalDemo")
    tmux = try Tmux()
    before = try tmux.state()
  }

  /// The status and the state after the demo has run and something has been done to it.
  private func run(
    _ line: String? = nil, _ act: (Tmux) throws -> Void
  ) throws -> (status: Int, state: Tmux.State) {
    let status = try tmux.status(of: line ?? demo) { try act(tmux) }
    return (status, try tmux.state())
  }

  @Test func startsAndQuits() throws {
    let end = try run { tmux in
      try tmux.wait(for: "demo 80x24 position 0")
      let state = try tmux.state()
      #expect(state.isAlternate && !state.isCursorShown)
      try tmux.press("l", "l", "Right")
      try tmux.wait(for: "position 3", "┏━ curve ━")
      try tmux.press("q")
    }
    #expect(end.status == 0)
    #expect(end.state == before)
  }

  @Test func withoutAnAlternateScreenTheLastLineIsTheShells() throws {
    try tmux.type("TERM=vt100 \(demo)")
    try tmux.wait(for: "demo 80x24 position 0")
    try tmux.press("q")
    let screen = try tmux.wait(for: "the shell's prompt on a line of its own") {
      $0.split(separator: "\n").last?.hasPrefix("ready$") == true
    }
    #expect(screen.split(separator: "\n").last == "ready$")
  }

  @Test func readsKeys() throws {
    let keys = [
      ("Left", "LEFT"), ("S-Left", "S-LEFT"), ("S-Up", "S-UP"), ("C-Right", "C-RIGHT"),
      ("BTab", "S-TAB"), ("Tab", "TAB"), ("Enter", "ENTER"), ("Escape", "ESC"), ("BSpace", "BS"),
      ("DC", "DEL"), ("PageUp", "PGUP"), ("PageDown", "PGDN"), ("Home", "HOME"), ("End", "END"),
      ("é", "é"), ("λ", "λ"), ("C-r", "C-r"), ("[", "["),
    ]
    let end = try run { tmux in
      try tmux.wait(for: "demo")
      for (pressed, read) in keys {
        try tmux.press(pressed)
        try tmux.wait(for: "key \(read)\n")
      }
      // Unknown to every table: swallowed, and no letter of it acts as a key.
      try tmux.command("send-keys", "-l", "\u{1B}[1;2Q\u{1B}[?62;4c")
      try tmux.press("x")
      try tmux.wait(for: "key x\n")
      try tmux.press("q")
    }
    #expect(end.status == 0)
  }

  @Test func survivesAStormOfSizes() throws {
    let end = try run { tmux in
      try tmux.wait(for: "demo")
      try tmux.press("Space")
      let sizes = [
        (1, 1), (300, 100), (2, 1), (1, 50), (40, 10), (33, 8), (120, 36), (3, 2), (80, 1),
        (200, 60), (60, 16), (5, 5), (299, 3), (80, 24),
      ]
      for round in 0..<4 {
        for (width, height) in round % 2 == 0 ? sizes : sizes.reversed() {
          try tmux.resize(width: width, height: height)
        }
      }
      try tmux.resize(width: 100, height: 30)
      try tmux.press("x")
      try tmux.wait(for: "demo 100x30")
      try tmux.resize(width: 80, height: 24)
      try tmux.wait(for: "“demo 80x24” above 23 more lines") {
        $0.contains("demo 80x24") && $0.split(separator: "\n").count == 24
      }
      try tmux.press("q")
    }
    #expect(end.status == 0)
    #expect(end.state == before)
  }

  @Test(arguments: ["C-z", "z"]) func stopsAndGoesOn(key: String) throws {
    let end = try run { tmux in
      try tmux.wait(for: "demo")
      try tmux.press("m", "l")
      try tmux.wait(for: "position 1")
      let running = try tmux.state()
      #expect(running.isMouseReported)
      try tmux.press(key)
      try tmux.wait(for: "Stopped")
      let stopped = try tmux.state()
      #expect(!stopped.isAlternate && stopped.isCursorShown && !stopped.isMouseReported)
      try tmux.resize(width: 90, height: 20)
      try tmux.type("fg")
      try tmux.wait(for: "demo 90x20 position 1", "resumed", "┏━ curve ━")
      let resumed = try tmux.state()
      #expect(resumed.isMouseReported && resumed.isAlternate)
      try tmux.press("l")
      try tmux.wait(for: "position 2")
      try tmux.press("q")
    }
    #expect(end.status == 0 || end.status == 148)
    #expect(end.state == before)
  }

  /// A stop that nobody can prepare for: the shell has the terminal meanwhile.
  @Test func comesBackAfterSTOP() throws {
    try tmux.type(demo)
    try tmux.wait(for: "demo")
    kill(try tmux.foreground("TerminalDemo"), SIGSTOP)
    try tmux.wait(for: "Stopped")
    try tmux.type("fg")
    try tmux.wait(for: "resumed")
    try tmux.press("l")
    try tmux.wait(for: "position 1")
    try tmux.press("q")
    try tmux.wait(for: "the shell") { $0.contains("ready$") && !$0.contains("curve") }
    let after = try tmux.state()
    #expect(after == before)
  }

  @Test(arguments: [(SIGTERM, 143), (SIGHUP, 129), (SIGINT, 130)])
  func endsBySignal(signal: Int32, status: Int) throws {
    let end = try run { tmux in
      try tmux.wait(for: "demo")
      try tmux.press("m")
      try tmux.wait(for: "key m")
      kill(try tmux.foreground("TerminalDemo"), signal)
    }
    #expect(end.status == status)
    #expect(end.state == before)
  }

  @Test func endsByControlC() throws {
    let end = try run { tmux in
      try tmux.wait(for: "demo")
      try tmux.press("C-c")
    }
    #expect(end.status == 130)
    #expect(end.state == before)
  }

  /// A trap of Swift: the message and the status are those of a program without a screen.
  @Test func restoresAfterATrap() throws {
    let end = try run { tmux in
      try tmux.wait(for: "demo")
      try tmux.press("m", "X")
    }
    #expect([128 + Int(SIGILL), 128 + Int(SIGTRAP)].contains(end.status))
    #expect(end.state == before)
    let screen = try tmux.screen()
    #expect(screen.contains("a wanted crash"))
  }

  @Test(arguments: [SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGQUIT])
  func restoresAfterACrash(signal: Int32) throws {
    let end = try run { tmux in
      try tmux.wait(for: "demo")
      kill(try tmux.foreground("TerminalDemo"), signal)
    }
    #expect(end.status == 128 + Int(signal))
    #expect(end.state == before)
  }

  @Test func keepsStandardErrorFromTheScreen() throws {
    let end = try run { tmux in
      try tmux.wait(for: "demo")
      try tmux.press("e", "l")
      let screen = try tmux.wait(for: "position 1")
      #expect(!screen.contains("standard error"))
      try tmux.press("q")
    }
    #expect(end.status == 0)
    let screen = try tmux.screen()
    #expect(screen.contains("a line for standard error"))
  }

  @Test func readsTheMouse() throws {
    let end = try run { tmux in
      try tmux.wait(for: "demo")
      try tmux.command("send-keys", "-l", "\u{1B}[<0;10;5M")
      try tmux.wait(for: "press 9,4")
      try tmux.command("send-keys", "-l", "\u{1B}[<64;1;1M")
      try tmux.wait(for: "wheelUp 0,0")
      try tmux.press("q")
    }
    #expect(end.status == 0)
  }

  @Test func copiesToTheClipboard() throws {
    try tmux.command("set-option", "-g", "set-clipboard", "on")
    let end = try run { tmux in
      try tmux.wait(for: "demo")
      try tmux.press("l", "y")
      try tmux.wait(for: "key y")
      try tmux.press("q")
    }
    #expect(end.status == 0)
    let buffer = try tmux.command("show-buffer")
    #expect(buffer == "position 1")
  }

  @Test func isWokenByAnotherThread() throws {
    let end = try run { tmux in
      try tmux.wait(for: "wakes 0")
      try tmux.press("w")
      try tmux.wait(for: "wakes 1")
      try tmux.press("q")
    }
    #expect(end.status == 0)
  }

  @Test func speaksASCIIWithoutUTF8() throws {
    let end = try run("LC_ALL=C \(demo)") { tmux in
      let screen = try tmux.wait(for: "demo", "#= curve =")
      #expect(screen.unicodeScalars.allSatisfy { $0.isASCII })
      try tmux.press("q")
    }
    #expect(end.status == 0)
  }

  @Test(arguments: ["NO_COLOR=1", "TERM=dumb", "TERM=vt100", "TERM=xterm", "WEFT_SYNC=0"])
  func runsEverywhere(variable: String) throws {
    let end = try run("\(variable) \(demo)") { tmux in
      try tmux.wait(for: "demo 80x24")
      if variable != "WEFT_SYNC=0", variable != "TERM=xterm" {
        let colored = try tmux.command("capture-pane", "-p", "-e")
        #expect(!colored.contains("38;5"), "colours in \(variable)")
      }
      try tmux.press("l")
      try tmux.wait(for: "position 1")
      try tmux.press("q")
    }
    #expect(end.status == 0)
    #expect(end.state == before)
  }

  @Test(arguments: [
    ("< /dev/null", "needs a terminal"), ("| cat; (exit ${PIPESTATUS[0]})", "needs a terminal"),
  ])
  func refusesWithoutATerminal(redirection: String, sentence: String) throws {
    let end = try run("\(demo) \(redirection)") { try $0.wait(for: sentence) }
    #expect(end.status == 2)
    #expect(end.state == before)
  }

  @Test func refusesAnUnknownTerminal() throws {
    let end = try run("TERM=nonsense \(demo)") { try $0.wait(for: "about the terminal type") }
    #expect(end.status == 2)
    #expect(end.state == before)
  }

  /// The window goes away: the program hears of it and does not stay behind.
  @Test func endsWhenTheTerminalCloses() throws {
    try tmux.type("exec \(demo)")
    try tmux.wait(for: "demo")
    let pid = try tmux.foreground("TerminalDemo")
    #expect(Tmux.isRunning(pid))
    _ = try? tmux.command("kill-server")
    let end = Date().addingTimeInterval(10)
    while Tmux.isRunning(pid), Date() < end { usleep(10_000) }
    #expect(!Tmux.isRunning(pid))
  }
}
