import ArgumentParser
import Learning
import Training

/// `weft generate`: the weights a hypernetwork writes for one context, as a file.
package struct Generate: ParsableCommand {
  package static let configuration = CommandConfiguration(
    abstract: "Write a target network's weights to a safetensors file.",
    discussion: """
      Say for which context: of a task (its own embedding; a held-out task is fitted first), numbers \
      of your own, or a place between two tasks (0 is A, 1 is B). Tasks go by name or by number, \
      from 1 ('weft show SESSION' lists them). The file names the tensors as the target network \
      does and says in its metadata how to compute with them; --predictions writes the inputs that \
      the workbench shows (x1, x2, …) and the network's outputs (y1, y2, …; scores before softmax), \
      to compute them again. An existing file is replaced in one step.
      """)

  @Argument(
    help: ArgumentHelp("The trained session.", valueName: "session"),
    completion: .custom(Suggestions.sessions))
  package var session: String

  @Option(
    parsing: .unconditional, help: ArgumentHelp("The context of a task.", valueName: "name"),
    completion: .custom(Suggestions.tasks))
  package var task: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The numbers of a context, joined by commas.", valueName: "v,v,…"))
  package var context: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Two tasks and a place between them from 0 to 1.", valueName: "a b t"),
    completion: .custom(Suggestions.tasks))
  package var between: [String] = []

  @Option(
    help: ArgumentHelp("The file to write.", valueName: "file"),
    completion: .file(extensions: ["safetensors"]))
  package var output: String

  @Option(
    help: ArgumentHelp(
      "Also write what the network makes of the inputs on the screen, as CSV.", valueName: "file"),
    completion: .file(extensions: ["csv"]))
  package var predictions: String?

  package init() {}

  package func validate() throws { _ = try choice() }

  /// What `--task`, `--context` or `--between` says.
  private func choice() throws(Failure) -> ContextChoice {
    switch (task, context, between.count) {
    case (let task?, nil, 0): return .task(task)
    case (nil, let context?, 0): return .context(try numbers(context))
    case (nil, nil, 3):
      guard let place = Float(between[2]), (0...1).contains(place) else {
        throw Failure(
          .usage, "--between takes two tasks and a number from 0 to 1, not '\(between[2])'")
      }
      return .between(between[0], between[1], place)
    case (nil, nil, 1...):
      throw Failure(
        .usage,
        "--between takes two tasks and a number from 0 to 1, such as --between s1 s2 0.5; "
          + "name the session before it")
    default:
      throw Failure(
        .usage, "say for which context: exactly one of --task, --context and --between")
    }
  }

  private func numbers(_ text: String) throws(Failure) -> [Float] {
    var numbers: [Float] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let number = Float(part), number.isFinite else {
        throw Failure(
          .usage,
          "--context takes finite numbers joined by commas, such as 0.1,-0.4; '\(part)' is none")
      }
      numbers.append(number)
    }
    return numbers
  }

  package func run() throws {
    let path = try Subject.sessionPath(session)
    try check(output: output, for: "--output")
    if let predictions { try check(output: predictions, for: "--predictions") }
    let run: Run
    do throws(SessionError) { run = try SessionFile.open(path, threads: 1) } catch {
      throw Failure(.data, error.description)
    }
    let choice = try choice()
    let weights: GeneratedWeights
    do throws(ContextError) { weights = try run.generate(choice) } catch {
      throw Failure(.usage, error.description)
    }
    do throws(SessionError) {
      try weights.write(to: output)
      if let predictions { try weights.writePredictions(to: predictions) }
    } catch { throw Failure(.failed, error.description) }
  }

  /// Throws where a file cannot be written, or is a session: that has more in it than comes back.
  private func check(output path: String, for option: String) throws(Failure) {
    try FileKind.check(output: path, for: option)
    switch FileKind(at: path) {
    case nil: break
    case .file where SessionFile.summary(path).problem != nil: break
    case .file:
      throw Failure(.usage, "'\(path)' is a session; name another file to write to")
    default:
      throw Failure(.usage, "'\(path)' is not a plain file; name another to write to")
    }
  }
}
