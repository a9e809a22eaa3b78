import Training

/// Where a context lies among the tasks' contexts.
struct Neighbourhood {
  struct Neighbour: Equatable {
    var task: Int
    var distance: Float
  }

  /// Tasks that have a context, nearest first.
  let nearest: [Neighbour]
  /// How much farther the context is from its nearest task than tasks usually are from theirs, in
  /// standard deviations of that distance; 0 on the tasks' own ground. Nil with fewer than three tasks.
  let deviation: Float?

  init(of context: [Float], among tasks: [Snapshot.TaskStatus]) {
    let known = tasks.enumerated().compactMap { task, status -> (task: Int, context: [Float])? in
      guard let own = status.context, own.count == context.count else { return nil }
      return (task, own)
    }
    nearest = known.map { Neighbour(task: $0.task, distance: distance($0.context, context)) }
      .filter(\.distance.isFinite)
      .sorted { ($0.distance, $0.task) < ($1.distance, $1.task) }
    guard known.count >= 3, let own = nearest.first?.distance else {
      deviation = nil
      return
    }
    let gaps = known.map { one in
      known.reduce(Float.infinity) {
        $1.task == one.task ? $0 : min($0, distance($1.context, one.context))
      }
    }
    let mean = gaps.reduce(0, +) / Float(gaps.count)
    let variance = gaps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(gaps.count)
    // On an even grid all gaps are the same; a tenth of one is then the measure.
    let spread = max(variance.squareRoot(), mean / 10)
    deviation = spread > 0 ? max((own - mean) / spread, 0) : nil
  }
}

/// Euclidean distance of two contexts of one length.
func distance(_ a: [Float], _ b: [Float]) -> Float {
  var sum: Float = 0
  for i in a.indices { sum += (a[i] - b[i]) * (a[i] - b[i]) }
  return sum.squareRoot()
}
