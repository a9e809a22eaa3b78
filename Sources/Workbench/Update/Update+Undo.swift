import Learning
import Training

extension Model {
  mutating func undo() -> [Request] {
    stopPlaying()
    guard let change = history.undo() else {
      tell(.notice, "nothing to undo")
      return []
    }
    return apply(change.reversed, "undone", "^R does it again")
  }

  mutating func redo() -> [Request] {
    stopPlaying()
    guard let change = history.redo() else {
      tell(.notice, "nothing to do again")
      return []
    }
    return apply(change, "done again", "u undoes it")
  }

  private mutating func apply(
    _ change: UndoHistory.Change, _ done: String, _ hint: String
  ) -> [Request] {
    switch change {
    case .place(let from, let to):
      if to.context.count == context.count {
        context = to.context
        anchors = to.anchors
        reference = to.reference
        followed = to.followed
      }
      let what = from.context == to.context ? "anchor" : "context"
      tell(.success, "\(what) \(done) (\(hint))")
      return []
    case .knob(let name, _, let value):
      guard let knob = snapshot.knobs.knobs.first(where: { $0.name == name }) else { return [] }
      // The run's own word on it, live or built anew, follows.
      tell(.success, "\(knob.title) \(value): \(done) (\(hint))")
      return request(name, value)
    case .weight(let variable, let index, let from, let to):
      guard let values = snapshot.parameters[variable], index < values.count else { return [] }
      // Training may have moved it on: the shift is taken back, not the number.
      let present = values[values.startIndex + index]
      tell(.success, "weight edit \(done) (\(hint))")
      return [
        .train(
          .write(
            variable: variable, index: index,
            value: present == from ? to : present + (to - from)))
      ]
    }
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
