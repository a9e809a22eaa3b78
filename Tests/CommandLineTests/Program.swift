import Foundation
import Glibc
import Testing

/// The built program, run the way a shell runs it.
struct Program {
  /// How a run of the program ended.
  struct Ending {
    /// The exit status; 128 + n where signal n ended it, as a shell says it.
    let status: Int32
    let output: String
    let complaints: String

    var lines: [Substring] { output.split(separator: "\n") }

    /// Every line of the output as a JSON object.
    func objects() throws -> [[String: Any]] {
      try lines.map { line in
        let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
        return try #require(value as? [String: Any], "\(line)")
      }
    }
  }

  /// Beside the test bundle.
  static let path: String = {
    let bundle =
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return URL(fileURLWithPath: bundle).deletingLastPathComponent().path + "/weft"
  }()

  /// A folder of its own for each test, with the sessions it makes.
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("weft-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  func file(_ name: String) -> String { folder.appendingPathComponent(name).path }

  /// Starts the program; standard input is empty, output goes to files that `end` reads.
  func start(
    _ arguments: String..., to output: FileHandle? = nil, reading input: FileHandle? = nil
  ) throws -> Running {
    try start(arguments, to: output, reading: input)
  }

  func start(
    _ arguments: [String], to output: FileHandle? = nil, reading input: FileHandle? = nil,
    environment: [String: String] = [:]
  ) throws -> Running {
    let id = UUID().uuidString
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Program.path)
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["WEFT_SESSIONS": file("own"), "LC_ALL": "C.UTF-8", "NO_COLOR": ""]
    ) { $1 }.merging(environment) { $1 }
    process.standardInput = input ?? FileHandle.nullDevice
    let outputPath = file("output-\(id)")
    let complaintsPath = file("complaints-\(id)")
    process.standardOutput = try output ?? Program.create(outputPath)
    process.standardError = try Program.create(complaintsPath)
    try Program.withoutBlockedSignals { try process.run() }
    return Running(process: process, outputPath: outputPath, complaintsPath: complaintsPath)
  }

  /// Threads of tests may block signals, and what they start would inherit that; a shell's children
  /// block none.
  private static func withoutBlockedSignals(_ body: () throws -> Void) rethrows {
    var (none, before) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try body()
  }

  private static func create(_ path: String) throws -> FileHandle {
    try Data().write(to: URL(fileURLWithPath: path))
    return try FileHandle(forWritingTo: URL(fileURLWithPath: path))
  }

  struct Running {
    let process: Process
    let outputPath: String
    let complaintsPath: String

    var output: String { (try? String(contentsOfFile: outputPath, encoding: .utf8)) ?? "" }

    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// Waits until something holds, at most a minute. Looks at what is there; there is no event to
    /// wait for.
    func wait(for what: String, _ condition: () -> Bool) throws {
      let end = Date(timeIntervalSinceNow: 60)
      while !condition() {
        try #require(Date() < end, "gave up waiting for \(what); output so far: \(output)")
        usleep(2_000)
      }
    }

    /// Waits for the end; what does not end in two minutes hangs and is killed.
    func end() -> Ending {
      let deadline = DispatchWorkItem { kill(process.processIdentifier, SIGKILL) }
      DispatchQueue.global().asyncAfter(deadline: .now() + 120, execute: deadline)
      process.waitUntilExit()
      deadline.cancel()
      let status = process.terminationStatus
      return Ending(
        status: process.terminationReason == .uncaughtSignal ? 128 + status : status,
        output: output,
        complaints: (try? String(contentsOfFile: complaintsPath, encoding: .utf8)) ?? "")
    }
  }

  /// Runs the program to its end.
  @discardableResult
  func run(_ arguments: String...) throws -> Ending { try start(arguments).end() }

  /// A session as the values of its JSON.
  func session(_ name: String) throws -> NSDictionary {
    let data = try Data(contentsOf: URL(fileURLWithPath: file(name)))
    return try #require(try JSONSerialization.jsonObject(with: data) as? NSDictionary)
  }
}
