import ArgumentParser

/// How long to train without a screen, what to save meanwhile, and how to report.
package struct LengthOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Steps (or rounds) in all, those of a session included; else as many as the experiment is made for.",
      valueName: "n"))
  package var steps: Int?

  @Option(
    help: ArgumentHelp("Save there, at the end and while training.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  package var save: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Seconds between two saves while training.", valueName: "seconds"))
  package var saveEvery = 30.0

  @Flag(help: "Report as JSON, one object a line.")
  package var json = false

  package init() {}

  package func validate() throws {
    if let steps, !(0...1_000_000_000_000).contains(steps) {
      throw Failure(.usage, "--steps takes a whole number from 0 to 10¹², not \(steps)")
    }
    guard saveEvery.isFinite, saveEvery >= 0 else {
      throw Failure(.usage, "--save-every takes seconds, 0 or more, not \(saveEvery)")
    }
  }
}
