import ArgumentParser

/// `weft keys`: certificates and keys to try a federation out with.
package struct Keys: ParsableCommand {
  package static let configuration = CommandConfiguration(
    abstract: "Make certificates and keys for a server and its clients.",
    discussion: """
      In the folder there are then ca.pem and ca.key, an authority of your own; server.pem and \
      server.key; and NAME.pem and NAME.key for each client. What is there already is kept, so that \
      clients can be added later.

      Give a client ca.pem and its own two files, and the server ca.pem and its own two; ca.key stays \
      with whoever may say who takes part. Server and clients each show their certificate and accept \
      only those of the same authority.
      """)

  @Argument(help: ArgumentHelp("Where to put them.", valueName: "folder"), completion: .directory)
  package var folder: String

  @Option(
    help: ArgumentHelp(
      "The clients' names, joined by commas; a name is what the client is called in the results.",
      valueName: "names"))
  package var clients: String

  @Option(parsing: .unconditional, help: ArgumentHelp("How long they are good.", valueName: "days"))
  package var days = 365

  package init() {}

  package func run() throws {
    let names = clients.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    for name in names { try PartyName.check(name) }
    guard Set(names).count == names.count else {
      throw Failure(.usage, "--clients names somebody twice; give each name once")
    }
    guard 1...36_500 ~= days else {
      throw Failure(.usage, "--days takes a whole number from 1 to 36500, not \(days)")
    }
    guard !folder.isEmpty, FileKind(at: folder) == nil || FileKind(at: folder) == .folder else {
      throw Failure(.usage, "'\(folder)' is no folder; name one, or one to be made")
    }
    let made = try PartyProcess.output(["keys", folder, "\(days)"] + names)
    try Output.write(made)
  }
}
