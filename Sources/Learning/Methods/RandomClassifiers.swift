import Foundation

/// Points of 64 normal numbers, ten classes: each task labels them by a random network of its own, a
/// common one with a change. Two tasks are held out.
struct RandomClassifiers: TaskFamily {
  private static let inputs = 64
  private static let hidden = 16
  private static let classes = 10
  private static let training = 8
  /// How much of a task's network is its own.
  private static let difference: Float = 0.5

  let tasks: [TaskDescription]
  let inputCount = inputs
  let outputCount = classes
  let objective = Objective.crossEntropy
  let evaluationCount = 256
  let pictureCount = 20
  /// By task: [inputs][hidden], [hidden][classes].
  private let networks: [(first: [Float], second: [Float])]

  init() {
    tasks = (0..<Self.training + 2).map {
      TaskDescription(
        $0 < Self.training ? "c\($0 + 1)" : "h\($0 - Self.training + 1)",
        role: $0 < Self.training ? .training : .heldOut, attributes: [])
    }
    func draw(_ count: Int, _ step: Int) -> [Float] {
      RandomKey(seed: 2, stream: .family, step: step).normal(count)
    }
    func mixed(_ count: Int, _ part: Int, _ task: Int) -> [Float] {
      zip(draw(count, part), draw(count, 2 + 2 * task + part)).map { common, own in
        (1 - Self.difference) * common + Self.difference * own
      }
    }
    networks = tasks.indices.map {
      (mixed(Self.inputs * Self.hidden, 0, $0), mixed(Self.hidden * Self.classes, 1, $0))
    }
  }

  private func label(
    _ x: UnsafeMutableBufferPointer<Float>, _ y: UnsafeMutableBufferPointer<Float>, row: Int,
    task: Int
  ) {
    var (best, largest) = (0, -Float.infinity)
    networks[task].first.withUnsafeBufferPointer { first in
      networks[task].second.withUnsafeBufferPointer { second in
        withUnsafeTemporaryAllocation(of: Float.self, capacity: Self.hidden) { hidden in
          for unit in 0..<Self.hidden {
            var sum: Float = 0
            for i in 0..<Self.inputs {
              sum += x[row * Self.inputs + i] * first[i * Self.hidden + unit]
            }
            hidden[unit] = tanhf(sum / 8)
          }
          for label in 0..<Self.classes {
            var sum: Float = 0
            for unit in 0..<Self.hidden {
              sum += hidden[unit] * second[unit * Self.classes + label]
            }
            if sum > largest { (best, largest) = (label, sum) }
          }
        }
      }
    }
    for label in 0..<Self.classes { y[row * Self.classes + label] = label == best ? 1 : 0 }
  }

  func fillBatch(
    tasks: UnsafeBufferPointer<Int>, examples: Int, key: RandomKey,
    x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>
  ) {
    key.fillNormal(x)
    for row in 0..<tasks.count * examples { label(x, y, row: row, task: tasks[row / examples]) }
  }

  func fillEvaluation(x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>) {
    RandomKey(seed: 2, stream: .evaluation).fillNormal(x)
    for row in 0..<tasks.count * evaluationCount {
      label(x, y, row: row, task: row / evaluationCount)
    }
  }

  func neighbours(of task: Int) -> [(task: Int, weight: Float)] { [] }

  func fillPicture(reference: Int?, x: UnsafeMutableBufferPointer<Float>) {
    RandomKey(seed: 2, stream: .evaluation, step: 1).fillNormal(x)
  }

  func behaviour(reference: Int?, outputs: UnsafeBufferPointer<Float>) -> Behaviour {
    .images(
      .init(
        width: 8, height: 8, classNames: (0..<Self.classes).map(String.init), examples: [],
        accuracy: 0, accuracyCount: 0))
  }
}
