import ArgumentParser
import CursesTerminal
import Foundation
import Learning
import Training

/// `weft join`: a client of a federation.
package struct Join: ParsableCommand {
  package static let configuration = CommandConfiguration(
    abstract: "Take part in a federation with rows of one's own.",
    discussion: """
      The rows stay in this process. To the server go the names of the columns, how many rows there \
      are of each outcome, sums of each column over the rows to train on (for a scale that all share), \
      and then, round by round, how the weights it sent changed by training on the rows, or how well \
      they do on rows that were kept back. Server and client show each other certificates, which 'weft \
      keys' makes.

      When the connection breaks the client comes back. It ends when the server has no more to do \
      (status 0), turns it away, or cannot be reached for --wait seconds (status 1).
      """)

  @Argument(help: ArgumentHelp("Where the server listens.", valueName: "host:port"))
  package var address: String

  @Option(
    help: ArgumentHelp("The rows, CSV with a line of column names.", valueName: "file"),
    completion: .file(extensions: ["csv"]))
  package var data: String

  @Option(
    help: ArgumentHelp("The folder with ca.pem, NAME.pem and NAME.key.", valueName: "folder"),
    completion: .directory)
  package var keys = "keys"

  @Option(help: ArgumentHelp("The client's name; else that of the file.", valueName: "name"))
  package var name: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How long to try to reach the server.", valueName: "seconds"))
  package var wait = 60.0

  @Flag(help: "Report as JSON, one object a line.")
  package var json = false

  package init() {}

  package func run() throws {
    let address = try PartyAddress(address, isFixed: true)
    guard wait.isFinite, 0...86_400 ~= wait else {
      throw Failure(.usage, "--wait takes seconds from 0 to 86400, not \(wait)")
    }
    let name = name ?? URL(fileURLWithPath: data).deletingPathExtension().lastPathComponent
    try PartyName.check(name)
    let table: CSVTable
    do throws(KnobError) { table = try CSVTable(path: data) } catch { throw Failure(error) }
    guard let signals = EndingSignals() else {
      throw Failure(.failed, "signals cannot be taken: \(Output.reason(errno)); free some files")
    }
    let client = PartyClient(table)
    var lastContact = Machine.now
    while true {
      let process = try PartyProcess(["join", address.host, "\(address.port)", keys, name])
      defer { process.stop() }
      let stay = try stay(process, client, as: name, signals)
      if stay.wasThere { lastContact = Machine.now }
      guard let broken = stay.broken else { break }
      guard Machine.now - lastContact < wait else {
        throw Failure(
          .failed,
          "the server at \(address.text) cannot be reached: \(broken); is it there, and does it trust "
            + "'\(keys)/\(name).pem'?")
      }
      if stay.wasThere {
        try say("broken", "the connection broke: \(broken); trying again", [("text", broken)])
      }
      Thread.sleep(forTimeInterval: 0.5)
    }
    try say(
      "done", "done: \(client.rounds) rounds took part in", [],
      numbers: [("rounds", .integer(client.rounds)), ("loss", JSON(client.loss))])
  }

  /// One connection, from beginning to end; why it broke, or nil where the server was done.
  private func stay(
    _ process: PartyProcess, _ client: PartyClient, as name: String, _ signals: EndingSignals
  ) throws -> (broken: String?, wasThere: Bool) {
    var wasThere = false
    var told = client.terms != nil
    while true {
      if let signal = signals.next() { throw Failure(signal: signal, "ended; nothing to save") }
      let event = process.next(within: 0.1)
      if client.isOver, event?.isEnd == true { return (nil, wasThere) }
      switch event {
      case .joined:
        wasThere = true
        try say("joined", "taking part as \(name)", [("name", name)])
      case .message(_, let bytes):
        guard let answer = client.answer(bytes) else {
          throw Failure(.failed, "the server sent \(bytes.count) bytes that are no message")
        }
        process.send(answer, to: name)
        if !told, let terms = client.terms {
          told = true
          try say(
            "agreed", "training \(terms.experiment), seed \(terms.seed)",
            [("experiment", terms.experiment)])
        }
      case .left(_, let why): return (why.isEmpty ? nil : why, wasThere)
      case .refused(_, let why):
        throw Failure(
          .failed,
          "the server turned \(name) away: \(why)" + (client.problem.map { " (\($0))" } ?? ""))
      case .closed(let why):
        if let failure = process.failure { throw failure }
        return (why, wasThere)
      case .listening, nil: break
      }
    }
  }

  private func say(
    _ event: String, _ text: String, _ words: [(String, String)],
    numbers: [(String, JSON)] = []
  ) throws(Failure) {
    guard json else { return Output.note(text + "\n") }
    try Output.line(
      JSON.object(
        [("event", .string(event))] + words.map { ($0, .string($1)) } + numbers
      ).description)
  }
}
