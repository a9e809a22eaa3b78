import Autodiff
import Foundation

/// Sinusoids of many amplitudes and phases (Finn, Abbeel & Levine 2017): each a task, its weights
/// generated from a learned embedding.
public struct SineFamily: Experiment {
  public let name = "sine-family"
  public let summary = "sinusoids a·sin(x − φ): one hypernetwork writes a network for each"
  public let standardSteps = 5000
  public let evaluationInterval = 50
  public let knobs: [Knob]

  public init() {
    knobs =
      CommonKnobs.training(rate: 1e-2, clip: 1, optimizer: .adam) + [
        CommonKnobs.tasksPerStep(36, most: 36),
        CommonKnobs.examples(16),
        CommonKnobs.contextCount(8),
        CommonKnobs.hyperWidths([64, 16]),
        CommonKnobs.hyperActivation(.tanh),
        CommonKnobs.targetWidths([40, 40]),
        CommonKnobs.targetActivation(.tanh),
        CommonKnobs.spread(0.05),
        CommonKnobs.noise(0.1),
        CommonKnobs.pull(0),
        CommonKnobs.conditioning,
        CommonKnobs.initialization(.hyperfanIn),
      ] + CommonKnobs.generation
  }

  public func model(_ knobs: KnobValues) throws(KnobError) -> any ExperimentModel {
    let family = Sinusoids()
    let activation = CommonKnobs.activation(knobs, "target-activation")
    let target = MLP(widths: [1] + knobs.widths("target-widths") + [1], activation: activation)
    let contexts = CommonKnobs.contextCount(knobs, family: family)
    let conditioning = CommonKnobs.conditioning(knobs)
    return HypernetworkModel(
      family: family, target: target,
      strategy: try CommonKnobs.strategy(knobs, family: family, target: target.tensors),
      scheme: MultiTaskScheme(
        tasksPerStep: knobs.integer("tasks-per-step"), examples: knobs.integer("examples"),
        schedule: CommonKnobs.schedule(knobs), steps: standardSteps),
      conditioning: conditioning, contextCount: contexts, embeddingDeviation: knobs.real("spread"),
      optimizer: CommonKnobs.optimizer(knobs),
      fitting: ContextFitting(examples: 40, steps: 400, rate: 0.05, starts: 6))
  }
}

/// y = a·sin(x − φ) on [−5, 5], amplitudes and phases on a grid; held-out tasks lie in the middle of
/// grid cells.
struct Sinusoids: SinusoidFamily {
  private static let amplitudes: [Float] = [0.1, 1.08, 2.06, 3.04, 4.02, 5]
  private static let phases: [Float] = (0..<6).map { Float($0) * .pi / 5 }

  private let parameters: [(amplitude: Float, phase: Float)]
  private let corners: [[Int]]
  let tasks: [TaskDescription]
  let inputCount = 1
  let outputCount = 1
  let objective = Objective.squaredError
  let evaluationCount = 64

  init() {
    var parameters: [(amplitude: Float, phase: Float)] = []
    var tasks: [TaskDescription] = []
    var corners: [[Int]] = []
    func add(_ amplitude: Float, _ phase: Float, role: TaskDescription.Role, corners cell: [Int]) {
      parameters.append((amplitude, phase))
      corners.append(cell)
      let number = tasks.count { $0.role == role } + 1
      tasks.append(
        TaskDescription(
          (role == .training ? "s" : "h") + "\(number)", role: role,
          attributes: [
            .init("amp", Double(amplitude)), .init("phase", Double(phase), unit: "rad"),
          ]))
    }
    let columns = Self.phases.count
    for amplitude in Self.amplitudes {
      for phase in Self.phases { add(amplitude, phase, role: .training, corners: []) }
    }
    for (row, column) in [(0, 1), (0, 3), (1, 0), (1, 2), (2, 4), (3, 1), (3, 3), (4, 2)] {
      let first = row * columns + column
      add(
        (Self.amplitudes[row] + Self.amplitudes[row + 1]) / 2,
        (Self.phases[column] + Self.phases[column + 1]) / 2, role: .heldOut,
        corners: [first, first + 1, first + columns, first + columns + 1])
    }
    self.parameters = parameters
    self.tasks = tasks
    self.corners = corners
  }

  func value(_ x: Float, task: Int) -> Float {
    parameters[task].amplitude * sinf(x - parameters[task].phase)
  }

  func fillBatch(
    tasks: UnsafeBufferPointer<Int>, examples: Int, key: RandomKey,
    x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>
  ) {
    key.fillUniform(x, from: -5, to: 5)
    for row in tasks.indices {
      let (amplitude, phase) = parameters[tasks[row]]
      for i in row * examples..<(row + 1) * examples { y[i] = amplitude * sinf(x[i] - phase) }
    }
  }

  func fillEvaluation(x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>) {
    for i in x.indices {
      let point = Float(i % evaluationCount) + 0.5
      x[i] = -5 + 10 * point / Float(evaluationCount)
      y[i] = value(x[i], task: i / evaluationCount)
    }
  }

  func neighbours(of task: Int) -> [(task: Int, weight: Float)] {
    corners[task].map { ($0, 0.25) }
  }
}

/// Tasks that are functions of one number in [−5, 5], known everywhere, and their picture.
protocol SinusoidFamily: TaskFamily {
  func value(_ x: Float, task: Int) -> Float
}

extension SinusoidFamily {
  var pictureCount: Int { 201 }

  func fillPicture(reference: Int?, x: UnsafeMutableBufferPointer<Float>) {
    for i in x.indices { x[i] = -5 + 10 * Float(i) / Float(pictureCount - 1) }
  }

  func behaviour(reference: Int?, outputs: UnsafeBufferPointer<Float>) -> Behaviour {
    let x = (0..<pictureCount).map { -5 + 10 * Float($0) / Float(pictureCount - 1) }
    guard let task = reference, tasks.indices.contains(task) else {
      return .curve(.init(x: x, prediction: Array(outputs), truth: nil, points: [], error: nil))
    }
    let truth = x.map { value($0, task: task) }
    let error = zip(truth, outputs).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let points = stride(from: 5, to: pictureCount, by: 10).map { (x: x[$0], y: truth[$0]) }
    return .curve(
      .init(
        x: x, prediction: Array(outputs), truth: truth, points: points,
        error: error / Float(pictureCount)))
  }
}
