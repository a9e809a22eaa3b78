import ArgumentParser
import Learning
import Terminal
import Training

/// `weft list`: what can be opened.
package struct List: ParsableCommand {
  package static let configuration = CommandConfiguration(
    abstract: "List experiments and sessions.",
    discussion: """
      Sessions are looked for where your own are kept and among the examples that come with weft; \
      any of these is opened by what stands first in its line, others by their path.
      """)

  @Flag(help: "As one JSON object.")
  package var json = false

  package init() {}

  package func run() throws {
    let sessions = SessionFile.list(Subject.folders)
    if json {
      try Output.line(
        JSON.object([
          ("experiments", .array(Experiments.all.map(ExperimentText.json))),
          ("sessions", .array(sessions.map(SessionText.json))),
          ("folders", .array(Subject.folders.map(JSON.string))),
        ]).description)
    } else {
      try Output.write(text(sessions))
    }
  }

  private func text(_ sessions: [SessionSummary]) -> String {
    var text =
      "Experiments\n"
      + TextColumns.text(Experiments.all.map { [$0.name, $0.summary] }, indent: 2)
      + "\nSessions\n"
    text +=
      sessions.isEmpty
      ? "  none yet; 'weft train \(Experiments.all[0].name) --save FILE' makes one\n"
      : TextColumns.text(sessions.map(SessionText.row), indent: 2)
    let own = SessionFolders.own()
    return text + "\nYour own sessions are kept in \(own)\n"
  }
}
