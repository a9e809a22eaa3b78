import Learning
import Training

/// The context under the hand: scrubbing, anchors, playing, tasks.
extension Model {
  var place: Place {
    var standing = anchors
    standing.playing = nil
    return Place(
      context: context, anchors: standing, reference: reference, followed: followed,
      isHeld: isHeld)
  }

  /// Puts the hand on another context. Whatever moved it before stops.
  /// - Parameters:
  ///   - task: the task it belongs to, which is then followed; nil for a place between tasks.
  ///   - nudge: what was nudged, if it was a nudge.
  mutating func moveContext(
    to target: [Float], task: Int? = nil, position: Float? = nil, nudge: String? = nil
  ) {
    guard target.count == snapshot.description.contextCount, target.allSatisfy(\.isFinite) else {
      return
    }
    stopPlaying()
    let before = place
    context = target.map { min(max($0, -Self.farthest), Self.farthest) }
    if let position { anchors.t = position }
    followed = task
    isHeld = snapshot.description.isDynamic
    reference = task ?? nearestTask(to: context)?.task ?? reference
    if place != before { history.record(.place(from: before, to: place), at: now, nudge: nudge) }
  }

  /// No component of a context goes farther from zero.
  static let farthest: Float = 1e6
  /// What one press of `l` adds to a component.
  static let nudge: Float = 0.05

  // MARK: Scrubbing

  /// The component under the cursor, or nil where the cursor is on the position between A and B.
  var component: Int? { context.indices.contains(scrubber.cursor) ? scrubber.cursor : nil }

  mutating func nudgeContext(by count: Int) {
    guard let component else { return movePosition(by: Float(count) * Self.nudge) }
    var target = context
    target[component] += Float(count) * Self.nudge
    moveContext(to: target, nudge: "z\(component)")
  }

  mutating func resetComponent() {
    guard let component else { return setPosition(0) }
    var target = context
    target[component] = 0
    moveContext(to: target)
  }

  // MARK: Anchors

  mutating func setAnchor(_ anchor: WritableKeyPath<Anchors, [Float]?>, _ name: String) {
    stopPlaying()
    let before = place
    anchors[keyPath: anchor] = context
    anchors.t = anchor == \.a ? 0 : 1
    if place != before { history.record(.place(from: before, to: place), at: now) }
    let other = anchors.a != nil && anchors.b != nil ? "; p plays, [ ] moves between" : ""
    tell(.success, "anchor \(name) is here\(other)")
  }

  /// The context between the anchors at a position; nil unless both are set.
  func context(at t: Float) -> [Float]? {
    guard let a = anchors.a, let b = anchors.b, a.count == b.count, a.count == context.count else {
      return nil
    }
    return zip(a, b).map { $0 + ($1 - $0) * t }
  }

  mutating func movePosition(by step: Float) {
    // Steps of a twentieth, so that twenty of them end at B exactly.
    let t = ((anchors.t + step) * 1000).rounded() / 1000
    setPosition(t, nudge: "t")
  }

  mutating func setPosition(_ t: Float, nudge: String? = nil) {
    let t = min(max(t, 0), 1)
    guard let target = context(at: t) else { return tellMissingAnchor() }
    moveContext(to: target, position: t, nudge: nudge)
  }

  private mutating func tellMissingAnchor() {
    let missing =
      anchors.a == nil ? (anchors.b == nil ? "A with a and B with b" : "A with a") : "B with b"
    tell(.warning, "between A and B: set anchor \(missing) first")
  }

  // MARK: Playing

  mutating func togglePlaying() {
    if anchors.playing != nil { return stopPlaying() }
    guard context(at: anchors.t) != nil else { return tellMissingAnchor() }
    playedFrom = place
    followed = nil
    isHeld = snapshot.description.isDynamic
    anchors.playing = .init(since: now, from: anchors.t)
    playOn()
  }

  /// Moves on to where playing is by now: from A to B in `playSeconds`, and back.
  mutating func playOn() {
    guard let playing = anchors.playing else { return }
    let way = Double(playing.from) + (now - playing.since) / Anchors.playSeconds
    let turn = way.truncatingRemainder(dividingBy: 2)
    let t = Float(turn <= 1 ? turn : 2 - turn)
    guard let target = context(at: t) else { return stopPlaying() }
    anchors.t = t
    context = target
    reference = nearestTask(to: context)?.task ?? reference
  }

  /// Stands still where playing has come to; all of it is one change to undo.
  mutating func stopPlaying() {
    guard anchors.playing != nil else { return }
    anchors.playing = nil
    if let from = playedFrom, from != place {
      history.record(.place(from: from, to: place), at: now)
    }
    playedFrom = nil
  }

  // MARK: Tasks

  /// Puts the hand on a task's context; a held-out task's is fitted anew, and followed when it
  /// comes.
  mutating func load(task: Int) -> [Request] {
    guard snapshot.tasks.indices.contains(task),
      snapshot.description.tasks.indices.contains(task)
    else { return [] }
    if snapshot.description.tasks[task].role == .heldOut { return fit(task: task) }
    tasks.cursor = task
    if let own = snapshot.tasks[task].context { moveContext(to: own, task: task) }
    return []
  }

  private mutating func fit(task: Int) -> [Request] {
    tasks.cursor = task
    // Until its own context comes, the hand stays where it is, compared with the task already.
    moveContext(to: snapshot.tasks[task].context ?? context, task: task)
    tell(.notice, "fitting a context to \(snapshot.description.tasks[task].name), θ frozen …")
    return [.train(.fit(task: task))]
  }

  mutating func snap() -> [Request] {
    let descriptions = snapshot.description.tasks
    if focus == .tasks, descriptions.indices.contains(tasks.cursor),
      descriptions[tasks.cursor].role == .heldOut, visibleTasks.contains(tasks.cursor)
    {
      return load(task: tasks.cursor)
    }
    guard let nearest = nearestTask(to: context), let own = snapshot.tasks[nearest.task].context
    else {
      tell(.warning, "no task has a context yet")
      return []
    }
    moveContext(to: own, task: nearest.task)
    if descriptions.indices.contains(nearest.task) {
      tell(.success, "on the context of \(descriptions[nearest.task].name)")
    }
    return []
  }

  /// To the next task that has a context.
  mutating func stepTask(_ step: Int) {
    let withContext = snapshot.tasks.indices.filter { snapshot.tasks[$0].context != nil }
    guard !withContext.isEmpty else { return }
    let present = reference ?? 0
    let next =
      step > 0
      ? withContext.first { $0 > present } ?? withContext[0]
      : withContext.last { $0 < present } ?? withContext[withContext.count - 1]
    tasks.cursor = next
    if let own = snapshot.tasks[next].context { moveContext(to: own, task: next) }
  }

  private mutating func task(named text: String) -> Int? {
    let tasks = snapshot.description.tasks
    if let index = tasks.firstIndex(where: { $0.name == text }) { return index }
    if let index = Int(text), tasks.indices.contains(index) { return index }
    tell(.failure, "there is no task '\(text)'; they are \(tasks.shortList)")
    return nil
  }

  mutating func goToTask(named text: String) -> [Request] {
    task(named: text).map { load(task: $0) } ?? []
  }

  /// To the end of a task, or where none is named to the beginning of the present one.
  mutating func goBack(toTask text: String) -> [Request] {
    guard snapshot.description.isContinual, let current = snapshot.currentTask else {
      tell(.failure, "tasks do not come one after another here; r rewinds to step 0")
      return []
    }
    if !text.isEmpty {
      return task(named: text).map { [.train(.goBack(toEndOf: $0))] } ?? []
    }
    // At the very end of a task the one before it is meant.
    let isAtEnd = snapshot.milestones.last?.step == snapshot.step
    let last = snapshot.milestones.dropLast(isAtEnd ? 1 : 0).last?.task
    guard let last, last < current || isAtEnd else { return [.train(.rewind)] }
    return [.train(.goBack(toEndOf: last))]
  }

  mutating func fitTask(named text: String) -> [Request] {
    guard let task = task(named: text) else { return [] }
    guard snapshot.description.tasks[task].role == .heldOut else {
      tell(.failure, "'\(text)' is trained and has its context; only a held-out task is fitted")
      return []
    }
    return load(task: task)
  }
}

extension [TaskDescription] {
  /// The first names, and how many more there are.
  fileprivate var shortList: String {
    let names = prefix(8).map(\.name).joined(separator: ", ")
    return count > 8 ? names + " and \(count - 8) more" : names
  }
}
