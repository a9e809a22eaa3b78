import ArgumentParser
import Foundation
import Learning
import Training

/// `weft deal`: what the clients of an experiment hold, as files to take part with.
package struct Deal: ParsableCommand {
  package static let configuration = CommandConfiguration(
    abstract: "Write the rows of each client of an experiment into a file of its own.",
    discussion: """
      CLIENT.csv in the folder is what 'weft join --data' takes, so that a run in one process can be \
      repeated with every client a process of its own. Files that are there already are left alone.
      """)

  @Argument(
    help: ArgumentHelp("hospitals or non-iid-digits.", valueName: "experiment"),
    completion: .custom(Suggestions.subjects))
  package var experiment: String

  @Argument(help: ArgumentHelp("Where to put them.", valueName: "folder"), completion: .directory)
  package var folder: String

  @OptionGroup package var options: RunOptions

  package init() {}

  package func run() throws {
    guard case .experiment(let experiment) = try Subject(experiment) else {
      throw Failure(.usage, "'\(self.experiment)' is a session; name an experiment")
    }
    let federated = try Serve.federated(experiment)
    let knobs = try options.knobs(for: experiment)
    let tables: [(client: String, text: String)]
    do throws(KnobError) { tables = try federated.tables(knobs) } catch { throw Failure(error) }
    guard !folder.isEmpty, FileKind(at: folder) == nil || FileKind(at: folder) == .folder else {
      throw Failure(.usage, "'\(folder)' is no folder; name one, or one to be made")
    }
    for table in tables where FileKind(at: "\(folder)/\(table.client).csv") != nil {
      throw Failure(
        .usage, "'\(folder)/\(table.client).csv' is there already; name another folder")
    }
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      for (client, text) in tables {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(client).csv"))
      }
    } catch {
      throw Failure(.failed, "'\(folder)' cannot be written to: \(error.localizedDescription)")
    }
    for (client, _) in tables { try Output.line("\(folder)/\(client).csv") }
  }
}
