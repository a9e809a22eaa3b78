import Autodiff
import Learning

/// What clients come to without the hypernetwork, on the same rows and with the same network: each trained by
/// itself (local), and one network for all, which would need all rows in one place (pooled). A step of
/// theirs is a round. They train beside a run while somebody looks, and no session holds them.
final class ClientRivals {
  private let contestants: [(name: String, contestant: Contestant, scores: KeptScores)]
  private let identity: [KnobValue]
  private let seed: UInt64
  private(set) var standing: Snapshot.Rivals?

  /// Nil for an experiment that has none.
  init?(of run: Run) {
    guard let experiment = run.experiment as? any FederatedExperiment,
      let setting = try? experiment.rivals(run.knobs)
    else { return nil }
    var contestants: [(String, Contestant, KeptScores)] = []
    for (name, choice) in [("local", MethodChoice.standard), ("pooled", .pooled)] {
      guard let method = try? choice.method(setting) else { return nil }
      let contestant = Contestant(
        method, knobs: setting.knobs, seed: run.seed, steps: experiment.steps(run.knobs))
      guard let scores = KeptScores(method, variables: contestant.variables) else { return nil }
      contestants.append((name, contestant, scores))
    }
    self.contestants = contestants
    identity = Self.identity(of: run)
    seed = run.seed
  }

  private static func identity(of run: Run) -> [KnobValue] {
    run.experiment.knobs.filter { $0.effect == .rebuild }.compactMap { run.knobs[$0.name] }
  }

  /// Whether a run is still the one these are beside.
  func belong(to run: Run) -> Bool {
    seed == run.seed && identity == Self.identity(of: run)
      && contestants.allSatisfy { $0.contestant.step <= run.step || $0.contestant.isDone }
  }

  /// Trains them up to a step, but no further than so many steps at once, and measures them.
  func advance(to step: Int, atMost steps: Int) {
    for (_, contestant, _) in contestants where contestant.step < step && !contestant.isDone {
      contestant.train(steps: min(steps, step - contestant.step), to: step)
    }
    standing = Snapshot.Rivals(
      step: contestants.map(\.contestant.step).min() ?? 0, names: contestants.map(\.name),
      scores: contestants.map { $0.scores.now() })
  }
}

/// What training tasks come to on their unseen examples, with the numbers that a method keeps for each.
final class KeptScores {
  private let method: Method
  private let program: EvaluationProgram
  private let plan: Plan

  /// Nil where a method keeps nothing for a training task.
  init?(_ method: Method, variables: Variables) {
    guard let program = method.keptProgram(queries: method.family.evaluationCount) else {
      return nil
    }
    self.method = method
    self.program = program
    plan = Plan(
      program.graph, outputs: [program.losses, program.outputs], updates: false,
      variables: variables, threads: 1)
    UnseenExamples(method.family).fill(
      tasks: Array(0..<method.family.trainingTaskCount), x: plan.input("x"), y: plan.input("y"))
  }

  /// The loss of each, or the share of examples classified rightly.
  func now() -> [Float] {
    plan.run()
    return method.scores(
      losses: plan.value(program.losses), outputs: plan.value(program.outputs),
      targets: UnsafeBufferPointer(plan.input("y")))
  }
}
