import Learning
import Training

extension Model {
  /// What the probe is asked: what would be generated for this context, and what comes of it.
  var question: ContextQuestion {
    ContextQuestion(
      context: context, reference: reference, snapshot: snapshot, isHeld: isHeld,
      spoken: target.spoken, isDetailed: wantsDetail)
  }
}

extension ContextQuestion {
  /// Whether the answer would be the same as to another question.
  func isAnswered(like other: ContextQuestion) -> Bool {
    snapshot.parameters === other.snapshot.parameters && context == other.context
      && reference == other.reference && isHeld == other.isHeld && spoken == other.spoken
      && (isDetailed || !other.isDetailed)
      && snapshot.knobs == other.snapshot.knobs
      && (snapshot.state == .running) == (other.snapshot.state == .running)
  }
}
