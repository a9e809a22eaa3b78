import Learning
import Terminal
import Training

extension CommandTable {
  /// A line of the palette.
  public struct Entry: Sendable, Hashable {
    /// What is run, or typed on from: `theme paper`.
    public let line: String
    /// The name with what it takes, as it is shown: `theme NAME`.
    public let title: String
    public let keys: String
    public let help: String
    /// Whether Enter can run it as it is, or only completes what is typed.
    public let isComplete: Bool
  }

  /// The rows of the help that fit a typed text, in the table's order.
  public static func help(matching text: String) -> [Row] {
    rows.filter { row in
      ([row.name, row.help, row.keyText] + row.aliases).contains {
        $0.containsIgnoringCase(text)
      }
    }
  }

  /// The lines of the palette that fit a typed text, best first; once a command's name is typed
  /// whole, what may follow it.
  public static func palette(matching text: String, in model: Model) -> [Entry] {
    let words = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
    if let name = words.first, let row = row(named: String(name)), let argument = row.argument,
      words.count > 1 || text.hasSuffix(" ")
    {
      let typed = words.count > 1 ? String(words[1]) : ""
      return completions(of: row, argument, typed: typed, in: model)
    }
    let scored = rows.enumerated().compactMap { index, row -> (Int, Int, Row)? in
      let byName = FuzzyMatch.score(text, in: row.name).map { $0 + 40 }
      let byHelp = row.help.containsIgnoringCase(text) ? 10 : nil
      let exact = row.name == text || row.aliases.contains(text) ? 1000 : nil
      return (exact ?? byName ?? byHelp).map { ($0, index, row) }
    }
    let ordered = text.isEmpty ? scored : scored.sorted { ($1.0, $0.1) < ($0.0, $1.1) }
    return ordered.map { _, _, row in
      Entry(
        line: row.name + (row.argument?.isRequired == true ? " " : ""), title: row.usage,
        keys: row.keyText, help: row.help, isComplete: row.argument?.isRequired != true)
    }
  }

  private static func completions(
    of row: Row, _ argument: Argument, typed: String, in model: Model
  ) -> [Entry] {
    func entry(_ value: String, _ help: String, complete: Bool = true) -> Entry {
      Entry(
        line: "\(row.name) \(value)", title: "\(row.name) \(value)", keys: "", help: help,
        isComplete: complete)
    }
    var fitting = candidates(for: argument.kind, typed: typed, in: model)
      .compactMap { candidate in
        FuzzyMatch.score(typed, in: candidate.value).map { (score: $0, candidate: candidate) }
      }
    if !typed.isEmpty {
      fitting = fitting.enumerated()
        .sorted { ($1.element.score, $0.offset) < ($0.element.score, $1.offset) }.map(\.element)
    }
    var entries = fitting.map {
      entry($0.candidate.value, $0.candidate.help, complete: $0.candidate.isComplete)
    }
    // What is typed comes first where it is whole already, or cannot be listed (a number, a path).
    if let exact = entries.firstIndex(where: { $0.line == "\(row.name) \(typed)" }) {
      entries.insert(entries.remove(at: exact), at: 0)
    } else if takesAnything(argument.kind, typed), !typed.isEmpty || !argument.isRequired {
      entries.insert(
        Entry(
          line: typed.isEmpty ? row.name : "\(row.name) \(typed)",
          title: typed.isEmpty ? row.usage : "\(row.name) \(typed)", keys: "", help: row.help,
          isComplete: true), at: 0)
    }
    return entries
  }

  private static func takesAnything(_ kind: Argument.Kind, _ typed: String) -> Bool {
    switch kind {
    case .number, .path, .race: true
    case .export, .knob: typed[...].trimmed.contains(" ")
    case .theme, .experiment, .task, .heldOutTask, .speed: false
    }
  }

  private struct Candidate {
    var value: String
    var help: String
    var isComplete = true
  }

  private static func candidates(
    for kind: Argument.Kind, typed: String, in model: Model
  ) -> [Candidate] {
    let description = model.snapshot.description
    switch kind {
    case .number, .race: return []
    case .path: return model.sessionPaths.map { Candidate(value: $0, help: "session") }
    case .theme:
      return model.themeNames.map {
        Candidate(value: $0, help: $0 == model.theme.name ? "the present one" : "")
      }
    case .experiment:
      return Experiments.all.map { Candidate(value: $0.name, help: $0.summary) }
    case .task:
      return description.tasks.map { Candidate(value: $0.name, help: $0.role.rawValue) }
    case .heldOutTask:
      return description.tasks.filter { $0.role == .heldOut }
        .map { Candidate(value: $0.name, help: $0.role.rawValue) }
    case .speed:
      return Speed.allCases.map { Candidate(value: $0.label, help: "") }
    case .export:
      return ExportFormat.allCases.map {
        Candidate(value: $0.rawValue, help: "what the pane shows as \($0.rawValue.uppercased())")
      }
    case .knob: return knobCandidates(typed, model.snapshot.knobs)
    }
  }

  /// The knobs; and, once one is typed whole, the values it can be chosen from.
  private static func knobCandidates(_ typed: String, _ knobs: KnobValues) -> [Candidate] {
    let name = typed.prefix { $0 != " " }
    if typed.contains(" "), let knob = knobs.knobs.first(where: { $0.name == name }) {
      guard case .choice(let values) = knob.domain else { return [] }
      return values.map { Candidate(value: "\(name) \($0)", help: knob.help) }
    }
    return knobs.knobs.map { knob in
      let now = knobs[knob.name].map { ", now \($0)" } ?? ""
      return Candidate(
        value: "\(knob.name) ", help: "\(knob.domainDescription)\(now)", isComplete: false)
    }
  }
}
