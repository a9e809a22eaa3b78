import Autodiff

/// A source of related problems: which tasks there are, and their data.
///
/// Buffers are filled task by task: task t's examples stand together, row-major. Data depend only
/// on the key, so the same seed and step give the same batch.
public protocol TaskFamily: Sendable {
  /// Training tasks first, then the held-out ones.
  var tasks: [TaskDescription] { get }
  var inputCount: Int { get }
  var outputCount: Int { get }
  var objective: Objective { get }
  /// Whether there are tasks without end beside those that are listed: any number from `tasks.count` on
  /// names one, and `fillBatch` takes it.
  var isOpen: Bool { get }
  /// How many examples one shot is: one of each class where tasks are N-way K-shot.
  var shotSize: Int { get }
  /// Where inputs are a square grey image: its side.
  var imageSide: Int? { get }
  /// What one unit of an output is in the world, where outputs are scaled.
  var outputScale: Float? { get }
  /// What a person reads beside a task's loss, given its outputs and targets [examples, n]; nil where the
  /// loss says it all.
  func metric(
    outputs: UnsafeBufferPointer<Float>, targets: UnsafeBufferPointer<Float>
  ) -> Float?
  /// What that is called.
  var metricName: String { get }
  /// More measures of a task, given its outputs for its unseen examples.
  func measures(
    of task: Int, outputs: UnsafeBufferPointer<Float>
  ) -> [(name: String, value: Float)]
  /// The most labelled examples a held-out task can give; nil where there are as many as one asks for.
  var mostShots: Int? { get }

  /// A fresh batch of training examples: x [tasks, examples, inputs], y [tasks, examples, outputs].
  func fillBatch(
    tasks: UnsafeBufferPointer<Int>, examples: Int, key: RandomKey,
    x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>)

  /// Examples from which a context is read, in the place of `fillBatch`'s.
  func fillReading(
    tasks: UnsafeBufferPointer<Int>, examples: Int, key: RandomKey,
    x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>)

  /// Whether each step trains tasks of its own that are like the listed ones, where contexts are read from
  /// examples: `fillAnew` gives them.
  var isDrawnAnew: Bool { get }

  /// Examples of such tasks, to learn from or to be read; the same seed and step mean the same tasks.
  func fillAnew(
    tasks: UnsafeBufferPointer<Int>, examples: Int, key: RandomKey, isReading: Bool,
    x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>)

  /// A task in numbers, of the size of 1, from which a hypernetwork can tell it apart.
  func description(of task: Int) -> [Float]

  /// How many unseen examples `fillEvaluation` gives each task.
  var evaluationCount: Int { get }

  /// Examples no training and no fitting ever sees, for every task of the family.
  func fillEvaluation(x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>)

  /// The training tasks between which a held-out task lies, with weights that sum to 1; empty
  /// where there are none.
  func neighbours(of task: Int) -> [(task: Int, weight: Float)]

  /// How many inputs the target pane's picture takes, and their values [count, inputs].
  var pictureCount: Int { get }
  func fillPicture(reference: Int?, x: UnsafeMutableBufferPointer<Float>)

  /// What a target network that answered `outputs` [pictureCount, outputs] to the picture's inputs
  /// does, compared with the reference task.
  func behaviour(reference: Int?, outputs: UnsafeBufferPointer<Float>) -> Behaviour
}

extension TaskFamily {
  /// Training examples of one task, x [examples, inputs] and y [examples, outputs].
  func batch(of task: Int, examples: Int, key: RandomKey) -> (x: [Float], y: [Float]) {
    var x = [Float](repeating: 0, count: examples * inputCount)
    var y = [Float](repeating: 0, count: examples * outputCount)
    x.withUnsafeMutableBufferPointer { x in
      y.withUnsafeMutableBufferPointer { y in
        withUnsafePointer(to: task) {
          fillBatch(
            tasks: UnsafeBufferPointer(start: $0, count: 1), examples: examples, key: key, x: x,
            y: y)
        }
      }
    }
    return (x, y)
  }

  public func fillReading(
    tasks: UnsafeBufferPointer<Int>, examples: Int, key: RandomKey,
    x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>
  ) { fillBatch(tasks: tasks, examples: examples, key: key, x: x, y: y) }

  public var isDrawnAnew: Bool { false }

  public func fillAnew(
    tasks: UnsafeBufferPointer<Int>, examples: Int, key: RandomKey, isReading: Bool,
    x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>
  ) {
    if isReading {
      fillReading(tasks: tasks, examples: examples, key: key, x: x, y: y)
    } else {
      fillBatch(tasks: tasks, examples: examples, key: key, x: x, y: y)
    }
  }

  public var isOpen: Bool { false }
  public var shotSize: Int { 1 }
  public var imageSide: Int? { nil }
  public var mostShots: Int? { nil }
  public var outputScale: Float? { nil }
  public var metricName: String { objective.metricName }

  /// The share of examples that are classified rightly.
  public func metric(
    outputs: UnsafeBufferPointer<Float>, targets: UnsafeBufferPointer<Float>
  ) -> Float? { objective.accuracy(outputs: outputs, targets: targets, classes: outputCount) }

  public func measures(
    of task: Int, outputs: UnsafeBufferPointer<Float>
  ) -> [(name: String, value: Float)] { [] }
  public var trainingTaskCount: Int { tasks.count { $0.role == .training } }
  public var heldOutTasks: Range<Int> { trainingTaskCount..<tasks.count }
}

/// What a target network's output is measured by.
public enum Objective: Sendable {
  /// Mean of (f(x) − y)² over everything.
  case squaredError
  /// −Σ y log softmax(f(x)), mean over examples; y is one-hot.
  case crossEntropy
  /// Binary cross-entropy of being outside of a body, f(x) being its logit: y is the signed distance to the
  /// surface. Mean of log(1 + exp f) − [y ≥ 0] f.
  case occupancy
  /// Mean of |f(x) − clamp y| / limit, y the signed distance to a body's surface, clamped to ±limit (after
  /// Park et al. 2019, who clamp f(x) as well: where it begins beyond the limit no gradient is left).
  case signedDistance(limit: Float)

  /// The word for the measure: `MSE`, `accuracy` or `IoU`.
  public var metricName: String {
    switch self {
    case .squaredError: "MSE"
    case .crossEntropy: "accuracy"
    case .occupancy, .signedDistance: "IoU"
    }
  }

  /// Loss of every task, [T], from outputs and targets [T, B, n].
  public func perTask(_ outputs: Tensor, _ targets: Tensor) -> Tensor {
    switch self {
    case .squaredError:
      return (outputs - targets).square().mean(axes: [1, 2], keepingDimensions: false)
    case .crossEntropy:
      let examples = Float(outputs.shape[1])
      return (outputs.logSoftmax() * targets).sum(axes: [1, 2], keepingDimensions: false)
        * (-1 / examples)
    case .occupancy:
      return (outputs.softplus() - targets.step() * outputs)
        .mean(axes: [1, 2], keepingDimensions: false)
    case .signedDistance(let limit):
      return (outputs - targets.minimum(limit).maximum(-limit)).abs()
        .mean(axes: [1, 2], keepingDimensions: false) * (1 / limit)
    }
  }
}
