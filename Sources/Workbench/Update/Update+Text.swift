import Learning
import Training

/// A network that makes contexts of its own as it reads: the hand follows them from character to
/// character, or holds one in their place.
extension Model {
  /// Characters a second that are spoken while a run goes on.
  static let speechRate = 30.0

  /// The text on the screen, where there is one.
  var text: Behaviour.Text? {
    if case .text(let text) = probe?.behaviour { text } else { nil }
  }

  /// Whether speech goes on by itself now: nobody holds a context or walks through what was said.
  var isSpeaking: Bool {
    snapshot.description.isDynamic && snapshot.state == .running && !isHeld && !target.hasCursor
  }

  /// Speaks what is due by now.
  mutating func speakOn() {
    guard isSpeaking else {
      target.spokeAt = nil
      return
    }
    guard let last = target.spokeAt else {
      target.spokeAt = now
      return
    }
    let due = Int((now - last) * Self.speechRate)
    guard due > 0 else { return }
    target.spoken += due
    // Where time was lost there is no hurry to catch up.
    target.spokeAt = due > 10 ? now : last + Double(due) / Self.speechRate
  }

  /// When the next character is due.
  var speaksAt: Double? {
    guard isSpeaking else { return nil }
    return (target.spokeAt ?? now) + 1 / Self.speechRate
  }

  /// The hand goes to the context of the character under the cursor, or of the newest one, unless it
  /// holds one.
  mutating func followText() {
    guard snapshot.description.isDynamic, !isHeld, let text, !text.characters.isEmpty else {
      return
    }
    let own = text.characters[TextView.cursor(text, self)].context
    guard own.count == context.count, own.allSatisfy(\.isFinite) else { return }
    context = own
    reference = nearestTask(to: context)?.task ?? reference
  }

  /// Lets a network make its own contexts again.
  mutating func letGo() {
    guard snapshot.description.isDynamic, isHeld else { return }
    stopPlaying()
    let before = place
    isHeld = false
    followed = nil
    followText()
    history.record(.place(from: before, to: place), at: now)
    tell(.success, "the network makes its own contexts again")
  }
}
