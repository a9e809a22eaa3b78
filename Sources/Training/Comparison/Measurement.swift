import Autodiff
import Foundation
import Learning

/// What a method comes to on a family, for one seed.
public struct Measurement: Sendable, Equatable, Codable {
  /// After how many steps of adaptation new tasks are measured.
  public static let steps = [0, 1, 5, 10]

  /// Of each training task's unseen examples, as training left it: mean squared error, or accuracy.
  public var trainingTasks: [Float]
  /// By entry of `steps`: of each new task's unseen examples.
  public var newTasks: [[Float]]
  /// The learning rate of adaptation, and the milliseconds of ten steps of it for one task.
  public var adaptationRate: Float
  public var adaptationMilliseconds: Double
  /// Multiply-adds of one example for one task, its weights made anew.
  public var multiplyAdds: Double
}

/// Measures a contestant with graphs of its own, made once.
final class MethodMeter {
  private let method: Method
  private let variables: Variables
  private let seed: UInt64
  private let training: [Int]
  private let new: [Int]
  private let data: UnseenExamples
  /// On some of the new tasks, for the points of a curve.
  private let glanceBench: AdaptationBench
  /// On the training tasks, to choose a rate.
  private lazy var trial = trial(tasks: 36)
  /// On a few of them, for the points of a curve.
  private lazy var shortTrial = trial(tasks: 6)
  private var search: RateSearch?

  private static let trialSteps = 5
  /// Numbers of unseen inputs that tasks met side by side may have.
  private static let mostNumbers = 1 << 21

  /// Tasks, as many at a time as may be met side by side.
  private static func portions(of tasks: [Int], _ family: any TaskFamily) -> [[Int]] {
    let size = family.evaluationCount * family.inputCount
    let most = max(mostNumbers / max(size, 1), 1)
    return stride(from: 0, to: tasks.count, by: most).map {
      Array(tasks[$0..<min($0 + most, tasks.count)])
    }
  }

  init(_ method: Method, variables: Variables, seed: UInt64) {
    self.method = method
    self.variables = variables
    self.seed = seed
    training = Array(0..<method.family.trainingTaskCount)
    new = Array(method.family.heldOutTasks)
    let data = UnseenExamples(method.family)
    self.data = data
    glanceBench = AdaptationBench(
      method, variables, tasks: Self.portions(of: new, method.family).first ?? [],
      shots: method.shots, data: data)
  }

  private func trial(tasks: Int) -> AdaptationBench {
    AdaptationBench(
      method, variables, tasks: Array(training.prefix(tasks)), shots: method.shots, data: data)
  }

  /// The rate that suits a few training tasks best now, for glances; nil while there are rates to try, of
  /// which it tries one. Large networks take their time.
  func nextGlanceRate() -> Float? {
    if let fixedRate { return fixedRate }
    var search = search ?? RateSearch()
    search.note(loss(at: method.adaptationRates[search.tried], by: shortTrial), of: method)
    self.search = search.tried < method.adaptationRates.count ? search : nil
    return self.search == nil ? search.best : nil
  }

  /// Rates that were tried, and which of them was best.
  private struct RateSearch {
    var tried = 0
    var best: Float = 0
    private var least = Float.infinity

    mutating func note(_ loss: Float, of method: Method) {
      if tried == 0 { best = method.adaptationRates[0] }
      if loss.isFinite, loss < least { (best, least) = (method.adaptationRates[tried], loss) }
      tried += 1
    }
  }

  /// Where there is nothing to choose.
  private var fixedRate: Float? {
    method.adaptationRates.count > 1 ? nil : method.adaptationRates.first ?? 0
  }

  /// The mean loss of new tasks after five steps, for the curve: of as many as are met side by side.
  func glance(rate: Float) -> Float {
    glanceBench.begin(seed: seed)
    for _ in 0..<Self.trialSteps { glanceBench.step(rate: rate) }
    let losses = glanceBench.losses()
    return losses.reduce(0, +) / Float(max(losses.count, 1))
  }

  func measure() -> Measurement {
    let rate = fixedRate ?? chosenRate(by: trial)
    var byStep = Measurement.steps.map { _ in [Float]() }
    for portion in Self.portions(of: new, method.family) {
      let bench = AdaptationBench(
        method, variables, tasks: portion, shots: method.shots, data: data)
      bench.begin(seed: seed)
      var taken = 0
      for (index, steps) in Measurement.steps.enumerated() {
        for _ in taken..<steps { bench.step(rate: rate) }
        taken = steps
        byStep[index] += bench.scores()
      }
    }
    let one = AdaptationBench(
      method, variables, tasks: Array(new.prefix(1)), shots: method.shots, data: data)
    return Measurement(
      trainingTasks: keptScores(rate: rate), newTasks: byStep, adaptationRate: rate,
      adaptationMilliseconds: one.milliseconds(steps: 10, seed: seed, rate: rate),
      multiplyAdds: one.multiplyAddsOfOneExample)
  }

  /// The rate whose steps help training tasks most, counted on examples they were not fitted to.
  private func chosenRate(by trial: AdaptationBench) -> Float {
    var search = RateSearch()
    for rate in method.adaptationRates { search.note(loss(at: rate, by: trial), of: method) }
    return search.best
  }

  /// The mean loss of training tasks on examples they were not fitted to, after steps of a rate.
  private func loss(at rate: Float, by trial: AdaptationBench) -> Float {
    trial.begin(seed: seed)
    for _ in 0..<Self.trialSteps { trial.step(rate: rate) }
    let losses = trial.losses()
    return losses.reduce(0, +) / Float(max(losses.count, 1))
  }

  private func keptScores(rate: Float) -> [Float] {
    guard let kept = KeptScores(method, variables: variables) else {
      trial.begin(seed: seed)
      for _ in 0..<method.trainedSteps { trial.step(rate: rate) }
      return trial.scores()
    }
    return kept.now()
  }
}

extension Method {
  /// What a table shows of every task: its loss, or the share of examples classified rightly.
  func scores(
    losses: UnsafeBufferPointer<Float>, outputs: UnsafeBufferPointer<Float>,
    targets: UnsafeBufferPointer<Float>
  ) -> [Float] {
    zip(
      losses,
      family.accuracies(tasks: losses.count, outputs: outputs, targets: targets)
    ).map { $1 ?? $0 }
  }
}

/// Examples nobody trains on, of all tasks of a family.
struct UnseenExamples {
  private let x: [Float]
  private let y: [Float]
  private let tasks: Int

  init(_ family: any TaskFamily) {
    tasks = family.tasks.count
    let rows = tasks * family.evaluationCount
    var x = [Float](repeating: 0, count: rows * family.inputCount)
    var y = [Float](repeating: 0, count: rows * family.outputCount)
    x.withUnsafeMutableBufferPointer { x in
      y.withUnsafeMutableBufferPointer { y in family.fillEvaluation(x: x, y: y) }
    }
    self.x = x
    self.y = y
  }

  func fill(
    tasks chosen: [Int], x: UnsafeMutableBufferPointer<Float>,
    y: UnsafeMutableBufferPointer<Float>
  ) {
    for (from, to) in [(self.x, x), (self.y, y)] {
      let size = from.count / tasks
      for (row, task) in chosen.enumerated() {
        for i in 0..<size { to[row * size + i] = from[task * size + i] }
      }
    }
  }
}

/// Some tasks that are met side by side, again and again.
///
/// A step that raises the loss on a task's own examples is halved, and so are the task's later ones;
/// one that still does after some halvings is taken back. That is plain descent but for the rare task
/// on which it would run away.
private final class AdaptationBench {
  private let method: Method
  private let adaptation: MethodAdaptation
  private let variables: Variables
  private let own: Variables
  private let begin, step, support, query: Plan
  /// The tasks' numbers before a step.
  private let before: Variables
  /// By task: how much of a step is taken.
  private var shares: [Float]
  private static let mostHalvings = 4
  private let tasks: [Int]

  init(
    _ method: Method, _ trained: Variables, tasks: [Int], shots: Int, data: UnseenExamples
  ) {
    self.method = method
    self.tasks = tasks
    shares = Array(repeating: 1, count: tasks.count)
    adaptation = method.adaptation(
      rows: tasks.count, shots: shots, queries: method.family.evaluationCount)
    variables = trained
    own = Variables(
      method.trainable.map { ($0.name, $0.shape) }
        + adaptation.variables.map { ($0.name, $0.shape) })
    begin = Plan(adaptation.begin, outputs: [], variables: own, threads: 1)
    step = Plan(adaptation.step, outputs: [adaptation.stepLosses], variables: own, threads: 1)
    support = Plan(
      adaptation.step, outputs: [adaptation.stepLosses], updates: false, variables: own, threads: 1)
    before = Variables(adaptation.variables.map { ($0.name, $0.shape) })
    query = Plan(
      adaptation.query, outputs: [adaptation.losses, adaptation.outputs], updates: false,
      variables: own, threads: 1)
    data.fill(tasks: tasks, x: query.input("x"), y: query.input("y"))
  }

  /// Puts every task where it begins, with what was learned up to now.
  func begin(seed: UInt64) {
    for entry in variables.entries where own.contains(entry.name) {
      _ = own.storage(entry.name).update(from: variables.storage(entry.name))
    }
    for (index, specification) in adaptation.drawn.enumerated() {
      specification.fill(own.storage(specification.name), seed: seed, index: 1000 + index)
    }
    shares = Array(repeating: 1, count: tasks.count)
    method.family.fillSupport(
      tasks: tasks, seed: seed, x: step.input("x"), y: step.input("y"))
    for name in ["x", "y"] {
      _ = begin.input(name).update(from: step.input(name))
      _ = support.input(name).update(from: step.input(name))
    }
    begin.run()
  }

  func step(rate: Float) {
    for entry in before.entries {
      _ = before.storage(entry.name).update(from: own.storage(entry.name))
    }
    step.input("rate")[0] = rate
    step.run()
    for row in tasks.indices where shares[row] < 1 { shorten(row, to: shares[row]) }
    for halving in 0...Self.mostHalvings {
      support.run()
      let (old, new) = (
        step.value(adaptation.stepLosses), support.value(adaptation.stepLosses)
      )
      let worse = tasks.indices.filter { !(new[$0] <= old[$0]) }
      if worse.isEmpty { return }
      for row in worse {
        shares[row] /= 2
        shorten(row, to: halving == Self.mostHalvings ? 0 : 0.5)
      }
    }
  }

  /// Leaves a share of the step that a task has taken.
  private func shorten(_ row: Int, to share: Float) {
    for entry in before.entries {
      let (from, to) = (before.storage(entry.name), own.storage(entry.name))
      let size = from.count / tasks.count
      for i in row * size..<(row + 1) * size {
        // Not finite times 0 is not 0.
        to[i] = share == 0 ? from[i] : from[i] + share * (to[i] - from[i])
      }
    }
  }

  func losses() -> [Float] {
    query.run()
    return Array(query.value(adaptation.losses))
  }

  func scores() -> [Float] {
    query.run()
    return method.scores(
      losses: query.value(adaptation.losses), outputs: query.value(adaptation.outputs),
      targets: UnsafeBufferPointer(query.input("y")))
  }

  /// The median of five times this many steps.
  func milliseconds(steps: Int, seed: UInt64, rate: Float) -> Double {
    let times = (0..<5).map { _ in
      begin(seed: seed)
      let start = steadyClock()
      for _ in 0..<steps { step(rate: rate) }
      return 1000 * (steadyClock() - start)
    }
    return times.sorted()[2]
  }

  var multiplyAddsOfOneExample: Double {
    let one = method.adaptation(rows: 1, shots: method.shots, queries: 1)
    return one.query.multiplyAdds(of: [one.outputs])
  }
}
