import Learning
import Training

/// Turning knobs. The run says what came of it in its next notice: live, or built anew.
extension Model {
  /// Seconds after which a run that has not followed a knob never will.
  private static let patience = 1.0

  /// What a knob will be set to once the run has done what was asked of it.
  func value(of knob: Knob) -> KnobValue {
    requestedKnobs.last { $0.name == knob.name }?.value ?? snapshot.knobs[knob.name]
      ?? knob.standard
  }

  /// The knob under the cursor.
  var selectedKnob: Knob? {
    let all = snapshot.knobs.knobs
    guard all.indices.contains(knobs.cursor), visibleKnobs.contains(knobs.cursor) else {
      return nil
    }
    return all[knobs.cursor]
  }

  mutating func nudgeKnob(by count: Int) -> [Request] {
    guard let knob = selectedKnob else { return [] }
    return turn(knob, to: knob.nudged(value(of: knob), by: count), nudge: true)
  }

  mutating func resetKnob() -> [Request] {
    guard let knob = selectedKnob else { return [] }
    return turn(knob, to: knob.standard)
  }

  /// `rate 0.01`, as it is typed after `set`.
  mutating func turnKnob(line: String) -> [Request] {
    let words = line.split(separator: " ", maxSplits: 1)
    guard words.count == 2 else {
      tell(.failure, "set takes a knob and a value, such as set rate 0.01")
      return []
    }
    var trial = snapshot.knobs
    do throws(KnobError) { try trial.set(String(words[0]), to: String(words[1])) } catch {
      tell(.failure, error.description)
      return []
    }
    guard let knob = trial.knobs.first(where: { $0.name == words[0] }),
      let value = trial[knob.name]
    else { return [] }
    return turn(knob, to: value)
  }

  mutating func turn(_ knob: Knob, to value: KnobValue, nudge: Bool = false) -> [Request] {
    let before = self.value(of: knob)
    guard knob.contains(value) else { return [] }
    guard value != before else {
      tell(.notice, "\(knob.title) is \(value)")
      return []
    }
    history.record(
      .knob(name: knob.name, from: before, to: value), at: now, nudge: nudge ? knob.name : nil)
    return request(knob.name, value)
  }

  /// Asks the run, and remembers that it was asked.
  mutating func request(_ name: String, _ value: KnobValue) -> [Request] {
    requestedKnobs.removeAll { $0.name == name }
    requestedKnobs.append(RequestedKnob(name: name, value: value, time: now))
    return [.train(.set(knob: name, to: value))]
  }

  /// Forgets requests that the run has followed or refused.
  mutating func settleRequestedKnobs() {
    requestedKnobs.removeAll {
      snapshot.knobs[$0.name] == $0.value || now - $0.time > Self.patience
    }
  }
}
