/// How a target network's weights vary from task to task: T tasks, each with weights of its own.
struct WeightVariation {
  /// Sum over the weights of Var(w) / E[w²], and how many weights are not 0 for every task.
  private(set) var shares = 0.0
  private(set) var counted = 0
  /// Mean over the tasks of ‖W_t − W₀‖², W₀ being the mean over the tasks.
  private(set) var deviation = 0.0
  /// ‖W₀‖².
  private(set) var mean = 0.0

  init() {}

  /// - Parameters:
  ///   - values: [tasks, weights], row-major.
  ///   - tasks: how many of the rows count, from the first.
  init(_ values: UnsafeBufferPointer<Float>, rows: Int, tasks: Int) {
    let count = values.count / max(rows, 1)
    for weight in 0..<count {
      var sum = 0.0
      for task in 0..<tasks { sum += Double(values[task * count + weight]) }
      let middle = sum / Double(tasks)
      var squares = 0.0
      for task in 0..<tasks {
        let distance = Double(values[task * count + weight]) - middle
        squares += distance * distance
      }
      let variance = squares / Double(tasks)
      deviation += variance
      mean += middle * middle
      let total = variance + middle * middle
      guard total != 0 else { continue }
      shares += variance / total
      counted += 1
    }
  }

  static func + (a: WeightVariation, b: WeightVariation) -> WeightVariation {
    var sum = a
    sum.shares += b.shares
    sum.counted += b.counted
    sum.deviation += b.deviation
    sum.mean += b.mean
    return sum
  }

  /// The share of Var(W) that z explains: see `Conditioning.varianceShare`.
  var share: Double { counted > 0 ? shares / Double(counted) : 0 }

  /// ‖ΔW‖ / ‖W₀‖: see `Conditioning.change`.
  var change: Double { deviation == 0 ? 0 : (deviation / mean).squareRoot() }
}
