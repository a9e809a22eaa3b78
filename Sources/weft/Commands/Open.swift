import ArgumentParser
import CursesTerminal
import Learning
import Terminal
import Training
import Workbench

/// `weft` without a command: the workbench.
package struct Open: ParsableCommand {
  package static let configuration = CommandConfiguration(
    abstract: "Open the workbench (what weft does without a command).",
    discussion: """
      Opens on an experiment (begun anew), a session or a saved comparison of methods (as it was left); \
      without any, on a \
      trained example (with --seed or --set, on a new run of the first experiment). While it trains \
      the run saves itself every quarter of a minute, and when you leave, among your own sessions \
      unless it has a file of its own.

      With --script no terminal is needed: a file is played as fast as it can be, on a screen of \
      120x36 if --size does not say otherwise. Its lines are keys (SPACE l l*5 S-LEFT C-r; *5 \
      presses five times), comments (# …), or, after a colon: type TEXT · wait step>=N, loss<X, \
      paused or seconds S · screen FILE (the screen as text, - for standard output) · json FILE \
      (the state) · wait race (till methods have raced) · size 80x24 · any command of the palette (set rate 0.01 · task 3 · export csv \
      FILE …). The run takes steps only while a line waits.
      """)

  @Argument(
    help: ArgumentHelp("What to open.", valueName: "experiment|session|comparison"),
    completion: .custom(Suggestions.subjects))
  package var subject: String?

  @OptionGroup package var options: RunOptions

  @Option(help: ArgumentHelp("Colour scheme, by name.", valueName: "name"))
  package var theme: String?

  @Flag(help: "Draw with ASCII characters only.")
  package var ascii = false

  @Option(
    help: ArgumentHelp(
      "Play keys from a file, - for standard input, without a terminal.", valueName: "file"),
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
    let comparison = try comparison()
    let run: Run
    if let contest = comparison?.contest {
      // To stand beside it: of its experiment, or of the first one.
      run = try options.run(Experiments.named(contest) ?? Experiments.all[0])
    } else {
      run = try firstRun()
    }
    if let script {
      let size = size ?? ScreenSize(columns: 120, rows: 36)
      try Screen.play(
        read(script), run: run, comparison: comparison, theme: chosenTheme(),
        size: Size(size.columns, size.rows), ascii: ascii)
    } else {
      try Screen.open(
        run: run, comparison: comparison, theme: chosenTheme(), ascii: ascii,
        autosaves: !withoutAutosave)
    }
  }

  /// The comparison that was asked for, where it is one.
  private func comparison() throws(Failure) -> sending OpenedComparison? {
    guard let subject, case .session(let path) = try named(subject),
      ComparisonFile.isComparison(path)
    else { return nil }
    guard options.seed == nil, options.settings.isEmpty else {
      throw Failure(.usage, "a saved comparison goes on as it is; it takes no seed and no knobs")
    }
    do throws(SessionError) { return try OpenedComparison(path: path) } catch {
      throw Failure(.data, error.description)
    }
  }

  private func named(_ subject: String) throws(Failure) -> Subject {
    try Subject(subject, commands: Weft.configuration.subcommands.map { $0._commandName })
  }

  private func read(_ script: String) throws(Failure) -> Script {
    do throws(ScriptError) { return try Script.read(script) } catch {
      throw Failure(exit: error.exitStatus, error.description)
    }
  }

  private func chosenTheme() throws(Failure) -> Theme {
    guard let theme else { return .standard }
    do throws(ThemeError) { return try Themes.named(theme) } catch {
      throw Failure(error.isUnknownName ? .usage : .data, error.description)
    }
  }

  /// What the workbench opens on.
  private func firstRun() throws(Failure) -> sending Run {
    guard let subject else {
      let isFresh = options.seed != nil || !options.settings.isEmpty
      if !isFresh, let example = Open.example { return try options.run(session: example) }
      return try options.run(Experiments.all[0])
    }
    switch try named(subject) {
    case .experiment(let experiment): return try options.run(experiment)
    case .session(let path): return try options.run(session: path)
    }
  }

  /// The trained example that is shown when nothing else was asked for: of the first experiment
  /// that has one.
  private static var example: String? {
    let shipped = SessionFolders.shipped().flatMap { folder in
      FileKind.names(in: folder).filter { $0.hasSuffix(".json") }.map { folder + "/" + $0 }
    }
    return Experiments.all.lazy
      .compactMap { experiment in
        shipped.first { SessionText.name($0).hasPrefix(experiment.name) }
      }.first ?? shipped.first
  }
}

/// Columns and rows, written `120x36`.
package struct ScreenSize: ExpressibleByArgument, Equatable, Sendable {
  package let columns: Int
  package let rows: Int

  init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
  }

  package init?(argument: String) {
    let parts = argument.split(separator: "x", omittingEmptySubsequences: false)
    guard parts.count == 2, let columns = Int(parts[0]), let rows = Int(parts[1]),
      (1...1000).contains(columns), (1...1000).contains(rows)
    else { return nil }
    self.columns = columns
    self.rows = rows
  }
}
