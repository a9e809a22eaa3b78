import Learning
import Terminal
import Training

extension Model {
  /// Takes a message in and returns what is to be done outside. Total: any message in any state
  /// leaves a model that can be drawn. Decides everything, touches nothing: no clock, no file.
  /// - Parameter now: seconds of a clock that only goes forward.
  public mutating func update(_ message: Message, now: Double) -> [Request] {
    self.now = max(now, self.now)
    defer { settle() }
    playOn()
    speakOn()
    turnOn()
    if let toast, toast.until <= self.now { self.toast = nil }
    switch message {
    case .key(let key): return take(key)
    case .mouse(let mouse): return take(mouse)
    case .line(let line): return run(line: line)
    case .resize(let size): self.size = size
    case .time: break
    case .snapshot(let snapshot): adopt(snapshot)
    case .opened(let snapshot): begin(with: snapshot)
    case .probe(let result):
      if fits(result) {
        probe = result
        followText()
        orderAwaited()
      }
    case .examination(let result): if fits(result) { examination = result }
    case .scouting(let result): search.scouting = result
    case .trained(let result): adopt(result)
    case .architecture(let graph, let path): adopt(graph, from: path)
    case .themes(let names): themeNames = names
    case .theme(let theme):
      self.theme = theme
      tell(.success, "theme \(theme.name)")
    case .sessions(let sessions): list(sessions)
    case .success(let text): tell(.success, text)
    case .failure(let text): tell(.failure, text)
    case .race(let race): adopt(race)
    case .raceOpened(let race, let isFromFile, let left):
      begin(with: race, isFromFile: isFromFile, left: left)
    case .noRace(let reason): haveNoRace(reason)
    case .notSaved(let problem):
      tell(.failure, "\(problem); w names another file, q again leaves without saving")
      expect(problem)
    }
    return []
  }

  /// Says something in the line at the bottom.
  mutating func tell(_ kind: Toast.Kind, _ text: String, seconds: Double? = nil) {
    let usual =
      switch kind {
      case .success, .notice: 4.0
      case .warning: 6.0
      case .failure: 10.0
      }
    toast = Toast(kind: kind, text: text, until: now + (seconds ?? usual))
  }

  /// Waits for what the run says in answer to something that is explained already.
  mutating func expect(_ start: String, frame: (before: String, after: String)? = nil) {
    expectedNotice = ExpectedNotice(start: start, frame: frame, until: now + Self.answerSeconds)
  }

  /// Seconds within which a run answers: a step of a large one takes long.
  static let answerSeconds = 10.0

  /// When this model next changes by itself; nil for never.
  public var changesAt: Double? {
    let playing = anchors.playing == nil ? nil : now + Self.playInterval
    let end = toast.flatMap { $0.until.isFinite ? $0.until : nil }
    return [playing, end, speaksAt, turnsAt, detailAt].compactMap { $0 }.min()
  }

  /// Seconds between two positions while playing.
  static let playInterval = 1.0 / 30

  private mutating func take(_ key: Key) -> [Request] {
    if overlay != nil { return takeInOverlay(key) }
    guard let row = CommandTable.row(for: key, in: focus) else {
      tell(.notice, "\(key) is no key here; ? shows all")
      return []
    }
    return perform(row.action)
  }
}
