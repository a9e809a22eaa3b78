import Learning
import Training

extension Model {
  mutating func undo() -> [Request] {
    stopPlaying()
    guard let change = history.undo() else {
      tell(.notice, "nothing to undo")
      return []
    }
    return apply(change.reversed, of: change, "undone", "^R does it again")
  }

  mutating func redo() -> [Request] {
    stopPlaying()
    guard let change = history.redo() else {
      tell(.notice, "nothing to do again")
      return []
    }
    return apply(change, of: change, "done again", "u undoes it")
  }

  /// - Parameter original: the change as it was made, which says what it was about.
  private mutating func apply(
    _ change: UndoHistory.Change, of original: UndoHistory.Change, _ done: String, _ hint: String
  ) -> [Request] {
    switch change {
    case .place(_, let to):
      let before = place
      if to.context.count == context.count {
        context = to.context
        anchors = to.anchors
        reference = to.reference
        followed = to.followed
        isHeld = to.isHeld
        // A task that is learned or fitted has moved on meanwhile.
        stayOnFollowedTask()
      }
      tell(.success, "\(words(for: original, from: before)) \(done) (\(hint))")
      return []
    case .knob(let name, _, let value):
      guard let knob = snapshot.knobs.knobs.first(where: { $0.name == name }) else { return [] }
      tell(.success, "\(done): \(knob.title) \(value) (\(hint))")
      // The run's own word on it, live or built anew, is set into the same sentence.
      expect("\(knob.title) \(value)", frame: ("\(done): ", " (\(hint))"))
      return request(name, value)
    case .weight(let variable, let index, let from, let to):
      guard let values = snapshot.parameters[variable], index < values.count else { return [] }
      // Training may have moved it on: the shift is taken back, not the number.
      let present = values[values.startIndex + index]
      tell(.success, "weight edit \(done) (\(hint))")
      expect("\(variable)[\(index)] is now")
      return [
        .train(
          .write(
            variable: variable, index: index,
            value: present == from ? to : present + (to - from)))
      ]
    }
  }
}

extension Model {
  /// What a change of the place was about, judged by what became of it.
  private func words(for change: UndoHistory.Change, from before: Place) -> String {
    guard place.context == before.context else { return "context" }
    if place.anchors.a != before.anchors.a { return "anchor A" }
    if place.anchors.b != before.anchors.b { return "anchor B" }
    let tasks = snapshot.description.tasks
    if case .place(_, let to) = change, let task = to.followed ?? to.reference,
      place.followed != before.followed || place.reference != before.reference,
      tasks.indices.contains(task)
    {
      return "going to \(tasks[task].name)"
    }
    return "position between A and B"
  }
}

extension UndoHistory.Change {
  /// The change back.
  var reversed: Self {
    switch self {
    case .place(let from, let to): .place(from: to, to: from)
    case .knob(let name, let from, let to): .knob(name: name, from: to, to: from)
    case .weight(let variable, let index, let from, let to):
      .weight(variable: variable, index: index, from: to, to: from)
    }
  }
}
