import ArgumentParser
import CursesTerminal
import Glibc
import Learning
import Training

/// `weft train`: training without a screen.
package struct Train: ParsableCommand {
  package static let configuration = CommandConfiguration(
    abstract: "Train without a screen.",
    discussion: """
      A session is continued up to the total of --steps and ends with the same numbers as a run \
      that was never interrupted. INT, TERM and HUP end training after the present step, saved; \
      without --save it is then kept among your own sessions ('weft list' shows where).

      An existing session given to --save is replaced in one step, the old file staying whole until \
      the new one is on disk; if it is not the session being continued it is kept as FILE~. A file \
      that is no session is never overwritten.

      With --json there is one object a line: "step" at every evaluation, "notice", "learned" at a \
      task's end where they come in turn, with how all tasks stand, and at the end "done", "failed" \
      or "interrupted". "seconds" counts training steps and the evaluations \
      between them, not loading, saving and the last measurement. Numbers that are not finite are \
      null.
      """)

  @Argument(
    help: ArgumentHelp("What to train.", valueName: "experiment|session"),
    completion: .custom(Suggestions.subjects))
  package var subject: String

  @OptionGroup package var length: LengthOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "End at the first evaluation with at most this training loss, and say its step.",
      valueName: "loss"))
  package var until: Float?

  @OptionGroup package var options: RunOptions

  @Option(
    help: ArgumentHelp(
      "Write the step after the last there, for Benchmarks/parity.py; of continual experiments.",
      valueName: "file"),
    completion: .file(extensions: ["safetensors"]))
  package var parity: String?

  package init() {}

  package func validate() throws {
    if let until, !until.isFinite {
      throw Failure(.usage, "--until takes a loss, not \(until)")
    }
  }

  package func run() throws {
    guard let signals = EndingSignals() else {
      throw Failure(.failed, "signals cannot be taken: \(Output.reason(errno)); free some files")
    }
    let (run, session) = try open()
    let total = try total(for: run)
    let target = try length.save.map { try SaveTarget($0, continuing: session) }
    let report: any TrainingReport =
      length.json ? JSONReport() : ProgressReport(name: run.experiment.name, total: total)
    var training = try HeadlessTraining(
      run, total: total, until: until, saving: target, every: length.saveEvery, report: report,
      signals: signals)
    if let parity { try FileKind.check(parity: parity) }
    try training.train()
    guard let parity else { return }
    do throws(SessionError) { try run.writeNextStep(to: parity) } catch {
      throw Failure(.failed, error.description)
    }
  }

  /// The run, and the session it comes from if it comes from one.
  private func open() throws(Failure) -> (Run, session: String?) {
    switch try Subject(subject) {
    case .experiment(let experiment): (try options.run(experiment), nil)
    case .session(let path): (try options.run(session: path), path)
    }
  }

  private func total(for run: Run) throws(Failure) -> Int {
    let total = length.steps ?? run.experiment.steps(run.knobs)
    guard run.step <= total else {
      throw Failure(
        .usage,
        "'\(subject)' is already at step \(run.step); --steps is the total and must be at least that"
          + (length.steps == nil ? " (it stands at \(total) where it is not given)" : ""))
    }
    return total
  }
}
