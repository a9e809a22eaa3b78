import Autodiff
import Learning

extension TaskFamily {
  /// Labelled examples by which tasks are met that nobody trained on: row r of x [tasks, examples,
  /// inputs] and y [tasks, examples, outputs] are those of `tasks[r]`, the same in every row of a task.
  /// - Parameter isReading: whether contexts are read from them.
  func fillSupport(
    tasks: [Int], seed: UInt64, x: UnsafeMutableBufferPointer<Float>,
    y: UnsafeMutableBufferPointer<Float>, isReading: Bool = false
  ) {
    let (width, height) = (x.count / tasks.count, y.count / tasks.count)
    for (row, task) in tasks.enumerated() {
      withUnsafePointer(to: task) { one in
        let tasks = UnsafeBufferPointer(start: one, count: 1)
        let key = RandomKey(seed: seed, stream: .support, step: task)
        let x = UnsafeMutableBufferPointer(rebasing: x[row * width..<(row + 1) * width])
        let y = UnsafeMutableBufferPointer(rebasing: y[row * height..<(row + 1) * height])
        let examples = width / inputCount
        if isReading {
          fillReading(tasks: tasks, examples: examples, key: key, x: x, y: y)
        } else {
          fillBatch(tasks: tasks, examples: examples, key: key, x: x, y: y)
        }
      }
    }
  }

  /// The metric of each of some tasks, given outputs and targets [tasks, examples, n]: the share of
  /// examples classified rightly, as a rule; nil for regressions.
  func accuracies(
    tasks: Int, outputs: UnsafeBufferPointer<Float>, targets: UnsafeBufferPointer<Float>
  ) -> [Float?] {
    let size = outputs.count / max(tasks, 1)
    return (0..<tasks).map { task in
      let range = task * size..<(task + 1) * size
      return metric(
        outputs: UnsafeBufferPointer(rebasing: outputs[range]),
        targets: UnsafeBufferPointer(rebasing: targets[range]))
    }
  }
}
