import CKernels
import Foundation

/// y = a·sin(x − φ) with a uniform in [0.1, 5], φ in [0, π] and x in [−5, 5] (Finn, Abbeel & Levine
/// 2017): as many tasks as one asks for. Those listed are 100 to measure training tasks on, and 600
/// held out.
struct OpenSinusoids: SinusoidFamily {
  static let listed = (training: 100, heldOut: 600)

  let tasks: [TaskDescription]
  let inputCount = 1
  let outputCount = 1
  let objective = Objective.squaredError
  let isOpen = true
  let evaluationCount = 100

  init() {
    tasks = (0..<Self.listed.training + Self.listed.heldOut).map { index in
      let (amplitude, phase) = Self.parameters(index)
      let isTraining = index < Self.listed.training
      return TaskDescription(
        (isTraining ? "s" : "h") + "\(isTraining ? index + 1 : index - Self.listed.training + 1)",
        role: isTraining ? .training : .heldOut,
        attributes: [
          .init("amp", Double(amplitude)), .init("phase", Double(phase), unit: "rad"),
        ])
    }
  }

  private static func parameters(_ task: Int) -> (amplitude: Float, phase: Float) {
    var draw: (Float, Float) = (0, 0)
    withUnsafeMutableBytes(of: &draw) {
      RandomKey(seed: 0, stream: .openTasks, step: task)
        .fillUniform($0.bindMemory(to: Float.self))
    }
    return (0.1 + 4.9 * draw.0, .pi * draw.1)
  }

  func value(_ x: Float, task: Int) -> Float {
    let (amplitude, phase) = Self.parameters(task)
    return amplitude * sinf(x - phase)
  }

  private func fill(
    _ task: Int, _ x: UnsafeMutableBufferPointer<Float>.SubSequence,
    _ y: UnsafeMutableBufferPointer<Float>
  ) {
    let (amplitude, phase) = Self.parameters(task)
    for i in x.indices { y[i] = amplitude * sinf(x[i] - phase) }
  }

  func fillBatch(
    tasks: UnsafeBufferPointer<Int>, examples: Int, key: RandomKey,
    x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>
  ) {
    key.fillUniform(x, from: -5, to: 5)
    for row in tasks.indices { fill(tasks[row], x[row * examples..<(row + 1) * examples], y) }
  }

  func fillEvaluation(x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>) {
    for i in x.indices {
      x[i] = -5 + 10 * (Float(i % evaluationCount) + 0.5) / Float(evaluationCount)
    }
    for task in tasks.indices {
      fill(task, x[task * evaluationCount..<(task + 1) * evaluationCount], y)
    }
  }

  func neighbours(of task: Int) -> [(task: Int, weight: Float)] { [] }
}
