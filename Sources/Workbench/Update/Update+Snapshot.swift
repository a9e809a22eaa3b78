import Learning
import Training

/// Taking in what the run says, and keeping everything else in step with it.
extension Model {
  /// A newer snapshot of the same run. Older ones, and those of a run that is gone, do not come here.
  mutating func adopt(_ new: Snapshot) {
    let old = snapshot
    snapshot = new
    settleRequestedKnobs()
    let lost = dropWhatNoLongerFits(since: old)
    if loss.followsTail { followTail() }
    stayOnFollowedTask()
    announce(since: old, lost: lost)
  }

  /// Another run: what belongs to the old one goes, where the person is and likes stays.
  mutating func begin(with new: Snapshot) {
    var fresh = Model(
      snapshot: new, size: size, capabilities: capabilities, theme: theme)
    fresh.themeNames = themeNames
    fresh.sessionPaths = sessionPaths
    fresh.prefersASCII = prefersASCII
    fresh.usesMouse = usesMouse
    fresh.now = now
    // Who opens a run wants to see it.
    fresh.focus = focus == .compare ? comparison.cameFrom : focus
    fresh.front = front
    fresh.isZoomed = isZoomed
    fresh.comparison = comparison
    fresh.comparison.isFromFile = false
    fresh.loss.isLogarithmic = loss.isLogarithmic
    fresh.loss.smoothing = loss.smoothing
    fresh.weights.scale = weights.scale
    if weights.view != .memory || new.description.isContinual {
      fresh.weights.view = weights.view
    }
    self = fresh
    tell(.success, "\(new.description.experiment), step \(new.step), seed \(new.seed)")
  }

  /// Where the hand begins: on the first task's context, or at zero where it has none that is finite.
  static func firstContext(_ snapshot: Snapshot) -> [Float] {
    let count = snapshot.description.contextCount
    guard let own = snapshot.tasks.first?.context, own.count == count, own.allSatisfy(\.isFinite)
    else { return Array(repeating: 0, count: count) }
    return own
  }

  /// The task whose context the hand begins on; none where a network makes contexts of its own.
  static func firstFollowed(_ snapshot: Snapshot) -> Int? {
    snapshot.tasks.isEmpty || snapshot.description.isDynamic ? nil : 0
  }

  /// Whether an answer of the probe is about these networks.
  func fits(_ result: ProbeResult) -> Bool {
    result.context.count == snapshot.description.contextCount
      && result.weights.map(\.specification) == snapshot.description.tensors
  }

  /// Whether what was examined is of these networks.
  func fits(_ result: Examination) -> Bool {
    result.autopsy.context.count == snapshot.description.contextCount
      && result.autopsy.tensors.map(\.name) == snapshot.description.tensors.map(\.name)
  }

  /// Drops anchors, pins and changes that are about networks of another shape. Returns what was
  /// lost, in words.
  private mutating func dropWhatNoLongerFits(since old: Snapshot) -> [String] {
    var lost: [String] = []
    let count = snapshot.description.contextCount
    if context.count != count {
      context = Model.firstContext(snapshot)
      followed = Model.firstFollowed(snapshot)
      reference = followed
      isHeld = false
      if anchors.a != nil || anchors.b != nil { lost.append("the anchors") }
      anchors = Anchors()
      playedFrom = nil
      history.forget { if case .place = $0 { true } else { false } }
    }
    if let pin,
      pin.context.count != count
        || pin.weights.map(\.specification) != snapshot.description.tensors
    {
      self.pin = nil
      weights.showsDifference = false
      lost.append("the pin")
    }
    if let probe, !fits(probe) { self.probe = nil }
    if snapshot.identity != old.identity { search = SearchView() }
    if snapshot.identity != old.identity || snapshot.step < old.step {
      examination = nil
      // The numbers that were edited are not there any more.
      history.forget { if case .weight = $0 { true } else { false } }
    }
    return lost
  }

  /// The hand stays on a task's context while training moves it.
  mutating func stayOnFollowedTask() {
    guard let followed, snapshot.tasks.indices.contains(followed),
      let own = snapshot.tasks[followed].context, own.count == context.count,
      own.allSatisfy(\.isFinite)
    else { return }
    context = own
  }

  private mutating func announce(since old: Snapshot, lost: [String]) {
    if case .failed(let failure) = snapshot.state, old.state != snapshot.state {
      // The way out comes first: a narrow screen cuts off what is last.
      tell(.failure, "\(failure.wayOut) · \(failure.sentence)", seconds: .infinity)
      return
    }
    if let expected = expectedNotice, expected.until < now { expectedNotice = nil }
    if let error = snapshot.saved.error, error != old.saved.error {
      if expectedNotice?.start != error { tell(.failure, error) }
      return
    }
    guard let notice = snapshot.notice, notice.number > (old.notice?.number ?? 0) else { return }
    if let expected = expectedNotice, notice.text.hasPrefix(expected.start), lost.isEmpty {
      if let frame = expected.frame {
        expectedNotice = nil
        tell(.success, frame.before + notice.text + frame.after)
      }
      return
    }
    let gone = lost.isEmpty ? "" : "; \(lost.joined(separator: " and ")) fitted the old ones"
    let isWrong = notice.text == snapshot.saved.error
    tell(isWrong ? .failure : .notice, notice.text + gone, seconds: lost.isEmpty ? 4 : 8)
  }
}
