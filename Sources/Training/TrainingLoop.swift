import Learning

/// What happens on the training queue: commands change the run, slices advance it, and every so often
/// there is a snapshot. Plain and single-threaded; `Trainer` gives it its queue.
final class TrainingLoop {
  /// Seconds of training between two looks at the mailbox.
  private static let sliceSeconds = 0.004
  /// Seconds between two snapshots of a running run.
  private static let snapshotSeconds = 1.0 / 20
  private let run: Run
  private let saver: Saver
  private var description: RunDescription
  private var mode = Snapshot.State.paused
  private var speed = Speed.full
  private var phase: String?
  private var notice: Snapshot.Notice?
  private var revision = 0
  private var lastSnapshot = 0.0
  private var watch = FailureWatch()
  private var changed = true
  /// Whether a person waits to hear that the run is saved.
  private var asked = false
  private var parameters: Parameters?
  private var clock = StepClock()
  /// Clients without the hypernetwork, where there are clients.
  private var rivals: ClientRivals?

  /// - Parameter onSave: called, on some other queue, when the state of saving is new.
  init(_ run: sending Run, saving: Saving, onSave: @escaping @Sendable () -> Void = {}) {
    self.run = run
    saver = Saver(saving, fileStep: run.isAsInItsFile ? run.step : nil, onChange: onSave)
    description = run.description
  }

  // MARK: Commands

  func perform(_ command: Command) {
    changed = true
    switch command {
    case .run: start()
    case .pause: pause()
    case .toggle: mode == .running ? pause() : start()
    case .step:
      pause()
      completePhases()
      guard mode == .paused else { return }
      advance()
    case .phase:
      pause()
      guard mode == .paused else { return }
      watch.begin(run)
      let (name, complete) = run.advancePhase()
      phase = name
      parameters = nil
      if complete { afterStep(loss: run.trainingLoss ?? 0) }
    case .speed(let speed):
      self.speed = speed
      clock.restart(at: now)
    case .rewind:
      beginAnew { [run] in
        run.rewind()
        return "back to step 0 with the same initial weights (seed \(run.seed))"
      }
    case .reseed(let seed):
      beginAnew { [run] in
        run.rewind(seed: seed)
        return "new initial weights from seed \(seed)"
      }
    case .set(let name, let value): turn(name, to: value)
    case .restoreLastGood:
      guard let good = watch.lastGood else {
        return tell("there is no earlier good state; r rewinds")
      }
      run.state = good
      restart("back at step \(good.step), the last good one")
    case .goBack(let task): goBack(toEndOf: task)
    case .write(let variable, let index, let value):
      parameters = nil
      watch.restart()
      tell(
        run.write(value, to: variable, at: index)
          ? "\(variable)[\(index)] is now \(value)" : "\(variable) has no number \(index)")
    case .fit(let task): fit(task)
    case .save(let path):
      completePhases()
      saver.save(run, state: stateToSave, to: path)
      asked = true
    case .quit:
      pause()
      completePhases()
      // What went wrong stands in the status.
      try? saver.saveAtEnd(run, state: stateToSave)
    }
  }

  /// What is saved of a run that failed: where it was still good.
  private var stateToSave: Run.State? {
    if case .failed = mode { watch.lastGood } else { nil }
  }

  /// Tells of a save that was asked for, once it is done.
  func saveEnded() {
    changed = true
    let status = saver.status
    if let error = status.error {
      tell(error)
    } else if asked, let path = status.path {
      tell("saved \(path)")
    }
    asked = false
  }

  private func start() {
    completePhases()
    if case .failed = mode {
      return tell("the run stopped by itself; go back to the last good state or rewind first")
    }
    mode = .running
    clock.restart(at: now)
  }

  private func pause() {
    if mode == .running { mode = .paused }
  }

  /// Ends a step that was begun phase by phase; it is a step like any other.
  private func completePhases() {
    guard phase != nil else { return }
    if run.isMidStep {
      while run.isMidStep { _ = run.advancePhase() }
      afterStep(loss: run.trainingLoss ?? 0)
    }
    phase = nil
    parameters = nil
  }

  private func restart(_ text: String) {
    if case .failed = mode { mode = .paused }
    phase = nil
    parameters = nil
    watch = FailureWatch(lastGood: run.step == 0 ? nil : watch.lastGood)
    clock.restart(at: now)
    tell(text)
  }

  /// Goes back to step 0, once what was trained is safe in its file.
  private func beginAnew(_ change: () throws(KnobError) -> String) {
    completePhases()
    do throws(SessionError) {
      let left = try saver.leaveBehind(run, state: stateToSave)
      do throws(KnobError) {
        let text = try change()
        restart(left.map { "\(text); what was trained stays in \($0)" } ?? text)
      } catch { tell(error.description) }
    } catch { tell("\(error); nothing was changed") }
  }

  /// Back to where a task had just been learned, once what was trained since is safe in its file.
  private func goBack(toEndOf task: Int) {
    guard let state = run.stateAtEnd(of: task) else {
      let reached = run.milestones.map { "\($0.task + 1)" }.joined(separator: ", ")
      return tell(
        reached.isEmpty
          ? "no task has been learned to its end yet"
          : "of task \(task + 1) there is no state to go back to; a run keeps those of tasks that it "
            + "learned since it was opened (learned so far: \(reached))")
    }
    beginAnew { [run] in
      run.state = state
      return "back at step \(state.step), where task \(task + 1) had been learned"
    }
  }

  private func turn(_ name: String, to value: KnobValue) {
    let knob = run.experiment.knobs.first { $0.name == name }
    let title = knob?.title ?? name
    if let knob, knob.effect == .rebuild, knob.contains(value), run.knobs[name] != value {
      return beginAnew { [run] () throws(KnobError) in
        _ = try run.set(name, to: value)
        description = run.description
        return "\(title) \(value): networks built anew, training starts over"
      }
    }
    do throws(KnobError) {
      _ = try run.set(name, to: value)
      watch.restart()
      tell("\(title) \(value), live")
    } catch { tell(error.description) }
  }

  private func fit(_ task: Int) {
    guard let loss = run.fit(task: task) else {
      return tell("only a held-out task is fitted; a trained one has its embedding")
    }
    let name = description.tasks[task].name
    tell("context fitted to \(name): loss \(loss) on its examples, θ untouched")
  }

  private func tell(_ text: String) {
    notice = Snapshot.Notice(number: (notice?.number ?? 0) + 1, text: text)
  }

  // MARK: Steps

  /// Trains for a few milliseconds. Returns the seconds until there is something to do again, nil
  /// for nothing.
  func slice() -> Double? {
    guard mode == .running else { return saver.saveIfDue(run, state: stateToSave) }
    let begin = now
    repeat {
      if let wanted = speed.stepsPerSecond, !clock.isDue(at: now, perSecond: wanted) { break }
      advance()
    } while mode == .running && now - begin < Self.sliceSeconds
    let untilSave = saver.saveIfDue(run, state: stateToSave)
    guard mode == .running else { return untilSave }
    return speed.stepsPerSecond == nil ? 0 : clock.wait(at: now)
  }

  /// One step, unless the run is paused; for whoever has a clock of its own. Returns whether the
  /// run goes on.
  func advanceIfRunning() -> Bool {
    guard mode == .running else { return false }
    advance()
    return mode == .running
  }

  var step: Int { run.step }

  /// Waits until what was handed over to be saved is on the disk, and tells of it.
  func finishSaving() {
    try? saver.saveAtEnd(run, state: stateToSave)
    saveEnded()
  }

  private func advance() {
    watch.begin(run)
    afterStep(loss: run.advance())
  }

  private func afterStep(loss: Float) {
    changed = true
    parameters = nil
    clock.count(at: now)
    if let text = run.takeNotice() { tell(text) }
    if let failure = watch.finishStep(of: run, loss: loss) {
      mode = .failed(failure)
    } else if run.isEvaluationDue {
      advanceRivals()
    }
  }

  /// Brings the clients' rivals to where the run is, by a few evaluations at a time: one that was opened at
  /// a late step does not stand still for it.
  private func advanceRivals() {
    if rivals?.belong(to: run) != true { rivals = ClientRivals(of: run) }
    rivals?.advance(to: run.step, atMost: 4 * run.experiment.evaluationInterval)
  }

  // MARK: Snapshots

  private var now: Double { Saver.now }

  func snapshotIfDue(force: Bool) -> Snapshot? {
    guard changed, force || mode != .running || now - lastSnapshot >= Self.snapshotSeconds else {
      return nil
    }
    return snapshot()
  }

  func snapshot() -> Snapshot {
    changed = false
    lastSnapshot = now
    revision += 1
    let parameters = self.parameters ?? run.parameters()
    self.parameters = parameters
    return Snapshot(
      description: description, revision: revision, state: mode, step: run.step, phase: phase,
      stepsPerSecond: mode == .running ? clock.rate : 0, speed: speed, seed: run.seed,
      knobs: run.knobs, trainingLoss: run.trainingLoss, validationLoss: run.validationLoss,
      history: run.history, tasks: run.statusesWithContexts(), currentTask: run.currentTask,
      milestones: run.milestones, gradientCosine: run.gradientCosine,
      rivals: rivals.flatMap { $0.belong(to: run) ? $0.standing : nil }, traffic: run.traffic,
      parameters: parameters, notice: notice, saved: saver.status)
  }
}

/// Paces steps and measures how many there are a second.
struct StepClock {
  private var next = 0.0
  private var since = 0.0
  private var steps = 0
  private(set) var rate = 0.0

  mutating func restart(at now: Double) {
    next = now
    since = now
    steps = 0
    rate = 0
  }

  mutating func count(at now: Double) {
    steps += 1
    let seconds = now - since
    if seconds >= 0.5 {
      rate = Double(steps) / seconds
      since = now
      steps = 0
    } else if rate == 0, seconds > 0.05 {
      rate = Double(steps) / seconds
    }
  }

  /// Whether the next step is due; then the one after it is due a period later. Steps that were
  /// late are made up for, but not those of more than a tenth of a second.
  mutating func isDue(at now: Double, perSecond: Double) -> Bool {
    guard now >= next else { return false }
    next = max(next + 1 / perSecond, now - 0.1)
    return true
  }

  func wait(at now: Double) -> Double { max(next - now, 0) }
}
