import ArgumentParser
import CursesTerminal
import Foundation
import Learning
import Training

/// `weft compare`: methods raced on one task family.
package struct Compare: ParsableCommand {
  package static let configuration = CommandConfiguration(
    abstract: "Race methods on one task family.",
    discussion: """
      A method says who determines a task's weights. Each is trained under the same budget, for every \
      seed; then all meet the same new tasks, with the same few labelled examples, before any step of \
      adaptation and after 1, 5 and 10. The learning rate of those steps is the one that helps training \
      tasks most.

      A method may have settings of its own after colons: 'hypernetwork:strategy=chunked:chunk=64'. The \
      name of a strategy alone is a hypernetwork with it: 'low-rank:rank=2'. But 'lora' is the method \
      (a base, then an adapter for each task); the strategy of that name is \
      'hypernetwork:strategy=lora'. --vary rank=1,2,4 takes every method once for each value, where it \
      looks at that knob and has no value of its own. What a method does not look at is refused.
      """)

  @Argument(
    help: ArgumentHelp(
      "Where they race: \(Contests.all.map(\.name).joined(separator: ", ")); or a comparison that was saved.",
      valueName: "family|file"))
  package var subject: String

  @Option(
    help: ArgumentHelp(
      "Methods, joined by commas; else all that make sense there.", valueName: "methods"))
  package var methods: String?

  @Option(
    name: .customLong("vary"),
    help: ArgumentHelp("A knob and the values to try.", valueName: "knob=a,b,…"))
  package var variation: String?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("How many seeds (default: 3).", valueName: "n"))
  package var seeds: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The first seed; the others follow it (default: 1).", valueName: "number"),
    transform: OptionValue.seed)
  package var seed: UInt64?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Steps of training for each method.", valueName: "n"))
  package var steps: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Or seconds of training for each method and seed.", valueName: "s"))
  package var seconds: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "At most so many trained numbers: hypernetworks are made as wide as that allows.",
      valueName: "n"))
  package var parameters: Int?

  @Option(
    name: .customLong("set"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Set a knob for all; may be repeated.", valueName: "knob=value"))
  package var settings: [String] = []

  @Flag(help: "Report as JSON, one object a line.")
  package var json = false

  @Option(help: ArgumentHelp("Write the table there as CSV.", valueName: "file"))
  package var csv: String?

  @Option(help: ArgumentHelp("Write the table there as Markdown.", valueName: "file"))
  package var markdown: String?

  @Option(
    help: ArgumentHelp(
      "Write the first training step of one method there, for Benchmarks/parity.py, and end.",
      valueName: "file"))
  package var parity: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "With --parity: the first step of which stage of training (default: 1); lora and hyper-lora have 2.",
      valueName: "n"))
  package var stage: Int?

  @Option(help: ArgumentHelp("Save the comparison there.", valueName: "file"))
  package var save: String?

  package init() {}

  package func validate() throws {
    if let seeds, !(1...100).contains(seeds) {
      throw Failure(.usage, "--seeds takes a whole number from 1 to 100, not \(seeds)")
    }
    if let steps, !(1...100_000_000).contains(steps) {
      throw Failure(.usage, "--steps takes a whole number from 1 to 10⁸, not \(steps)")
    }
    if let seconds, !(seconds > 0 && seconds <= 86_400) {
      throw Failure(.usage, "--seconds takes a number above 0, at most 86400, not \(seconds)")
    }
    if let parameters, parameters < 1 {
      throw Failure(.usage, "--parameters takes a whole number above 0, not \(parameters)")
    }
    guard stage == nil || parity != nil else {
      throw Failure(.usage, "--stage says which step --parity writes; give --parity too")
    }
    guard parity == nil || (save == nil && csv == nil && markdown == nil && !json) else {
      throw Failure(
        .usage, "--parity writes one step and ends; leave --save, --csv, --markdown and --json out")
    }
    guard steps == nil || seconds == nil else {
      throw Failure(.usage, "a budget is --steps or --seconds, not both")
    }
  }

  package func run() throws {
    let comparison = try open()
    if let parity { return try write(parityOf: comparison, to: parity) }
    guard let signals = EndingSignals() else {
      throw Failure(.failed, "signals cannot be taken; free some files")
    }
    try checkFiles()
    if let save, FileKind(at: save) == .file, !ComparisonFile.isComparison(save) {
      throw Failure(
        .usage,
        "'\(save)' exists and is not a comparison of weft; it is left as it is, name another file")
    }
    guard save == nil || comparison.fitsFile else {
      throw Failure(
        .usage,
        "these networks have more numbers than a file holds; leave --save out, or take fewer seeds or "
          + "methods")
    }
    var report = ComparisonReport(isJSON: json)
    try report.begin(comparison.standing)
    while !comparison.isDone {
      if let signal = signals.next() {
        try keep(comparison)
        throw Failure(
          signal: signal,
          save.map {
            "interrupted and saved; go on with 'weft compare \(Shell.quoted($0)) --save \(Shell.quoted($0))'"
          } ?? "interrupted; nothing was kept, as there was no --save")
      }
      try report.progress(comparison.standing, comparison.activity)
      comparison.advance(seconds: 0.05)
    }
    signals.release()
    // Whatever cannot be written, the table has been seen.
    let standing = comparison.standing
    try report.done(standing)
    try keep(comparison)
    if let csv { try write(ComparisonTable(standing).csv, to: csv) }
    if let markdown { try write(ComparisonTable(standing).markdown, to: markdown) }
    let failed = standing.rows.count { $0.failure != nil }
    guard failed == 0 else {
      throw Failure(
        .failed,
        (failed == standing.rows.count
          ? "every method" : "\(failed) of \(standing.rows.count) methods")
          + " failed; try smaller steps (--set rate=…, meta-rate, inner-rate or reptile-rate, whichever it "
          + "looks at) or --set clip=1")
    }
  }

  /// Throws where a file of the table would take the place of another one, or of something else than a
  /// table.
  private func checkFiles() throws(Failure) {
    let files = [(csv, "--csv"), (markdown, "--markdown"), (save, "--save")]
    for (index, (path, option)) in files.enumerated() {
      guard let path else { continue }
      try FileKind.check(output: path, for: option)
      let place = URL(fileURLWithPath: path).standardizedFileURL.resolvingSymlinksInPath()
      for (other, name) in files[..<index] {
        if let other,
          URL(fileURLWithPath: other).standardizedFileURL.resolvingSymlinksInPath() == place
        {
          throw Failure(
            .usage, "\(name) and \(option) are one file, '\(path)'; name another for one")
        }
      }
    }
    for (path, mark) in [(csv, "method,trained,kept,"), (markdown, "\n| method | trained |")] {
      guard let path, FileKind(at: path) == .file else { continue }
      let start = (try? Files.read(path, limit: 4096, wholly: false)) ?? Data()
      guard String(decoding: start, as: UTF8.self).contains(mark) else {
        throw Failure(
          .usage,
          "'\(path)' exists and is not a table of weft compare; it is left as it is, name another file"
        )
      }
    }
  }

  private func keep(_ comparison: Comparison) throws(Failure) {
    guard let save else { return }
    do throws(SessionError) { try ComparisonFile.write(comparison, to: save) } catch {
      throw Failure(.failed, error.description)
    }
  }

  private func write(_ text: String, to path: String) throws(Failure) {
    do throws(SessionError) {
      try Files.write(Data(text.utf8), to: path, makingFolders: false)
    } catch { throw Failure(.failed, error.description) }
  }

  private func write(parityOf comparison: Comparison, to path: String) throws(Failure) {
    guard comparison.entries.count == 1 else {
      throw Failure(
        .usage, "--parity writes the step of one method; name it, such as --methods maml")
    }
    try FileKind.check(parity: path)
    let stages = comparison.methods[0].stages.count
    guard stages > 0 else {
      throw Failure(
        .usage,
        "'\(comparison.entries[0].label)' trains nothing, so there is no step to write; name another "
          + "method")
    }
    guard (1...stages).contains(stage ?? 1) else {
      throw Failure(
        .usage,
        "'\(comparison.entries[0].label)' has \(stages == 1 ? "1 stage" : "\(stages) stages") of training; "
          + "--stage takes one of them, not \(stage ?? 1)")
    }
    do throws(SessionError) {
      try MethodParity.write(comparison, stage: (stage ?? 1) - 1, to: path)
    } catch {
      throw Failure(.failed, error.description)
    }
  }

  private func open() throws(Failure) -> Comparison {
    if let contest = Contests.named(subject) { return try comparison(on: contest) }
    guard subject.contains("/") || subject.hasSuffix(".json") else {
      let names = Contests.all.map(\.name)
      throw Failure(
        .usage,
        "there is no family '\(subject)' to compare methods on"
          + (Nearest.suggestion(for: subject, among: names).nonEmpty
            ?? "; there are \(names.joined(separator: ", "))"))
    }
    guard methods == nil, variation == nil, settings.isEmpty, steps == nil, seconds == nil,
      parameters == nil, seeds == nil, seed == nil
    else {
      throw Failure(
        .usage, "a saved comparison goes on as it is; it takes no methods, knobs, seeds or budget")
    }
    do throws(SessionError) { return try ComparisonFile.open(subject) } catch {
      throw Failure(.data, error.description)
    }
  }

  private func comparison(on contest: Contest) throws(Failure) -> Comparison {
    _ = try RunOptions.values(settings, of: contest.name, contest.knobs)
    var setup = ComparisonSetup(contest: contest.name)
    setup.methods = methods.map { list in
      list.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    setup.settings = settings
    setup.variation = variation
    setup.parameters = parameters
    setup.seeds = (0..<UInt64(seeds ?? 3)).map { (seed ?? 1) &+ $0 }
    setup.budget = seconds.map { .seconds($0) } ?? steps.map { .steps($0) }
    do throws(KnobError) { return try setup.make() } catch { throw Failure(error) }
  }
}
