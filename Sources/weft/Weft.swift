import ArgumentParser

/// The command line. A word that is no command is an experiment or a session to open.
package struct Weft: ParsableCommand {
  package static let version = "0.1.0"

  package static let configuration = CommandConfiguration(
    commandName: "weft",
    abstract:
      "A terminal workbench for hypernetworks: networks that write other networks' weights.",
    usage: """
      weft [EXPERIMENT|SESSION] [--seed S] [--set KNOB=VALUE]… [--theme NAME]
      weft COMMAND …
      """,
    discussion: """
      Without a command the workbench opens on an experiment or a session; without anything at all \
      it opens on a trained example. 'weft list' shows what there is, '?' in the workbench shows \
      the keys, and 'weft help open' the options of the workbench.

      Exit status: 0 done, 1 failed while running, 2 wrong usage or no terminal, 65 a session or \
      other data that cannot be used, 128 + n ended by signal n.
      """,
    version: "weft \(version)",
    subcommands: [
      Open.self, List.self, Train.self, Search.self, Compare.self, Show.self, Generate.self,
      Speak.self,
      Serve.self, Join.self, Deal.self, Keys.self, Bench.self,
      CompletionScript.self, Manual.self,
    ],
    defaultSubcommand: Open.self)

  package init() {}

  /// Parses, runs, says what went wrong; returns the exit status. Arguments are without the
  /// program's name.
  package static func start(_ arguments: [String]) -> Int32 {
    do {
      try Machine.checkInstructions()
      var command = try parseAsRoot(arguments)
      try command.run()
      return ExitStatus.done.rawValue
    } catch {
      return Ending(error, arguments: arguments).tell()
    }
  }
}
