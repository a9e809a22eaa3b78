/// Sees after every step whether a run still makes sense, and keeps the last state in which it did.
/// The workbench and headless training watch by the same rules.
public struct Watch: Sendable {
  /// A loss this many times larger than the first one (or than 1) means that the run has diverged.
  private static let divergence: Float = 1e4

  /// The last state that was measured and in which every number was finite.
  public private(set) var lastGood: Run.State?
  private var firstLoss: Float?

  public init() {}

  /// To be called after a step with its loss: evaluates the run where that is due. Returns why the
  /// run must stop, if it must.
  public mutating func look(at run: Run, loss: Float) -> Snapshot.Failure? {
    guard loss.isFinite else {
      return failure(of: run, run.firstNonFinite() ?? "loss", "is not a number")
    }
    let first = firstLoss ?? loss
    firstLoss = first
    if loss > max(first, 1) * Self.divergence {
      return failure(of: run, "loss", "grew out of all proportion (\(loss))")
    }
    if run.isEvaluationDue {
      guard run.isFinite else {
        return failure(of: run, run.firstNonFinite() ?? "parameters", "is not a number")
      }
      run.evaluate()
      lastGood = run.state
    }
    return nil
  }

  /// To be called when the run went elsewhere: what counts as divergence is learned anew, and at
  /// step 0 there is nothing to go back to.
  public mutating func restart(atStep step: Int) {
    firstLoss = nil
    if step == 0 { lastGood = nil }
  }

  private func failure(of run: Run, _ tensor: String, _ what: String) -> Snapshot.Failure {
    let step = run.step - 1
    return Snapshot.Failure(
      sentence: "\(tensor) \(what) at step \(step)", tensor: tensor, step: step,
      lastGoodStep: lastGood?.step)
  }
}
