import Learning
import Training

/// What the shell offers after TAB.
enum Suggestions {
  typealias Words = @Sendable ([String], Int, String) -> [String]

  /// Experiments, sessions by name, and files.
  static let subjects: Words = { _, _, prefix in
    Subject.experimentNames + Subject.sessionNames + files(prefix)
  }

  static let sessions: Words = { _, _, prefix in Subject.sessionNames + files(prefix) }

  /// The tasks of the session on the line.
  static let tasks: Words = { words, _, _ in
    for word in words {
      guard let path = try? Subject.sessionPath(word),
        let experiment = Experiments.named(SessionFile.summary(path).experiment),
        let model = try? experiment.model(KnobValues(experiment.knobs))
      else { continue }
      return model.outline.tasks.map(\.name)
    }
    return []
  }

  /// `knob=` of the experiment on the line, or of all.
  static let knobs: Words = { words, _, prefix in
    let named = words.compactMap(Experiments.named)
    let knobs = (named.isEmpty ? Experiments.all : named).flatMap(\.knobs)
    guard let equals = prefix.firstIndex(of: "=") else {
      return unique(knobs.map { $0.name + "=" })
    }
    let name = String(prefix[..<equals])
    guard let knob = knobs.first(where: { $0.name == name }) else { return [] }
    if case .choice(let choices) = knob.domain { return choices.map { "\(name)=\($0)" } }
    return ["\(name)=\(knob.standard)"]
  }

  /// Folders and JSON files that begin like this.
  private static func files(_ prefix: String) -> [String] {
    let folder = prefix.lastIndex(of: "/").map { String(prefix[...$0]) } ?? ""
    return FileKind.names(in: folder.nonEmpty ?? ".").compactMap { name in
      switch FileKind(at: folder + name) {
      case .folder: folder + name + "/"
      case .file where name.hasSuffix(".json"): folder + name
      default: nil
      }
    }
  }

  private static func unique(_ words: [String]) -> [String] {
    words.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
}
