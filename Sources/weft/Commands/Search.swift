import ArgumentParser
import CursesTerminal
import Foundation
import Learning
import Training

/// `weft search`: architectures ranked by weights that nobody trained.
package struct Search: ParsableCommand {
  package static let configuration = CommandConfiguration(
    abstract: "Search for an architecture, and rank what was found.",
    discussion: """
      A session of the experiment 'architectures' writes the weights of any architecture. Evolution \
      looks through the space by what these weights come to on validation images. Two fifths of \
      the budget go to short trainings of the best two dozen, the rest to whole trainings of those that \
      are then ahead; the best is ranked among random architectures that were trained for real once. Without a session the generator is trained first.

      --table makes the table of those, or goes on with one: every architecture is trained from \
      scratch, so it takes a while; the numbers do not depend on --threads.
      """)

  @Argument(
    help: ArgumentHelp(
      "The experiment 'architectures', or a session of it.", valueName: "experiment|session"),
    completion: .custom(Suggestions.subjects))
  package var subject: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("What all trainings may cost, in whole ones.", valueName: "n"))
  package var budget = 5

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How many architectures are looked at.", valueName: "n"))
  package var predictions = 1000

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How many are told of.", valueName: "n"))
  package var rows = 10

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Steps to train the generator, where it is not a session; else as many as the experiment is "
        + "made for.", valueName: "n"))
  package var steps: Int?

  @Option(
    name: .customLong("architecture"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "An architecture in YAML or JSON to rank in the place of a search; may be repeated.",
      valueName: "file"), completion: .file(extensions: ["yaml", "yml", "json"]))
  package var architectures: [String] = []

  @Option(
    help: ArgumentHelp("Write the best architecture there, as YAML.", valueName: "file"),
    completion: .file(extensions: ["yaml"]))
  package var best: String?

  @Option(
    help: ArgumentHelp(
      "Train the architectures of a table, and keep them there.", valueName: "file"),
    completion: .file(extensions: ["csv"]))
  package var table: String?

  @Flag(help: "Also say how training each for a few steps would rank them.")
  package var rivals = false

  @OptionGroup package var options: RunOptions

  @Option(
    help: ArgumentHelp("Save the trained generator there.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  package var save: String?

  @Flag(help: "Report as JSON, one object a line.")
  package var json = false

  package init() {}

  package func validate() throws {
    for (value, name, range) in [
      (budget, "budget", 0...100), (predictions, "predictions", 64...1_000_000),
      (rows, "rows", 1...1000),
    ] where !range.contains(value) {
      throw Failure(
        .usage,
        "--\(name) takes a whole number from \(range.lowerBound) to \(range.upperBound), not \(value)"
      )
    }
    if let steps, !(0...1_000_000_000).contains(steps) {
      throw Failure(.usage, "--steps takes a whole number from 0 to 10⁹, not \(steps)")
    }
  }

  package func run() throws {
    if let best { try FileKind.check(output: best, for: "--best") }
    if let table { return try make(table) }
    let given = try architectures.map(Self.architecture)
    let run = try trained()
    guard let search = run.architectureSearch(seed: options.seed ?? run.seed) else {
      throw Failure(
        .usage,
        "'\(subject)' is of \(run.experiment.name), which has no architectures to search; "
          + "architectures has")
    }
    let report = SearchReport(isJSON: json)
    var candidates: [ArchitectureSearch.Candidate]?
    if given.isEmpty {
      while search.predictions < predictions {
        let before = search.predictions
        search.advance()
        report.progress("\(search.predictions) of \(predictions) predicted")
        // A small space is known at some point.
        if search.predictions == before { break }
      }
    } else {
      candidates = try zip(architectures, zip(given, search.predict(given))).map {
        guard let candidate = $1.1 else { throw search.refusal(of: $1.0, path: $0) }
        return candidate
      }
    }
    let shown = candidates?.count ?? rows
    let outcome = search.finish(budget: budget, given: candidates, shown: shown) {
      report.progress($0)
      return true
    }
    guard let outcome else { return }
    try report.done(outcome, rows: shown, seed: options.seed ?? run.seed)
    if let best, let first = outcome.candidates.first {
      do throws(SessionError) {
        try Files.write(Data(first.architecture.yaml.utf8), to: best, makingFolders: false)
      } catch { throw Failure(.failed, error.description) }
    }
    guard rivals else { return }
    for steps in [10, 30, 100, 300, ArchitectureTraining().steps] {
      let correlation = search.rival(steps: steps) {
        report.progress("\(steps) steps each: \($0 + 1) trained")
        return true
      }
      if let correlation { try report.rival(steps: steps, correlation) }
    }
  }

  private static func architecture(_ path: String) throws(Failure) -> Architecture {
    do throws(KnobError) { return try Architecture(path: path) } catch { throw Failure(error) }
  }

  /// The generator: a session as it is, or a new run that is trained first.
  private func trained() throws -> Run {
    switch try Subject(subject) {
    case .session(let path):
      // Another seed is for the search, not for the networks.
      var options = options
      options.seed = nil
      return try options.run(session: path)
    case .experiment(let experiment):
      guard experiment.name == Architectures().name else {
        throw Failure(
          .usage, "\(experiment.name) has no architectures to search; architectures has")
      }
      guard let signals = EndingSignals() else {
        throw Failure(.failed, "signals cannot be taken; free some files")
      }
      let run = try options.run(experiment)
      let total = steps ?? experiment.steps(run.knobs)
      let report: any TrainingReport =
        json ? JSONReport() : ProgressReport(name: experiment.name, total: total)
      var training = try HeadlessTraining(
        run, total: total, saving: try save.map { try SaveTarget($0, continuing: nil) },
        every: 30, report: report, signals: signals)
      try training.train()
      return run
    }
  }

  // MARK: The table

  private func make(_ path: String) throws {
    guard case .experiment(let experiment) = try Subject(subject),
      experiment.name == Architectures().name
    else { throw Failure(.usage, "--table is made of the experiment 'architectures' by its name") }
    try FileKind.check(output: path, for: "--table")
    let knobs = try options.knobs(for: experiment)
    var table: TrainedTable
    let images: ArchitectureImages
    do throws(KnobError) {
      (table, images) = try Architectures().table(knobs)
      if FileKind(at: path) != nil {
        try table.read(path: path)
      }
    } catch { throw Failure(error) }
    let report = SearchReport(isJSON: json)
    var text = table.head + table.rows.map(TrainedTable.line).joined()
    try table.complete(images, threads: options.threads) { row, count in
      text += TrainedTable.line(row)
      do throws(SessionError) {
        try Files.write(Data(text.utf8), to: path, makingFolders: false)
      } catch { throw Failure(.failed, error.description) }
      report.progress("\(text.count { $0 == "\n" } - 3) of \(count) trained")
      return true
    }
    report.end()
  }
}

extension ArchitectureSearch {
  /// Why there are no weights for an architecture.
  fileprivate func refusal(of architecture: Architecture, path: String) -> Failure {
    Failure(.data, "'\(path)' \(space.refusal(of: architecture) ?? "cannot be predicted")")
  }
}
