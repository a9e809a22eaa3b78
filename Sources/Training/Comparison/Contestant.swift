import Autodiff
import Learning

/// One method in training for one seed: its variables, the plan of the stage it is in, and the course
/// of its losses. Not for sharing.
package final class Contestant {
  let method: Method
  let seed: UInt64
  package let variables: Variables
  /// Of steps; where seconds are counted, how many they are worth by what is known.
  private(set) var total: Int
  package private(set) var step = 0
  /// Seconds of training steps.
  package private(set) var seconds = 0.0
  /// Two series: the loss of training, and that of new tasks.
  private(set) var history = History(seriesCount: 2)
  /// Why it stopped before its end; nil while all is well.
  private(set) var failure: String?

  private var starts: [Int]
  /// The seconds of training it has; nil where it has steps.
  private let limit: Double?
  /// The part of them after which the steps are counted out anew.
  private var nextCount = 0.05
  private var stage = -1
  private var program: TrainingProgram?
  private var plan: Plan?
  private var feed: (any Feed)?
  private let knobs: KnobValues

  init(
    _ method: Method, knobs: KnobValues, seed: UInt64, steps: Int, limit: Double? = nil
  ) {
    self.limit = limit
    self.method = method
    self.knobs = knobs
    self.seed = seed
    total = steps
    starts = method.stageStarts(steps: steps)
    variables = Variables(method.variables.map { ($0.name, $0.shape) })
    method.initialize(variables, seed: seed)
  }

  package var isDone: Bool { step >= total || failure != nil }

  /// Trains for some seconds, and at most to a step or to its end.
  package func train(seconds budget: Double, to end: Int = .max) {
    let begin = steadyClock()
    train(to: end) { steadyClock() - begin < budget }
    seconds += steadyClock() - begin
    count()
  }

  /// Trains so many steps, and at most to a step or to its end.
  func train(steps: Int, to end: Int) {
    let begin = steadyClock()
    let last = step + steps
    train(to: end) { step < last }
    seconds += steadyClock() - begin
    count()
  }

  /// Where seconds are counted: says anew how many steps they are worth, so that rates fall and stages
  /// change by the time that is left. Stages that have begun stay begun.
  private func count() {
    guard let limit, failure == nil else { return }
    if seconds >= limit {
      total = step
      return
    }
    guard seconds >= limit * nextCount || step >= total else { return }
    nextCount = max(nextCount * 1.5, seconds / limit * 1.2)
    total = min(max(Int(Double(step) * limit / seconds), step + 1), Comparison.mostSteps)
    let begun = starts.prefix { $0 <= step }
    starts =
      Array(begun) + method.stageStarts(steps: total).dropFirst(begun.count).map { max($0, step) }
    stage = -1
  }

  /// At least one step.
  private func train(to end: Int, while goesOn: () -> Bool) {
    repeat { advance() } while !isDone && step < end && goesOn()
  }

  private func advance() {
    if stage < 0 || step >= starts[stage + 1] { enterStage() }
    guard let program, let plan, let feed else { return }
    feed.write(step: step)
    plan.run()
    let loss = plan.value(program.loss)[0]
    guard loss.isFinite else {
      failure = "\(plan.firstNonFinite() ?? "the loss") is not a number at step \(step)"
      return
    }
    history.append(loss, to: 0, step: step)
    step += 1
  }

  private func enterStage() {
    stage = (0..<method.stages.count).last { step >= starts[$0] } ?? 0
    let program = method.trainingProgram(
      stage: stage, steps: starts[stage]..<max(starts[stage + 1], starts[stage] + 1))
    let plan = Plan(program.graph, outputs: [program.loss], variables: variables, threads: 1)
    let feed = program.feed(plan)
    feed.apply(knobs, seed: seed)
    (self.program, self.plan, self.feed) = (program, plan, feed)
  }

  /// Adds a point to the curve of new tasks.
  func note(newTasks loss: Float) { history.append(loss, to: 1, step: max(step - 1, 0)) }

  /// Takes over where another session of it was.
  func restore(
    step: Int, seconds: Double, values: [Float], history: History, failure: String?
  ) {
    self.step = step
    self.seconds = seconds
    _ = variables.block.update(fromContentsOf: values)
    self.history = history
    self.failure = failure
    stage = -1
  }
}
