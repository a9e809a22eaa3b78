import ArgumentParser
import Learning
import Training

/// `weft speak`: text that a trained network goes on with.
package struct Speak: ParsableCommand {
  package static let configuration = CommandConfiguration(
    abstract: "Let a trained character network go on with a text.",
    discussion: """
      The same session, prompt, temperature and seed give the same text. With --json the text is one \
      string, beside how many characters a second were drawn.
      """)

  @Argument(
    help: ArgumentHelp("The trained session.", valueName: "session"),
    completion: .custom(Suggestions.sessions))
  package var session: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How many characters.", valueName: "n"))
  package var characters = 500

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The text to go on from (default: the session's).", valueName: "text"))
  package var prompt: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How boldly characters are drawn, from 0 to 2 (default: the session's).",
      valueName: "number"))
  package var temperature: Float?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Seed of what is drawn (default: the session's).", valueName: "number"),
    transform: OptionValue.seed)
  package var seed: UInt64?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Hold the mean context after a character instead of the network's own.", valueName: "task"),
    completion: .custom(Suggestions.tasks))
  package var hold: String?

  @Flag(help: "Report as JSON.")
  package var json = false

  package init() {}

  package func validate() throws {
    guard (1...10_000_000).contains(characters) else {
      throw Failure(.usage, "--characters takes a whole number from 1 to 10⁷, not \(characters)")
    }
    if let temperature, !(0...2).contains(temperature) {
      throw Failure(.usage, "--temperature takes a number from 0 to 2, not \(temperature)")
    }
  }

  package func run() throws {
    let path = try Subject.sessionPath(session)
    let run: Run
    do throws(SessionError) { run = try SessionFile.open(path, threads: 1) } catch {
      throw Failure(.data, error.description)
    }
    var held: [Float]?
    if let hold {
      do throws(ContextError) { held = try run.context(.task(hold)) } catch {
        throw Failure(.usage, error.description)
      }
    }
    var text = ""
    let clock = ContinuousClock()
    var speaks = true
    let prompt = prompt ?? run.knobs.text("prompt")
    let time = clock.measure {
      speaks = run.speak(
        characters, prompt: prompt,
        temperature: temperature ?? run.knobs.real("temperature"), seed: seed ?? run.seed,
        held: held
      ) { text.append($0) }
    }
    guard speaks else {
      throw Failure(
        .usage, "'\(session)' is of \(run.experiment.name), which does not speak; char-lm does")
    }
    let seconds = Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18
    try Output.line(
      json
        ? JSON.object([
          ("experiment", .string(run.experiment.name)), ("step", .integer(run.step)),
          ("prompt", .string(prompt)), ("text", .string(text)),
          ("characters_per_second", .double(Double(characters) / seconds)),
        ]).description : prompt + text)
  }
}
