import Learning
import Training

/// Those who answer the workbench's questions, each on a queue of its own, and when each is asked next. Used
/// from the workbench's thread.
final class Desks {
  enum Post: CaseIterable, Sendable {
    /// What a context leads to; whether it matters; what architectures come to by prediction; and by
    /// training them for real.
    case prober, examiner, scout, workshop
  }

  private let prober: Prober
  private let examiner: Examiner
  private let scout: Scout
  private let workshop: Workshop
  /// Whether every question is answered before anything else happens (in scripts, whose time is their own).
  private let isSynchronous: Bool

  private var probes = Pace()
  /// What the probe was asked last, and when.
  private var asked: (question: ContextQuestion, at: Double)?
  /// The question a key led to, by the number the probe gave it: its answer is painted at once.
  private var awaited: Int?
  /// Seconds the probe's last answer took.
  private var probeSeconds = 0.0
  private var examinations = ExaminationPace()
  private var scoutings = ExaminationPace()
  /// What the workshop is training.
  private var ordered: Architecture?

  /// Seconds between two pictures of a body that changes because a run trains.
  private static let bodyInterval = 0.5

  /// - Parameter wake: called after an answer is announced in the inbox.
  init(_ inbox: Inbox, isSynchronous: Bool, wake: @escaping @Sendable () -> Void) {
    func announce(_ post: Post) -> @Sendable () -> Void {
      {
        inbox.put(.answer(post))
        wake()
      }
    }
    self.isSynchronous = isSynchronous
    prober = Prober(onAnswer: announce(.prober))
    examiner = Examiner(onAnswer: announce(.examiner))
    scout = Scout(onAnswer: announce(.scout))
    workshop = Workshop(onAnswer: announce(.workshop))
  }

  // MARK: Questions

  /// Wants an answer for the model's context and parameters, unless it was asked for already.
  /// - Parameter urgent: a person waits for it.
  func wantProbe(of model: Model, urgent: Bool) {
    let question = model.question
    if let asked, asked.question.isAnswered(like: question) { return probes.drop() }
    // Where nobody moved and an answer is much to ask for, training goes before it, and so does the
    // question that the next key leads to.
    let isSame =
      question.snapshot.state == .running && asked?.question.context == question.context
      && asked?.question.reference == question.reference
    probes.interval =
      !isSame
      ? Pace.interval
      : model.body != nil ? Self.bodyInterval : max(Pace.interval, 3 * probeSeconds)
    probes.want(urgent: urgent)
  }

  /// When somebody is to be asked; nothing before that changes unless an event does it.
  func dueAt(_ model: Model) -> Double? {
    Post.allCases.compactMap { dueAt($0, model) }.min()
  }

  private func dueAt(_ post: Post, _ model: Model) -> Double? {
    switch post {
    case .prober: return probes.dueAt
    case .examiner:
      guard model.snapshot.description.isExamined else { return nil }
      return examinations.dueAt(
        model.snapshot, model.context, model.reference, isShown: model.showsFindings)
    case .scout:
      guard model.wantsScouting else { return nil }
      // What is shown depends on the parameters alone, and is looked at for long.
      return scoutings.dueAt(model.snapshot, [], nil, isShown: model.search.scouting == nil)
    case .workshop: return ordered == nil && model.search.nextOrder != nil ? 0 : nil
    }
  }

  /// Asks where the time has come. Returns whether the answer is there already.
  func askIfDue(_ post: Post, _ model: Model, now: Double) -> Bool {
    switch post {
    case .prober:
      guard probes.isDue(at: now) else { return false }
      let isUrgent = probes.isUrgent
      probes.done(at: now)
      asked = (model.question, now)
      let number = prober.ask(model.question)
      if isUrgent { awaited = number }
      if isSynchronous { prober.finish() }
    case .examiner:
      guard let due = dueAt(post, model), due <= now else { return false }
      examinations.begin(model.snapshot, model.context, model.reference, at: now)
      examiner.ask(model.question)
      if isSynchronous { examiner.finish() }
    case .scout:
      guard let due = dueAt(post, model), due <= now else { return false }
      scoutings.begin(model.snapshot, [], nil, at: now)
      scout.ask(model.snapshot)
      if isSynchronous { scout.finish() }
    case .workshop:
      guard ordered == nil, let next = model.search.nextOrder else { return false }
      ordered = next
      workshop.ask(TrainingOrder(next, model.snapshot))
      if isSynchronous { workshop.finish() }
    }
    return isSynchronous
  }

  // MARK: Answers

  /// The newest answer, and whether a person waits for it.
  func answer(of post: Post, now: Double) -> (message: Message, urgent: Bool)? {
    switch post {
    case .prober:
      guard let answer = prober.latest else { return nil }
      let isAwaited = awaited.map { $0 <= prober.answered } ?? false
      if isAwaited { awaited = nil }
      if let asked, !isSynchronous { probeSeconds = max(now - asked.at, 0) }
      return (.probe(answer), isAwaited)
    case .examiner:
      guard let answer = examiner.latest else { return nil }
      examinations.done(at: now, seconds: isSynchronous ? 0 : answer.seconds)
      return (.examination(answer), false)
    case .scout:
      guard let answer = scout.latest else { return nil }
      scoutings.done(at: now, seconds: isSynchronous ? 0 : answer.seconds)
      return (.scouting(answer), false)
    case .workshop:
      ordered = nil
      return workshop.latest.map { (.trained($0), false) }
    }
  }
}
