import CursesTerminal
import Glibc
import Learning
import Training

/// Trains a run to its last step without a screen, reporting and saving on the way.
struct HeadlessTraining {
  /// Seconds of training between two looks at signals, reports and the time to save.
  private static let sliceSeconds = 0.01

  let run: Run
  let total: Int
  let signals: EndingSignals
  /// Where the run is kept; nil where nobody asked for it.
  private var path: String?
  private let saver: Saver?
  private var report: any TrainingReport
  private var watch = FailureWatch()
  private var seconds = 0.0
  /// The training loss that ends training early, and the step of the evaluation that found it.
  private let limit: Float?
  private var reached: Int?
  /// What goes on from a session.
  var command = "weft train"
  /// Asked before every slice: whether there is something to wait for, which it has then done for a moment.
  var hold: (() throws(Failure) -> Bool)?

  /// - Parameters:
  ///   - limit: training ends at the first evaluation at which the training loss is at most that.
  ///   - target: nil where nobody asked to save; what an interruption would lose is then kept among
  ///     one's own sessions.
  ///   - interval: seconds of training between two saves.
  init(
    _ run: Run, total: Int, until limit: Float? = nil, saving target: SaveTarget?,
    every interval: Double, report: any TrainingReport, signals: EndingSignals
  ) throws(Failure) {
    self.run = run
    self.total = total
    self.limit = limit
    self.report = report
    self.signals = signals
    path = target?.path
    watch.begin(run)
    saver = target.map {
      Saver(Saving(path: $0.path, autosavePath: $0.path, interval: interval))
    }
    // A path that cannot be written is told now, not after hours.
    if let target, !target.isContinued { try write(to: target.path) }
  }

  /// Throws a `Failure` when the run fails, cannot be saved, or is interrupted; it has then been
  /// saved where that is possible.
  mutating func train() throws(Failure) {
    do throws(Failure) {
      while run.step < total, reached == nil {
        if let signal = signals.next() { try end(by: signal) }
        if let hold, try hold() { continue }
        try slice()
        saver?.saveIfDue(run)
        try report.progress(run, seconds: seconds)
      }
      try keep()
      try measure()
    } catch {
      // The reader of standard output is gone: what was learned is kept all the same.
      if error.status == 128 + SIGPIPE, run.step < total { try keepAnyway() }
      throw error
    }
  }

  private mutating func slice() throws(Failure) {
    let begin = Machine.now
    var now = begin
    repeat {
      let learned = run.milestones.count
      let loss = run.advance()
      if run.milestones.count > learned, let milestone = run.milestones.last {
        try report.learned(milestone, of: run)
      }
      if let text = run.takeNotice() { try report.notice(text, step: run.step - 1) }
      if let failure = watch.finishStep(of: run, loss: loss) { try end(by: failure) }
      if run.isEvaluationDue {
        try report.evaluated(run, seconds: seconds + Machine.now - begin)
        if let limit, let loss = run.trainingLoss, loss <= limit { reached = run.step }
      }
      now = Machine.now
    } while run.step < total && reached == nil && now - begin < Self.sliceSeconds
    seconds += now - begin
  }

  private mutating func measure() throws(Failure) {
    try report.measuring()
    // Nothing can be lost from here on: a signal may end the process at once.
    signals.release()
    try report.done(
      TrainingResult(
        experiment: run.experiment.name, seed: run.seed, step: run.step, seconds: seconds,
        trainingLoss: run.trainingLoss, validationLoss: run.validationLoss,
        metrics: run.finalMetrics(), until: limit.map { ($0, reached) }, saved: path))
  }

  private func write(to path: String) throws(Failure) {
    do throws(SessionError) { try SessionFile.write(run, to: path) } catch {
      throw Failure(.failed, error.description)
    }
  }

  /// Puts the present state on the disk, where it was asked for.
  private func keep() throws(Failure) {
    do throws(SessionError) { try saver?.saveAtEnd(run) } catch {
      throw Failure(.failed, error.description)
    }
  }

  /// Puts the present state on the disk also where nobody asked for it, if there is anything to lose:
  /// then among one's own sessions.
  private mutating func keepAnyway() throws(Failure) {
    if path == nil, run.step > 0 {
      let own = SessionFolders.freshPath(for: run.experiment.name)
      try write(to: own)
      path = own
    } else {
      try keep()
    }
  }

  private mutating func end(by signal: Int32) throws(Failure) {
    try keepAnyway()
    try report.interrupted(signal, step: run.step, saved: path)
    throw Failure(
      signal: signal,
      path.map {
        "interrupted at step \(run.step) and saved; go on with "
          + "'\(command) \(Shell.quoted($0)) --steps \(total) --save \(Shell.quoted($0))'"
      } ?? "interrupted before the first step; nothing to save")
  }

  private mutating func end(by failure: Snapshot.Failure) throws(Failure) {
    if let good = watch.lastGood { run.state = good }
    try keepAnyway()
    try report.failed(failure, saved: path)
    throw Failure(
      .failed,
      failure.sentence
        + (path.map {
          "; the last good state (step \(run.step)) is in '\($0)', go on from it"
        } ?? "; there is no earlier good state, begin again")
        + " with other knobs, such as a smaller --set rate=…")
  }
}
