import Foundation

/// A terminal that a test sees and types into: a tmux server of its own, with one window in which a
/// shell runs. Every wait polls what is on the screen, with a limit; nothing sleeps for a guess.
public final class Tmux {
  public struct Failure: Error, CustomStringConvertible {
    public let description: String
  }

  /// Why there can be no such test here, or nil.
  public static var missing: String? {
    (try? Tmux.run(["tmux", "-V"])) == nil ? "tmux is not installed" : nil
  }

  private let socket: String
  /// The terminal that the shell has: `/dev/pts/3`.
  public let device: String

  /// Opens the terminal with a plain shell in it whose prompt is `ready$ `.
  public init(
    width: Int = 80, height: Int = 24, environment: [String: String] = [:]
  ) throws {
    socket = "weft-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    var variables = [
      "PS1": "ready$ ", "LC_ALL": "C.UTF-8", "HISTFILE": "",
    ]
    variables.merge(environment) { $1 }
    let shell =
      ["env", "-u", "NO_COLOR", "-u", "LINES", "-u", "COLUMNS", "-u", "SWIFT_BACKTRACE"]
      + variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      + ["bash", "--norc", "--noprofile", "-i"]
    _ = try Tmux.run(
      ["tmux", "-L", socket, "-f", "/dev/null", "-u", "new-session", "-d", "-x", "\(width)", "-y"]
        + ["\(height)"] + shell)
    device = try Tmux.run([
      "tmux", "-L", socket, "display-message", "-p", "#{pane_tty}",
    ]).trimmingCharacters(in: .whitespacesAndNewlines)
    try command("set-option", "-g", "status", "off")
    try command("set-option", "-g", "window-size", "manual")
    try command("resize-window", "-x", "\(width)", "-y", "\(height)")
    try wait(for: "the shell's prompt") { $0.contains("ready$") }
  }

  deinit { _ = try? command("kill-server") }

  /// A command of tmux, with what it prints.
  @discardableResult
  public func command(_ words: String...) throws -> String {
    try Tmux.run(["tmux", "-L", socket] + words)
  }

  /// Presses keys, by tmux's names (`Enter`, `Escape`, `C-z`, `Left`, `a`).
  public func press(_ keys: String...) throws {
    _ = try Tmux.run(["tmux", "-L", socket, "send-keys", "--"] + keys)
  }

  /// Types text and Enter.
  public func type(_ line: String) throws {
    _ = try Tmux.run(["tmux", "-L", socket, "send-keys", "-l", "--", line])
    try press("Enter")
  }

  public func resize(width: Int, height: Int) throws {
    try command("resize-window", "-x", "\(width)", "-y", "\(height)")
  }

  /// What is on the screen, without the spaces at the ends of lines.
  public func screen() throws -> String { try command("capture-pane", "-p") }

  /// Waits until the screen is as wanted, at most so many seconds; returns it. Throws with the last
  /// screen.
  @discardableResult
  public func wait(
    for what: String, seconds: Double = 10, until holds: (String) -> Bool
  ) throws -> String {
    let end = Date().addingTimeInterval(seconds)
    while true {
      let now = try screen()
      if holds(now) { return now }
      guard Date() < end else {
        throw Failure(
          description: "waited \(seconds) s for \(what); the screen shows\n\(now)")
      }
      usleep(10_000)
    }
  }

  /// Waits until all of the texts are there. What belongs to one picture is waited for together: the
  /// terminal reads a frame in pieces, so its first line can be seen before its last.
  @discardableResult
  public func wait(for texts: String..., seconds: Double = 10) throws -> String {
    try wait(for: texts.map { "“\($0)”" }.joined(separator: " and "), seconds: seconds) { screen in
      texts.allSatisfy(screen.contains)
    }
  }

  /// What a program must leave behind as it found it.
  public struct State: Equatable, CustomStringConvertible {
    /// `stty -a`, without the size.
    public var modes: String
    public var isAlternate: Bool
    public var isCursorShown: Bool
    public var isMouseReported: Bool
    /// Whether arrows send the sequences of applications.
    public var areKeysForApplications: Bool

    public var description: String {
      "alternate \(isAlternate), cursor \(isCursorShown), mouse \(isMouseReported), "
        + "application keys \(areKeysForApplications)\n\(modes)"
    }
  }

  /// The state now. `stty` is told which terminal is meant: the shell, which has modes of its own
  /// while it reads a line, is not asked.
  public func state() throws -> State {
    let flags = try command(
      "display-message", "-p",
      "#{alternate_on} #{cursor_flag} #{mouse_any_flag} #{keypad_flag} #{keypad_cursor_flag}")
    let words = flags.split(whereSeparator: \.isWhitespace).map { $0 == "1" }
    guard words.count == 5 else { throw Failure(description: "tmux says “\(flags)”") }
    let modes = try Tmux.run(["stty", "-a", "-F", device])
    // The first line tells the size.
    let rest = modes.split(separator: "\n").dropFirst().joined(separator: "\n")
    return State(
      modes: rest, isAlternate: words[0], isCursorShown: words[1], isMouseReported: words[2],
      areKeysForApplications: words[3] || words[4])
  }

  /// Runs a command in the shell and waits until it has ended; returns its exit status. While it
  /// runs, `during` acts on it.
  public func status(
    of line: String, seconds: Double = 20, during act: () throws -> Void
  ) throws -> Int {
    let mark = "status-\(UInt32.random(in: 0...UInt32.max))"
    // In two parts, so that the command line itself does not look like the answer.
    try type("\(line); echo \(mark.prefix(4))''\(mark.dropFirst(4)):$?:")
    try act()
    let screen = try wait(for: "the end of \(line)", seconds: seconds) {
      $0.contains(mark + ":")
    }
    guard let answer = screen.components(separatedBy: mark + ":").dropFirst().first,
      let status = Int(answer.prefix { $0 != ":" })
    else { throw Failure(description: "no status on\n\(screen)") }
    return status
  }

  /// The process that is in the terminal's foreground and has this name.
  public func foreground(_ name: String) throws -> pid_t {
    var terminal = stat()
    guard stat(device, &terminal) == 0 else { throw Failure(description: "no \(device)") }
    let end = Date().addingTimeInterval(10)
    while Date() < end {
      let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
      for pid in processes.compactMap({ pid_t($0) }) {
        guard let process = Process(pid), process.terminal == terminal.st_rdev,
          process.isInForeground, name.hasPrefix(process.name)
        else { continue }
        return pid
      }
      usleep(10_000)
    }
    throw Failure(description: "no \(name) in the foreground of \(device)")
  }

  /// What `/proc` tells of a process.
  private struct Process {
    /// At most 15 bytes of the program's name.
    let name: String
    let state: Character
    /// The number of its terminal's device.
    let terminal: dev_t
    let isInForeground: Bool

    /// Nil where there is no such process.
    init?(_ pid: pid_t) {
      guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
        let opening = text.firstIndex(of: "("), let closing = text.lastIndex(of: ")")
      else { return nil }
      name = String(text[text.index(after: opening)..<closing])
      // After the name: state, parent, group, session, terminal, the terminal's foreground group.
      let fields = text[closing...].dropFirst().split(separator: " ")
      guard fields.count > 5, let state = fields[0].first, let terminal = dev_t(fields[4])
      else { return nil }
      self.state = state
      self.terminal = terminal
      isInForeground = fields[2] == fields[5]
    }
  }

  /// Whether a process still runs; one that has ended and waits to be asked for its status does not.
  public static func isRunning(_ pid: pid_t) -> Bool {
    guard let process = Process(pid) else { return false }
    return process.state != "Z" && process.state != "X"
  }

  /// Runs a program to its end; throws where it fails. Returns what it printed.
  ///
  /// Not by Foundation's `Process`: that waits until nobody holds its pipes any more, and a server
  /// of tmux, started by the way, would hold them for ever.
  @discardableResult
  static func run(_ words: [String]) throws -> String {
    var path = Array("/tmp/weft-output-XXXXXX".utf8CString)
    let output = mkstemp(&path)
    guard output >= 0 else { throw Failure(description: "no file for the output of \(words[0])") }
    defer { close(output) }
    unlink(path)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO)

    // Threads of Dispatch block most signals, and a child would inherit that.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

    let arguments = words.map { strdup($0) } + [nil]
    let variables = ProcessInfo.processInfo.environment.map { strdup("\($0)=\($1)") } + [nil]
    defer { for text in arguments + variables { free(text) } }
    var pid: pid_t = 0
    let error = posix_spawnp(&pid, words[0], &actions, &attributes, arguments, variables)
    guard error == 0 else {
      throw Failure(description: "\(words[0]) does not start: \(String(cString: strerror(error)))")
    }
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}

    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = pread(output, &chunk, chunk.count, off_t(bytes.count))
      guard count > 0 else { break }
      bytes += chunk[..<count]
    }
    let text = String(decoding: bytes, as: UTF8.self)
    guard status == 0 else {
      throw Failure(description: "\(words.joined(separator: " ")) failed (\(status)): \(text)")
    }
    return text
  }

  /// The path of a program that was built together with these tests.
  public static func built(_ name: String) throws -> String {
    var folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    // The tests' bundle lies in the folder of products, or, by way of a runner, elsewhere.
    let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    for start in [folder, own.deletingLastPathComponent()] {
      folder = start
      for _ in 0..<6 {
        let path = folder.appendingPathComponent(name).path
        if FileManager.default.isExecutableFile(atPath: path) { return path }
        folder = folder.deletingLastPathComponent()
      }
    }
    throw Failure(description: "\(name) is not built; `swift build` makes it")
  }
}
