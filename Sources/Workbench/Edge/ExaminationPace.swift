import Training

/// When a run is examined next. A run that trains is examined seldom enough that it does not feel it:
/// the shares of the time below bound what it costs.
struct ExaminationPace {
  /// Seconds between two examinations of a run that trains, at least: while their result is shown,
  /// and while it is only watched for an alarm.
  private static let shown = 0.25
  private static let watched = 2.0
  /// The same for a run that stands still, where what is examined changes by hand.
  private static let still = 0.1
  /// The largest shares of the time that examinations of a run that trains may take.
  private static let shownShare = 0.02
  private static let watchedShare = 0.005
  /// An answer that has not come by then never will: there may be none.
  private static let patience = 10.0
  /// Before the first one: a screen that comes up has better things to do.
  private static let first = 0.3

  private struct Subject: Equatable {
    var parameters: ObjectIdentifier
    var context: [Float]
    var reference: Int?
  }

  /// What was examined last; its parameters are kept so that no others take their place.
  private var last: (subject: Subject, parameters: Parameters, time: Double, seconds: Double)?
  /// Whether an answer is awaited.
  private var isWaiting = false

  /// When to examine; nil for not until something changes.
  /// - Parameter isShown: whether a person looks at the result.
  func dueAt(
    _ snapshot: Snapshot, _ context: [Float], _ reference: Int?, isShown: Bool
  ) -> Double? {
    guard let last else { return isShown ? 0 : Self.first }
    let isSame = last.subject.parameters == ObjectIdentifier(snapshot.parameters)
    if isWaiting { return isSame ? nil : last.time + Self.patience }
    // Only what is shown depends on where the hand is.
    if isSame, !isShown { return nil }
    if isSame, last.subject.context == context, last.subject.reference == reference { return nil }
    guard snapshot.state == .running else {
      return last.time + max(isShown ? Self.still : Self.still * 5, last.seconds)
    }
    return last.time
      + (isShown
        ? max(Self.shown, last.seconds / Self.shownShare)
        : max(Self.watched, last.seconds / Self.watchedShare))
  }

  mutating func begin(
    _ snapshot: Snapshot, _ context: [Float], _ reference: Int?, at now: Double
  ) {
    let subject = Subject(
      parameters: ObjectIdentifier(snapshot.parameters), context: context, reference: reference)
    last = (subject, snapshot.parameters, now, last?.seconds ?? 0)
    isWaiting = true
  }

  /// - Parameter seconds: what it took.
  mutating func done(at now: Double, seconds: Double) {
    isWaiting = false
    last?.time = now
    last?.seconds = seconds
  }
}
