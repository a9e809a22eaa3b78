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
      name of a strategy alone is a hypernetwork with it: 'low-rank:rank=2'. --vary rank=1,2,4 takes \
      every method once for each value, where it looks at that knob.
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

  @Option(parsing: .unconditional, help: ArgumentHelp("How many seeds.", valueName: "n"))
  package var seeds = 3

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The first seed; the others follow it (default: 1).", valueName: "number"),
    transform: OptionValue.seed)
  package var seed: UInt64 = 1

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

  @Option(help: ArgumentHelp("Save the comparison there.", valueName: "file"))
  package var save: String?

  package init() {}

  package func validate() throws {
    guard (1...100).contains(seeds) else {
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
    for (path, option) in [(csv, "--csv"), (markdown, "--markdown"), (save, "--save")] {
      if let path { try FileKind.check(output: path, for: option) }
    }
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
      comparison.advance(seconds: 0.05)
      try report.progress(comparison.standing)
    }
    signals.release()
    let standing = comparison.standing
    try keep(comparison)
    if let csv { try write(ComparisonTable(standing).csv, to: csv) }
    if let markdown { try write(ComparisonTable(standing).markdown, to: markdown) }
    try report.done(standing)
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
    try FileKind.check(output: path, for: "--parity")
    do throws(SessionError) { try MethodParity.write(comparison, to: path) } catch {
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
      parameters == nil
    else {
      throw Failure(
        .usage, "a saved comparison goes on as it is; it takes no methods, knobs or budget")
    }
    do throws(SessionError) { return try ComparisonFile.open(subject) } catch {
      throw Failure(.data, error.description)
    }
  }

  private func comparison(on contest: Contest) throws(Failure) -> Comparison {
    var knobs = KnobValues(contest.knobs)
    for (knob, value) in try RunOptions.values(settings, of: contest.name, contest.knobs) {
      knobs[knob.name] = value
    }
    do throws(KnobError) {
      let setting = try contest.setting(knobs)
      let words =
        methods.map { $0.split(separator: ",").map(String.init) }
        ?? MethodChoice.sensible(for: setting).map(\.rawValue)
      var entries: [Comparison.Entry] = []
      for word in words { entries.append(try Comparison.Entry(word, knobs: contest.knobs)) }
      if let variation { entries = try Comparison.Entry.varied(entries, by: variation, knobs) }
      if let parameters {
        for index in entries.indices {
          entries[index] = try entries[index].within(
            parameters: parameters, on: contest, knobs)
        }
      }
      guard !entries.isEmpty else {
        throw KnobError("--methods names none; there are \(MethodChoice.names)")
      }
      let seconds = seconds.map(Comparison.Budget.seconds)
      return try Comparison(
        contest, knobs: knobs, entries: entries,
        seeds: (0..<UInt64(seeds)).map { seed &+ $0 },
        budget: seconds ?? .steps(steps ?? contest.standardSteps))
    } catch { throw Failure(error) }
  }
}
