import Learning

/// Tells when a run has failed, by a number that is not finite or a loss that has diverged, and keeps
/// a state to go back to.
public struct FailureWatch: Sendable {
  /// A single loss this many times larger than the first one (or than 1) is out of all proportion.
  private static let jump: Float = 100
  /// Where tasks come one after another the first loss of a new one is that of a network nobody trained,
  /// and may be large.
  private static let continualJump: Float = 1e5
  /// So is a smoothed loss this many times larger than it once was, when it is also back at half of
  /// what the run began with: nothing that was learned is left.
  private static let growth: Float = 100
  /// A state whose smoothed loss is within this factor of the lowest is a good one.
  private static let goodness: Float = 10
  /// The share of each new loss in the smoothed one.
  private static let share: Float = 0.05

  /// The newest good state; nil before a run began.
  public private(set) var lastGood: Run.State?
  private var firstLoss: Float?
  private var smoothed: Float?
  private var lowest = Float.infinity

  /// - Parameter lastGood: what is known already of a run that goes on from elsewhere.
  public init(lastGood: Run.State? = nil) { self.lastGood = lastGood }

  /// Before a step: there is always a good state to go back to, be it the first.
  public mutating func begin(_ run: Run) {
    if lastGood == nil { lastGood = run.state }
  }

  /// What ends every step: looks whether the run must stop, and if not, evaluates it where that is
  /// due and keeps its state if that is a good one.
  public mutating func finishStep(of run: Run, loss: Float) -> Snapshot.Failure? {
    if let failure = failure(of: run, loss: loss, lastGoodStep: lastGood?.step) { return failure }
    if run.isEvaluationDue {
      run.evaluate()
      if isGood(run) { lastGood = run.state }
    }
    return nil
  }

  /// A knob was turned: from here on losses compare with what they are now.
  public mutating func restart() {
    smoothed = nil
    lowest = .infinity
  }

  /// Why the run must stop after its last step, nil where it need not. Parameters are looked at
  /// when an evaluation is due, the loss every time.
  public mutating func failure(
    of run: Run, loss: Float, lastGoodStep: Int? = nil
  ) -> Snapshot.Failure? {
    func failure(_ tensor: String, _ what: String) -> Snapshot.Failure {
      let step = max(run.step - 1, 0)
      return Snapshot.Failure(
        sentence: "\(tensor) \(what) at step \(step)", tensor: tensor, step: step,
        lastGoodStep: lastGoodStep)
    }
    guard loss.isFinite else { return failure(run.firstNonFinite() ?? "loss", "is not finite") }
    let first =
      firstLoss ?? run.history.series.first?.first { $0.count > 0 }.map { max($0.high, loss) }
      ?? loss
    firstLoss = first
    let smooth = smoothed.map { $0 + Self.share * (loss - $0) } ?? loss
    smoothed = smooth
    lowest = min(lowest, smooth)
    if loss > max(first, 1) * (run.outline.isContinual ? Self.continualJump : Self.jump) {
      return failure("loss", "grew out of all proportion (\(loss))")
    }
    if !run.outline.isContinual, smooth > lowest * Self.growth, smooth > first / 2 {
      return failure("loss", "grew from \(lowest) to \(smooth) and lost what was learned")
    }
    if run.isEvaluationDue, !run.isFinite {
      return failure(run.firstNonFinite() ?? "parameters", "is not finite")
    }
    return nil
  }

  /// Whether the present state is one to go back to. Where tasks come one after another their
  /// losses do not compare, and every state that is finite is one.
  private func isGood(_ run: Run) -> Bool {
    run.outline.isContinual || (smoothed ?? 0) <= lowest * Self.goodness
  }
}
