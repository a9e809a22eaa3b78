import ArgumentParser
import Learning
import Training

/// `weft` without a command: the workbench.
package struct Open: ParsableCommand {
  package static let configuration = CommandConfiguration(
    abstract: "Open the workbench (what weft does without a command).",
    discussion: """
      Opens on an experiment (begun anew) or a session (as it was left); without either, on a \
      trained example. The run saves itself every half minute and when you leave, among your own \
      sessions unless it has a file of its own.

      With --script no terminal is needed: the keys, waits and screen dumps in the file are played \
      as fast as they can be.
      """)

  @Argument(
    help: ArgumentHelp("What to open.", valueName: "experiment|session"),
    completion: .custom(Suggestions.subjects))
  package var subject: String?

  @OptionGroup package var options: RunOptions

  @Option(help: ArgumentHelp("Colour scheme, by name.", valueName: "name"))
  package var theme: String?

  @Flag(help: "Draw with ASCII characters only.")
  package var ascii = false

  @Option(
    help: ArgumentHelp("Play keys from a file instead of a terminal.", valueName: "file"),
    completion: .file())
  package var script: String?

  @Option(help: ArgumentHelp("Columns and rows of the screen of a script.", valueName: "WxH"))
  package var size: ScreenSize?

  @Flag(name: .customLong("no-autosave"), help: "Save only when asked to.")
  package var withoutAutosave = false

  package init() {}

  package func validate() throws {
    if size != nil, script == nil {
      throw Failure(.usage, "--size is for scripts; a terminal has a size of its own")
    }
  }

  package func run() throws {
  }
}

/// Columns and rows, written `120x36`.
package struct ScreenSize: ExpressibleByArgument, Equatable, Sendable {
  package let columns: Int
  package let rows: Int

  package init?(argument: String) {
    let parts = argument.split(separator: "x", omittingEmptySubsequences: false)
    guard parts.count == 2, let columns = Int(parts[0]), let rows = Int(parts[1]),
      (1...1000).contains(columns), (1...1000).contains(rows)
    else { return nil }
    self.columns = columns
    self.rows = rows
  }
}
