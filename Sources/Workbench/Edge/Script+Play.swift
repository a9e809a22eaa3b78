import Foundation
import Learning
import Terminal
import Training

extension Script {
  /// Plays the script on a run and returns the exit status. The run is saved only where the script
  /// says so.
  /// - Parameter output: takes what is written to `-`.
  public func play(
    run: sending Run, theme: Theme = .standard, size: Size = Size(120, 36),
    capabilities: Capabilities = Capabilities(colors: .palette256, unicode: true),
    comparison: sending OpenedComparison? = nil, output: (String) -> Void
  ) throws(ScriptError) -> Int32 {
    let stage = Stage(run: run, theme: theme, size: size, capabilities: capabilities)
    if let comparison { stage.workbench.open(comparison) }
    for (number, line) in lines {
      do throws(Stage.Problem) { try stage.play(line, output) } catch {
        throw ScriptError("\(name):\(number): \(error.text)", exitStatus: 1)
      }
      if let status = stage.workbench.exitStatus { return status }
    }
    return 0
  }
}

/// A workbench with a clock of its own.
private final class Stage {
  struct Problem: Error { var text: String }

  let workbench: Workbench
  private let capabilities: Capabilities
  private var size: Size
  private var now = 0.0
  /// When the run takes its next step.
  private var nextStep = 0.0
  private var lastNews = 0.0
  private var clipboard: String?

  /// Steps in one wait; a script that wants more is taken for one that never ends.
  private static let mostSteps = 10_000_000
  /// Seconds between two snapshots of a running run.
  private static let newsInterval = 0.04

  init(run: sending Run, theme: Theme, size: Size, capabilities: Capabilities) {
    let threads = run.threads
    let trainer = SteppedTrainer(run, saving: Saving(path: nil, autosavePath: nil))
    self.size = size
    self.capabilities = capabilities
    workbench = Workbench(
      trainer, threads: threads, autosaves: false, theme: theme, size: size,
      capabilities: capabilities,
      isSynchronous: true, wake: {})
    send(.resize(size))
  }

  func play(_ line: Script.Line, _ output: (String) -> Void) throws(Problem) {
    switch line {
    case .keys(let keys):
      for key in keys where workbench.exitStatus == nil { send(.key(key)) }
    case .command(let line):
      workbench.run(line: line, now: now)
      send(.wake)
    case .wait(let condition): try wait(for: condition)
    case .screen(let path): try write(screen, to: path, output)
    case .json(let path): try write(state.text, to: path, output)
    case .size(let size):
      self.size = size
      send(.resize(size))
    }
  }

  /// An event, and what the run has to say about it.
  private func send(_ event: Event) {
    workbench.handle(event, now: now)
    if event != .wake { workbench.handle(.wake, now: now) }
    for case .copy(let text) in workbench.takeRequests() { clipboard = text }
  }

  // MARK: Time

  private func wait(for condition: Script.Condition) throws(Problem) {
    if case .race(let share) = condition { return try waitForRace(share) }
    let begin = now
    nextStep = max(nextStep, now)
    for _ in 0..<Self.mostSteps {
      guard let trainer = workbench.steppedTrainer else { return }
      if holds(condition, trainer, since: begin) { return news() }
      let isRunning = trainer.latest?.state == .running
      if !isRunning {
        switch condition {
        case .paused: return news()
        case .step, .lossBelow:
          let step = trainer.step
          throw Problem(text: "the run is not running at step \(step), so this would wait for ever")
        case .seconds, .race: break
        }
      }
      let end =
        if case .seconds(let seconds) = condition { begin + seconds } else { Double.infinity }
      let due = [isRunning ? nextStep : .infinity, workbench.wakeAt ?? .infinity, end].min() ?? end
      now = max(now, due)
      if isRunning, nextStep <= now {
        nextStep = now + (trainer.advance() ?? 0)
        if now - lastNews >= Self.newsInterval || trainer.latest?.state != .running { news() }
      }
      if let wake = workbench.wakeAt, wake <= now {
        send(.time)
        // Nothing is shown, so nothing waits to be.
        workbench.skipFrame(now: now)
      }
    }
    throw Problem(text: "still waiting after \(Self.mostSteps) steps")
  }

  private func holds(
    _ condition: Script.Condition, _ trainer: SteppedTrainer, since begin: Double
  ) -> Bool {
    switch condition {
    case .step(let step): trainer.step >= step
    case .lossBelow(let limit): trainer.latest?.trainingLoss.map { $0 < limit } ?? false
    case .paused: trainer.latest?.state != .running
    case .seconds(let seconds): now >= begin + seconds
    case .race: true
    }
  }

  /// Until so much of the race is done; all of it means that everything is measured too.
  private func waitForRace(_ share: Double) throws(Problem) {
    for _ in 0..<Self.mostSteps {
      guard let race = workbench.steppedRace, let latest = race.latest else {
        throw Problem(text: "there is no race; 8 sets one up")
      }
      if share < 1 ? latest.standing.progress >= share : latest.state == .done {
        return send(.wake)
      }
      guard latest.state == .running else {
        throw Problem(text: "the race is not running, so this would wait for ever")
      }
      _ = race.advance()
      race.refresh()
    }
    throw Problem(text: "still waiting after \(Self.mostSteps) slices of the race")
  }

  private func news() {
    lastNews = now
    workbench.steppedTrainer?.refresh()
    send(.wake)
  }

  // MARK: What is written

  private var screen: String {
    let buffer = CellBuffer(size)
    workbench.render(on: buffer.canvas, capabilities: capabilities, now: now)
    return buffer.text + "\n"
  }

  private func write(
    _ text: String, to path: String, _ output: (String) -> Void
  ) throws(Problem) {
    if path == "-" { return output(text) }
    do throws(SessionError) { try Files.write(Data(text.utf8), to: path) } catch {
      throw Problem(text: error.description)
    }
  }

  private var state: JSONValue {
    let model = workbench.model
    guard case .object(let members) = model.state else { return model.state }
    return .object(
      members + [("clipboard", JSONValue(clipboard)), ("seconds", .number(Float(now)))])
  }
}
