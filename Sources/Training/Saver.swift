import Dispatch
import Learning
import Synchronization

/// How a run is kept on disk.
public struct Saving: Sendable {
  /// Where the run was opened from or last saved to; nil if it has no file yet.
  public var path: String?
  /// Where it saves itself; nil for never.
  public var autosavePath: String?
  /// Seconds between two saves by itself: what a crash costs at most.
  public var interval: Double
  /// Where a new file is made when the run leaves its own behind; nil for the person's own folder.
  public var folder: String?

  public init(
    path: String?, autosavePath: String?, interval: Double = 15, folder: String? = nil
  ) {
    self.path = path
    self.autosavePath = autosavePath
    self.interval = interval
    self.folder = folder
  }

  /// The usual way: a run saves itself to the file it was opened from; one without a file, or from
  /// one of the examples that come with Weft, to a new file of the person's own.
  public static func standard(for run: Run, interval: Double = 15) -> Saving {
    if let path = run.path, !SessionFolders.isShipped(path) {
      return Saving(path: path, autosavePath: path, interval: interval)
    }
    let own = SessionFolders.freshPath(for: run.experiment.name)
    return Saving(path: nil, autosavePath: own, interval: interval)
  }
}

/// Keeps a run on disk while it trains: every so often its numbers are copied (on the caller's
/// thread, some microseconds) and written in the background. There is one write at a time, and of
/// several that wait for one file only the newest is done. A process killed at any moment leaves the
/// last save that was complete, at most one interval of training old.
///
/// Used by whoever uses the run, from the same thread or queue:
///
///     let saver = Saver(Saving(path: file, autosavePath: file))
///     while run.step < steps {
///       run.advance()
///       saver.saveIfDue(run)
///     }
///     try saver.saveAtEnd(run)
public final class Saver {
  private let writer: Writer
  private let interval: Double
  private let folder: String?
  private var path: String?
  private var lastTime: Double
  /// `run.changes` when it was last handed to the writer for its autosave file.
  private var handedChanges: Int?

  /// - Parameters:
  ///   - fileStep: the step of a run that is as its file has it: it counts as saved.
  ///   - onChange: called, on a queue of the saver's own, when `status` is new.
  public init(
    _ saving: Saving, fileStep: Int? = nil, onChange: @escaping @Sendable () -> Void = {}
  ) {
    writer = Writer(saving, fileStep: fileStep, onChange: onChange)
    interval = saving.interval
    folder = saving.folder
    path = saving.path
    lastTime = Saver.now
  }

  /// Seconds on a clock that only goes forward.
  public static var now: Double { Double(DispatchTime.now().uptimeNanoseconds) * 1e-9 }

  /// What was saved last, and why the last attempt failed if it did.
  public var status: Snapshot.SaveStatus { writer.status }

  /// Saves the run to its own file if that is due and anything changed. Returns the seconds until
  /// it is due, nil where there is nothing to save.
  /// - Parameter state: an earlier state to save in place of the present one.
  @discardableResult
  public func saveIfDue(
    _ run: Run, state: Run.State? = nil, now: Double = Saver.now
  ) -> Double? {
    guard writer.autosaves, !run.isMidStep else { return nil }
    guard hasUnsaved(run) else { return nil }
    let wait = lastTime + interval - now
    guard wait <= 0 else { return wait }
    handOver(run, state, to: nil, now: now)
    return nil
  }

  /// Saves the run now, in the background: to `path`, or where it was opened from or last saved to,
  /// or to its own file. From then on that is its file.
  public func save(_ run: Run, state: Run.State? = nil, to path: String?) {
    guard let target = path ?? self.path ?? writer.autosavePath else {
      return writer.fail("this run has no file yet: name one to save it to")
    }
    self.path = target
    run.path = target
    handOver(run, state, to: target, now: Saver.now)
  }

  /// Saves what is not saved yet, and returns when everything is on the disk; throws the reason
  /// where the last save failed.
  public func saveAtEnd(_ run: Run, state: Run.State? = nil) throws(SessionError) {
    writer.wait()
    if writer.autosaves, !run.isMidStep, hasUnsaved(run) {
      handOver(run, state, to: nil, now: Saver.now)
      writer.wait()
    }
    if let error = status.error { throw SessionError(error) }
  }

  /// Before a run that has a file goes back to step 0: what was trained stays in that file, and the
  /// run goes on in a new one of the person's own. Returns the file that is left behind, nil where
  /// there is none yet. Throws, and changes nothing, where it could not be brought up to date.
  public func leaveBehind(_ run: Run, state: Run.State? = nil) throws(SessionError) -> String? {
    guard writer.autosaves, run.step > 0 else { return nil }
    writer.wait()
    guard let left = writer.fileWritten else { return nil }
    try saveAtEnd(run, state: state)
    writer.move(
      to: SessionFolders.freshPath(
        for: run.experiment.name, in: folder ?? SessionFolders.own()))
    path = nil
    run.path = nil
    handedChanges = nil
    return left
  }

  /// Whether the run differs from what was last handed to the writer, or that could not be written.
  /// What was never saved is the same as its file at first, if it was opened from one.
  private func hasUnsaved(_ run: Run) -> Bool {
    if writer.takeFailure() { handedChanges = nil }
    if let handedChanges { return run.changes != handedChanges }
    return run.changes > 0 || (path != nil && run.path != path)
  }

  private func handOver(_ run: Run, _ state: Run.State?, to path: String?, now: Double) {
    let content = state.map(run.sessionContent(of:)) ?? run.sessionContent
    if path == nil || path == writer.autosavePath {
      handedChanges = run.changes
      lastTime = now
    }
    writer.submit(content, to: path)
  }
}

/// The background half of a saver.
private final class Writer: Sendable {
  private struct Job {
    var content: SessionContent
    /// Nil for the run's own file.
    var path: String?
  }

  private struct State {
    var waiting: [Job] = []
    var isWriting = false
    var autosavePath: String?
    /// Whether a file at `autosavePath` is ours to replace.
    var ownsFile: Bool
    var hasFailed = false
    var status: Snapshot.SaveStatus
  }

  private let queue = DispatchQueue(label: "weft.saving", qos: .utility)
  private let state: Mutex<State>
  private let onChange: @Sendable () -> Void

  init(_ saving: Saving, fileStep: Int?, onChange: @escaping @Sendable () -> Void) {
    self.onChange = onChange
    state = Mutex(
      State(
        autosavePath: saving.autosavePath,
        ownsFile: saving.path != nil && saving.path == saving.autosavePath,
        status: Snapshot.SaveStatus(path: saving.path, step: fileStep, time: nil, error: nil)))
  }

  var status: Snapshot.SaveStatus { state.withLock { $0.status } }
  var autosavePath: String? { state.withLock { $0.autosavePath } }
  var autosaves: Bool { autosavePath != nil }

  /// Whether a save of the run's own file failed since this was last asked.
  func takeFailure() -> Bool {
    state.withLock { state in
      defer { state.hasFailed = false }
      return state.hasFailed
    }
  }

  /// The run's own file, if there is one on the disk.
  var fileWritten: String? { state.withLock { $0.ownsFile ? $0.autosavePath : nil } }

  /// From now on the run's own file is another, which is not there yet.
  func move(to path: String) {
    state.withLock {
      $0.autosavePath = path
      $0.ownsFile = false
      $0.status = Snapshot.SaveStatus(path: nil, step: nil, time: nil, error: nil)
    }
  }

  func fail(_ sentence: String) {
    state.withLock { $0.status.error = sentence }
    onChange()
  }

  func submit(_ content: SessionContent, to path: String?) {
    state.withLock { state in
      state.waiting.removeAll { $0.path == path }
      state.waiting.append(Job(content: content, path: path))
      guard !state.isWriting else { return }
      state.isWriting = true
      queue.async { self.work() }
    }
  }

  func wait() { queue.sync {} }

  private func work() {
    while let job = next() {
      do throws(SessionError) {
        let path = try write(job)
        state.withLock {
          $0.status = Snapshot.SaveStatus(
            path: path, step: job.content.step, time: wallClock(), error: nil)
          // Saved elsewhere by name: that is the run's file from now on.
          if job.path != nil, $0.autosavePath != nil {
            $0.autosavePath = path
            $0.ownsFile = true
          }
        }
      } catch {
        state.withLock {
          $0.status.error = error.description
          $0.hasFailed = true
        }
      }
      onChange()
    }
  }

  private func next() -> Job? {
    state.withLock { state in
      if state.waiting.isEmpty {
        state.isWriting = false
        return nil
      }
      return state.waiting.removeFirst()
    }
  }

  /// Writes one job; returns where. A new file never takes the place of one that somebody else made
  /// meanwhile: it gets the next free number instead.
  private func write(_ job: Job) throws(SessionError) -> String {
    let (own, ownsFile) = state.withLock { ($0.autosavePath, $0.ownsFile) }
    if let path = job.path {
      // Folders are made for what Weft names itself, not for what a person may have mistyped.
      try SessionFile.write(
        job.content, to: path,
        makingFolders: path == own
          || SessionFolders.isOwn(SessionFolders.parent(SessionFolders.absolute(path))))
      return path
    }
    guard var path = own else { throw SessionError("this run has no file of its own") }
    var attempts = 0
    while try !SessionFile.write(job.content, to: path, replacing: ownsFile) {
      attempts += 1
      guard attempts < 100 else {
        throw SessionError("\(path): the file is there already and was not replaced")
      }
      path = SessionFolders.freshPath(
        for: job.content.experiment, in: SessionFolders.parent(path))
    }
    state.withLock {
      $0.autosavePath = path
      $0.ownsFile = true
    }
    return path
  }
}
