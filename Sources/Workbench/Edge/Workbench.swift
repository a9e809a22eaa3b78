import Dispatch
import Foundation
import Learning
import Terminal
import Training

/// The workbench as a program: holds the model, a run in training and its probe, turns events into
/// messages, and does what `update` requests. Used from one thread, the one that owns the screen;
/// files are read and written on others.
public final class Workbench: Program {
  package private(set) var model: Model
  private var trainer: any TrainingService
  private var desks: Desks
  private var race: (any RacingService)?
  private let inbox = Inbox()
  private let wake: @Sendable () -> Void
  /// Threads of a run that is opened or started, and whether it saves itself.
  private let threads: Int
  private let autosaves: Bool
  /// Where sessions are listed from.
  private let folders: [String]
  private let files = DispatchQueue(label: "weft.files", qos: .userInitiated)
  /// Whether everything happens at once, on this thread (in scripts).
  private let isSynchronous: Bool

  private var now = 0.0
  private var frames = Pace()
  private var isOpening = false
  /// Whether leaving without saving was warned of already.
  private var wasWarned = false
  /// Why themes could not be read, as far as it was said.
  private var toldProblems: Set<ThemeError> = []
  private var terminalRequests: [TerminalRequest] = []

  public private(set) var exitStatus: Int32?
  /// Why the run could not be saved when the program ended, to be told after the screen is gone.
  public private(set) var problemAtEnd: String?

  /// Takes a run over.
  /// - Parameters:
  ///   - theme: what is shown at first; `:theme` finds the others.
  ///   - wake: called from any thread when there is news; must lead to an event `.wake`.
  public convenience init(
    run: sending Run, saving: Saving, theme: Theme, size: Size, capabilities: Capabilities,
    wake: @escaping @Sendable () -> Void
  ) {
    let threads = run.threads
    self.init(
      Trainer(run, saving: saving, onSnapshot: wake), threads: threads,
      autosaves: saving.autosavePath != nil, theme: theme, size: size, capabilities: capabilities,
      isSynchronous: false, wake: wake)
  }

  /// - Parameter isSynchronous: nothing happens on other threads: for scripts.
  init(
    _ trainer: any TrainingService, threads: Int, autosaves: Bool, theme: Theme, size: Size,
    capabilities: Capabilities, isSynchronous: Bool, wake: @escaping @Sendable () -> Void
  ) {
    guard let first = trainer.latest else {
      preconditionFailure("a trainer begins with a snapshot")
    }
    self.trainer = trainer
    self.wake = wake
    self.threads = threads
    self.autosaves = autosaves
    self.isSynchronous = isSynchronous
    folders = SessionFolders.shipped() + [SessionFolders.own()]
    desks = Desks(inbox, isSynchronous: isSynchronous, wake: wake)
    model = Model(snapshot: first, size: size, capabilities: capabilities, theme: theme)
    model.themeNames = Themes.available()
    frames.want(urgent: true)
    desks.wantProbe(of: model, urgent: true)
  }

  // MARK: Events

  public func handle(_ event: Event, now: Double) {
    self.now = max(now, self.now)
    switch event {
    case .key(let key): take(.key(key), urgent: true)
    case .mouse(let mouse): take(.mouse(mouse), urgent: true)
    case .resize(let size): take(.resize(size), urgent: true)
    case .wake: takeNews()
    case .time: takeTime()
    case .resumed:
      terminalRequests.append(.redraw)
      if model.usesMouse { terminalRequests.append(.mouse(true)) }
      frames.want(urgent: true)
    case .end(let signal): end(signal)
    }
    ask()
  }

  private func take(_ message: Message, urgent: Bool = false) {
    let requests = model.update(message, now: now)
    frames.want(urgent: urgent)
    for request in requests { perform(request) }
    desks.wantProbe(of: model, urgent: urgent)
  }

  private func takeTime() {
    // Only what changes by itself is a reason to draw again.
    if let due = model.changesAt,
      due <= now + 1e-6 || model.anchors.playing != nil || model.isSpeaking
        || model.target.turning != nil
    {
      take(.time)
    }
  }

  private func takeNews() {
    for item in inbox.take() {
      switch item {
      case .message(let message): take(message)
      case .opened(let other): takeOver(other)
      case .race(let other, let isFromFile, let left):
        takeOver(other, isFromFile: isFromFile, left: left)
      case .notOpened(let reason):
        isOpening = false
        take(.failure(reason))
      case .answer(let post):
        if let (message, isUrgent) = desks.answer(of: post, now: now) {
          take(message, urgent: isUrgent)
        }
      }
    }
    if let snapshot = trainer.latest, snapshot.revision > model.snapshot.revision {
      take(.snapshot(snapshot))
    }
    if let latest = race?.latest, latest.revision > model.comparison.race?.revision ?? 0 {
      take(.race(latest))
    }
  }

  /// Asks all desks whose time has come.
  private func ask() {
    for post in Desks.Post.allCases where desks.askIfDue(post, model, now: now) { takeNews() }
  }

  // MARK: Requests

  private func perform(_ request: Request) {
    switch request {
    case .train(.set("data", .text(let path))) where !path.isEmpty:
      let kept = SessionFolders.kept(SessionFolders.typed(path))
      trainer.send(.set(knob: "data", to: .text(kept)))
    case .train(let command): trainer.send(command)
    case .open(let path): open(path)
    case .beginRace(let setup):
      replaceRace(isFromFile: false, path: nil) { () throws(KnobError) in try setup.make() }
    case .race(let command): race?.send(command)
    case .start(let experiment): start(experiment)
    case .listSessions: listSessions()
    case .readArchitecture(let path): readArchitecture(SessionFolders.typed(path))
    case .write(let data, let path, let what): write(data, to: path, what)
    case .theme(let name):
      do throws(ThemeError) { take(.theme(try Themes.named(name))) } catch {
        take(.failure(error.description))
      }
    case .nextTheme(let name): nextTheme(after: name)
    case .listThemes: background { .message(.themes(Themes.available())) }
    case .terminal(let request): terminalRequests.append(request)
    case .quit: quit()
    }
  }

  /// Does something with files: on their queue, or at once in a script.
  private func background(_ work: @escaping @Sendable () -> Inbox.Item) {
    let inbox = inbox
    let wake = wake
    if isSynchronous {
      inbox.put(work())
      return takeNews()
    }
    files.async {
      inbox.put(work())
      wake()
    }
  }

  private func readArchitecture(_ path: String) {
    background {
      do throws(KnobError) {
        return .message(.architecture(try Architecture(path: path), path: path))
      } catch {
        return .message(.failure(error.description))
      }
    }
  }

  private func listSessions() {
    let folders = folders
    background { .message(.sessions(SessionFile.list(folders))) }
  }

  /// Files that were dropped into a folder since count, and one that cannot be read is passed over;
  /// which one, and why, is said once.
  private func nextTheme(after name: String) {
    take(.themes(Themes.available()))
    let (theme, problems) = Themes.next(after: name)
    take(.theme(theme))
    if let new = problems.first(where: { !toldProblems.contains($0) }) {
      take(.failure("passed over: \(new)"))
    }
    toldProblems.formUnion(problems)
  }

  private func write(_ data: Data, to path: String, _ what: String) {
    let path = SessionFolders.typed(path)
    background {
      guard !SessionFormat.isOurs(path) else {
        return .message(
          .failure("\(path): this is a session, and is left as it is; name another file"))
      }
      do throws(SessionError) {
        try Files.write(data, to: path, makingFolders: false)
        return .message(.success("exported \(what) to \(path)"))
      } catch {
        return .message(.failure(error.description))
      }
    }
  }

  public var needsFrame: Bool { frames.isDue(at: now) }

  public var wakeAt: Double? {
    [frames.dueAt, desks.dueAt(model), model.changesAt].compactMap { $0 }.min()
  }

  public func render(on canvas: Canvas, capabilities: Capabilities, now: Double) {
    self.now = max(now, self.now)
    model.capabilities = capabilities
    Screen.render(model, on: canvas)
    frames.done(at: self.now)
  }

  public func takeRequests() -> [TerminalRequest] {
    defer { terminalRequests = [] }
    return terminalRequests
  }

  // MARK: Scripts

  /// The run, where a script steps it.
  var steppedTrainer: SteppedTrainer? { trainer as? SteppedTrainer }

  /// Runs a line as the palette does.
  func run(line: String, now: Double) {
    self.now = max(now, self.now)
    take(.line(line), urgent: true)
    ask()
  }

  /// Takes what would be drawn now as drawn: nobody looks.
  func skipFrame(now: Double) {
    if frames.isDue(at: now) { frames.done(at: now) }
  }

  // MARK: Other runs

  private func open(_ path: String) {
    let threads = threads
    let path = SessionFolders.typed(path)
    // What is in view already goes on; its file is older than it.
    if let present = race?.latest, present.path == path {
      return take(.raceOpened(present, isFromFile: true), urgent: true)
    }
    guard !ComparisonFile.isComparison(path) else {
      return replaceRace(isFromFile: true, path: path) { () throws(SessionError) in
        try ComparisonFile.open(path)
      }
    }
    replaceRun { () throws(SessionError) in try SessionFile.open(path, threads: threads) }
  }

  private func start(_ name: String) {
    let threads = threads
    // The same seed as before, so that what is compared differs in one thing only.
    let seed = model.snapshot.seed
    replaceRun { () throws(KnobError) in
      guard let experiment = Experiments.named(name) else {
        throw KnobError("there is no experiment '\(name)'")
      }
      return try Run(experiment, seed: seed, threads: threads)
    }
  }

  /// Makes another run; then saves the present one; only then takes the other over. What goes wrong
  /// leaves everything as it is.
  private func replaceRun<E: Error & CustomStringConvertible>(
    _ make: @escaping @Sendable () throws(E) -> sending Run
  ) {
    guard !isOpening else { return take(.failure("another session is still being opened")) }
    guard let present = trainer as? Trainer else {
      // A script's run is not kept by itself, so neither are those it opens.
      let saving = Saving(path: nil, autosavePath: nil)
      do throws(E) { takeOver(SteppedTrainer(try make(), saving: saving)) } catch {
        take(.failure(error.description))
      }
      return
    }
    isOpening = true
    let wake = wake
    let autosaves = autosaves
    background {
      do throws(E) {
        let run = try make()
        present.send(.quit)
        present.finish()
        if let problem = present.latest?.saved.error {
          return .notOpened("nothing opened, for this run cannot be saved: \(problem)")
        }
        var saving = Saving.standard(for: run)
        if !autosaves { saving.autosavePath = nil }
        return .opened(Trainer(run, saving: saving, onSnapshot: wake))
      } catch {
        return .notOpened(error.description)
      }
    }
  }

  private func takeOver(_ other: any TrainingService) {
    isOpening = false
    guard let first = other.latest else { return }
    trainer = other
    desks = Desks(inbox, isSynchronous: isSynchronous, wake: wake)
    take(.opened(first), urgent: true)
  }

  // MARK: The race

  /// Makes a race; only then stops the present one, which saves what is not on the disk yet. What goes
  /// wrong leaves everything as it is.
  private func replaceRace<E: Error & CustomStringConvertible>(
    isFromFile: Bool, path: String?,
    _ make: @escaping @Sendable () throws(E) -> sending Comparison
  ) {
    guard !isSynchronous else {
      do throws(E) {
        takeOver(SteppedRace(try make(), path: path), isFromFile: isFromFile)
      } catch { take(.noRace(error.description)) }
      return
    }
    let wake = wake
    let keeps = autosaves
    let present = race as? Race
    background {
      do throws(E) {
        let comparison = try make()
        present?.send(.stop)
        present?.finish()
        if keeps, let old = present?.latest, !old.isSaved, let notice = old.notice, notice.isWrong {
          return .message(.noRace("no other race, for this one cannot be saved: \(notice.text)"))
        }
        let left = present?.latest.flatMap { $0.isSaved ? $0.path : nil }
        return .race(
          Race(comparison, path: path, keeps: keeps, onStanding: wake), isFromFile: isFromFile,
          left: left)
      } catch { return .message(.noRace(error.description)) }
    }
  }

  private func takeOver(_ other: any RacingService, isFromFile: Bool, left: String? = nil) {
    guard let first = other.latest else { return }
    race = other
    take(.raceOpened(first, isFromFile: isFromFile, left: left), urgent: true)
  }

  /// The race, where a script steps it.
  var steppedRace: SteppedRace? { race as? SteppedRace }

  /// Begins with a comparison in view.
  public func open(_ opened: sending OpenedComparison) {
    let (path, comparison) = (opened.path, opened.comparison)
    let other: any RacingService =
      isSynchronous
      ? SteppedRace(comparison, path: path)
      : Race(comparison, path: path, keeps: autosaves, onStanding: wake)
    takeOver(other, isFromFile: true)
  }

  // MARK: The end

  /// Saves and leaves; where saving fails, says so and stays, unless it was asked for twice.
  private func quit() {
    let problem = saveAtEnd()
    if let problem, !wasWarned {
      wasWarned = true
      return take(.notSaved(problem), urgent: true)
    }
    problemAtEnd = problem
    exitStatus = 0
  }

  /// Saves as well as it can, and leaves whatever comes of it.
  private func end(_ signal: Int32) {
    problemAtEnd = saveAtEnd()
    exitStatus = signal == 2 ? 0 : 128 + signal
  }

  private func saveAtEnd() -> String? {
    trainer.send(.quit)
    race?.send(.stop)
    trainer.finish()
    race?.finish()
    if let error = trainer.latest?.saved.error { return error }
    guard autosaves, let race = race?.latest, !race.isSaved, let notice = race.notice else {
      return nil
    }
    return notice.isWrong ? notice.text : nil
  }
}
