import Learning
import Training

/// The race of methods: the verbs of the run, meant for it, while its pane is in view.
extension Model {
  /// Shows the race; where there is none yet, or settings were typed, sets one up.
  mutating func compare(_ settings: String) -> [Request] {
    let experiment = snapshot.description.experiment
    let hasContest = Contests.named(experiment) != nil
    let isOfThisRun =
      comparison.race.map {
        $0.standing.contest == experiment || comparison.isFromFile || !hasContest
      } ?? comparison.isPreparing
    if settings.isEmpty, isOfThisRun {
      showRace()
      return []
    }
    do throws(KnobError) {
      let setup = try ComparisonSetup(contest: experiment, words: settings)
      guard Contests.named(setup.contest) != nil else {
        let names = Contests.all.map(\.name)
        tell(
          .warning,
          "methods are not raced on \(experiment); :compare family=NAME races them on "
            + names.joined(separator: ", "))
        return []
      }
      comparison.isPreparing = true
      showRace()
      return [.beginRace(setup)]
    } catch {
      tell(.failure, error.description)
      return []
    }
  }

  private mutating func showRace() {
    if focus != .compare { comparison.cameFrom = focus }
    go(to: .compare)
  }

  mutating func begin(with race: RaceSnapshot, isFromFile: Bool, left: String?) {
    let cameFrom = comparison.cameFrom
    comparison = ComparisonView()
    comparison.cameFrom = cameFrom
    comparison.race = race
    comparison.isFromFile =
      isFromFile || race.standing.contest != snapshot.description.experiment
    showRace()
    tell(
      .success,
      "\(race.standing.rows.count == 1 ? "1 method" : "\(race.standing.rows.count) methods") on "
        + "\(race.standing.contest); "
        + (race.state == .done ? "the race is done" : "space runs the race")
        + (left.map { "; the one before is in \($0)" } ?? ""))
  }

  mutating func adopt(_ race: RaceSnapshot) {
    let before = comparison.race?.notice?.number ?? 0
    comparison.race = race
    if let notice = race.notice, notice.number > before {
      tell(notice.isWrong ? .failure : .success, notice.text)
    }
  }

  mutating func haveNoRace(_ reason: String) {
    comparison.isPreparing = false
    tell(.failure, reason)
  }

  // MARK: Keys

  /// What a command means for the race; nil where it means what it means everywhere.
  mutating func performInRace(_ action: Action, _ argument: String) -> [Request]? {
    switch action {
    case .toggleRun: return toggleRace()
    case .rewind:
      comparison.crosshair = nil
      return comparison.race == nil ? [] : [.race(.restart)]
    case .save:
      return comparison.race == nil
        ? [] : [.race(.save(path: argument.isEmpty ? nil : argument))]
    case .enter, .zoom:
      let parts = ComparisonView.Part.allCases
      let index = parts.firstIndex(of: comparison.part) ?? 0
      comparison.part = parts[wrapped(index + 1, parts.count)]
      return []
    case .step, .phase, .slower, .faster, .seed, .back, .anchorA, .anchorB, .play, .snap, .stepTask,
      .pin, .difference, .undo, .redo:
      // Typed with what it takes, it is meant for the run.
      guard argument.isEmpty else { return nil }
      tell(.notice, "that is for the run; Esc leads back to it, and the race goes on")
      return []
    default: return nil
    }
  }

  /// Both would share the cores: the run waits while methods race.
  private mutating func toggleRace() -> [Request] {
    guard let race = comparison.race else { return [] }
    guard race.state == .paused, snapshot.state == .running else { return [.race(.toggle)] }
    tell(.notice, "the methods race; the run is paused meanwhile, space in its panes goes on")
    return [.train(.pause), .race(.toggle)]
  }

  mutating func outOfRace() {
    if comparison.part != .both {
      comparison.part = .both
    } else if comparison.crosshair != nil {
      comparison.crosshair = nil
    } else {
      focus = comparison.cameFrom
      if comparison.race?.state == .running {
        tell(.notice, "the race goes on; 8 comes back to it")
      }
    }
  }

  /// Up and down among the methods; left and right a hundredth of the steps.
  mutating func moveInRace(_ dx: Int, _ dy: Int) {
    comparison.cursor = clamped(comparison.cursor + dy, comparison.rows.count)
    guard dx != 0, comparison.race != nil else { return }
    let total = comparison.totalSteps
    let newest = comparison.rows.map(\.step).max() ?? 0
    let step = (comparison.crosshair ?? newest) + dx * max(total / 100, 1)
    comparison.crosshair = step >= newest ? nil : max(step, 0)
  }

  /// What `y` copies: the row of the table with the names of its columns.
  var methodAtCursor: String? {
    guard let race = comparison.race else { return nil }
    let table = ComparisonTable(race.standing)
    guard table.rows.indices.contains(comparison.cursor) else { return nil }
    return zip(table.columns, table.rows[comparison.cursor]).map { "\($0.title) \($1)" }
      .joined(separator: "\t")
  }
}

extension ComparisonView {
  /// Columns of the table beside the method's name.
  package static let columnCount = 8 + Measurement.steps.count
}
