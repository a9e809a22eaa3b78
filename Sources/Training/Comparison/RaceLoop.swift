import Foundation
import Learning

/// What happens on the race's queue: commands, slices of training or a measurement, and every so often
/// a snapshot. Plain and single-threaded; `Race` gives it its queue.
final class RaceLoop {
  /// Seconds of training between two looks at the mailbox.
  private static let sliceSeconds = 0.02
  /// Seconds between two snapshots.
  private static let snapshotSeconds = 0.1
  /// Seconds of a race between two saves by itself: what a crash costs at most. A file of some
  /// megabytes takes a part of a second.
  private static let saveSeconds = 60.0

  private var comparison: Comparison
  /// Whether it saves itself every so often, and when it is stopped.
  private let keeps: Bool
  private var isRunning = false
  private var path: String?
  /// The comparison's revision that is on the disk; at first nothing is worth a file.
  private var savedRevision: Int
  private var notice: RaceSnapshot.Notice?
  private var revision = 0
  private var changed = true
  private var lastSnapshot = 0.0
  /// What the last snapshot says is being done, and whether the next one cannot wait.
  private var shown = Comparison.Activity.nothing
  private var mustShow = false
  private var lastSave = 0.0

  /// - Parameter path: where the comparison was opened from.
  init(_ comparison: sending Comparison, path: String?, keeps: Bool) {
    self.comparison = comparison
    self.path = path
    self.keeps = keeps
    savedRevision = comparison.revision
  }

  func perform(_ command: RaceCommand) {
    changed = true
    switch command {
    case .run: start()
    case .pause: isRunning = false
    case .toggle: if isRunning { isRunning = false } else { start() }
    case .restart: restart()
    case .save(let path): save(to: path)
    case .stop:
      isRunning = false
      if keeps, comparison.revision != savedRevision { save(to: nil) }
    }
  }

  private func start() {
    guard !comparison.isDone else { return tell("the race is done; r races anew from step 0") }
    if !isRunning { lastSave = steadyClock() }
    isRunning = true
  }

  private func restart() {
    isRunning = false
    let hadProgress = comparison.revision > 0 || path != nil
    if keeps, comparison.revision != savedRevision {
      save(to: nil)
      guard problem == nil else { return }
    }
    do throws(KnobError) {
      comparison = try Comparison(
        comparison.contest, knobs: comparison.knobs, entries: comparison.entries,
        seeds: comparison.seeds, budget: comparison.budget)
      tell(
        "the race stands at step 0"
          + (hadProgress ? path.map { "; what was trained stays in \($0)" } ?? "" : ""))
      path = nil
      savedRevision = 0
    } catch { tell(error.description, isWrong: true) }
  }

  private func tell(_ text: String, isWrong: Bool = false) {
    notice = .init(number: (notice?.number ?? 0) + 1, text: text, isWrong: isWrong)
  }

  // MARK: Files

  private func save(to name: String?) {
    let own = path.flatMap { SessionFolders.isShipped($0) ? nil : $0 }
    let target =
      name.map(SessionFolders.typed) ?? own
      ?? SessionFolders.freshPath(for: "\(comparison.contest.name)-race")
    do throws(SessionError) {
      if name != nil, FileManager.default.fileExists(atPath: target) {
        guard ComparisonFile.isComparison(target), !SessionFolders.isShipped(target) else {
          throw SessionError(
            "\(target): this is not a comparison of yours; it is left as it is, name another file")
        }
      }
      try ComparisonFile.write(comparison, to: target, makingFolders: name == nil)
      path = target
      savedRevision = comparison.revision
      lastSave = steadyClock()
      tell("saved \(target)")
    } catch { tell(error.description, isWrong: true) }
  }

  /// Nobody asked, so only what goes wrong is told. Returns whether it is on the disk.
  @discardableResult
  private func saveByItself() -> Bool {
    let before = notice
    save(to: nil)
    lastSave = steadyClock()
    guard problem == nil else { return false }
    notice = before
    return true
  }

  /// Why what was asked last could not be done, if it could not.
  var problem: String? { notice.flatMap { $0.isWrong ? $0.text : nil } }

  // MARK: Slices

  /// Trains or measures for a moment, if the race goes on. Returns whether there is more to do.
  func slice() -> Bool {
    // What may take long is shown before it begins.
    if isRunning, case .measuring = comparison.activity, shown != comparison.activity {
      (changed, mustShow) = (true, true)
      return true
    }
    return advance { $0.advance(seconds: Self.sliceSeconds) }
  }

  /// The same, by steps.
  func advance(steps: Int) -> Bool { advance { $0.advance(steps: steps) } }

  private func advance(_ body: (Comparison) -> Void) -> Bool {
    guard isRunning else { return false }
    body(comparison)
    changed = true
    if comparison.isDone {
      isRunning = false
      if !keeps || saveByItself() { tell("the race is done: everything is trained and measured") }
    } else if keeps, steadyClock() - lastSave >= Self.saveSeconds {
      saveByItself()
    }
    return isRunning
  }

  // MARK: Snapshots

  func snapshotIfDue(force: Bool) -> RaceSnapshot? {
    let isDue = !isRunning || mustShow || steadyClock() - lastSnapshot >= Self.snapshotSeconds
    guard changed, force || isDue else { return nil }
    return snapshot()
  }

  func snapshot() -> RaceSnapshot {
    (changed, mustShow) = (false, false)
    shown = comparison.activity
    lastSnapshot = steadyClock()
    revision += 1
    return RaceSnapshot(
      standing: comparison.standing,
      state: comparison.isDone ? .done : isRunning ? .running : .paused,
      activity: comparison.activity, path: path,
      isSaved: path != nil && comparison.revision == savedRevision, notice: notice,
      revision: revision)
  }
}
