import Learning

/// Tells when a run has failed: a number that is not finite, or a loss out of all proportion.
public struct FailureWatch: Sendable {
  /// A loss this many times larger than the first one (or than 1) means that the run has diverged.
  private static let divergence: Float = 1e4

  private var firstLoss: Float?

  public init() {}

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
    let first = firstLoss ?? loss
    firstLoss = first
    if loss > max(first, 1) * Self.divergence {
      return failure("loss", "grew out of all proportion (\(loss))")
    }
    if run.isEvaluationDue, !run.isFinite {
      return failure(run.firstNonFinite() ?? "parameters", "is not finite")
    }
    return nil
  }
}
