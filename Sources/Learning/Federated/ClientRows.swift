/// Rows that stay with whoever they belong to: of every client some to train on and some that nobody
/// trains on or fits to. No row is two clients'.
package struct ClientRows: Sendable {
  package let inputCount: Int
  package let outputCount: Int
  /// Row by row, a client's together: those to train on, then the unseen ones.
  package let x, y: [Float]
  /// By client: which rows.
  package let training, unseen: [Range<Int>]
  /// How many unseen rows each client is measured on: all of its own, equally often, as far as the
  /// number is divided by theirs. It is a common multiple of theirs where that is at most `mostUnseen`.
  package let evaluationCount: Int

  private static let mostUnseen = 360

  package struct Client {
    package typealias Row = (x: [Float], y: [Float])
    package var training: [Row]
    package var unseen: [Row]

    package init(training: [Row] = [], unseen: [Row] = []) {
      self.training = training
      self.unseen = unseen
    }
  }

  /// Every client has at least one row of either kind.
  /// - Parameter evaluationCount: nil is what suits these clients.
  package init(
    _ clients: [Client], inputs: Int, outputs: Int, evaluationCount: Int? = nil
  ) {
    inputCount = inputs
    outputCount = outputs
    var (x, y): ([Float], [Float]) = ([], [])
    var (training, unseen): ([Range<Int>], [Range<Int>]) = ([], [])
    var next = 0
    func add(_ rows: [(x: [Float], y: [Float])]) -> Range<Int> {
      for row in rows {
        x += row.x
        y += row.y
      }
      defer { next += rows.count }
      return next..<next + rows.count
    }
    for client in clients {
      precondition(!client.training.isEmpty && !client.unseen.isEmpty, "a client without rows")
      training.append(add(client.training))
      unseen.append(add(client.unseen))
    }
    self.x = x
    self.y = y
    self.training = training
    self.unseen = unseen
    self.evaluationCount = evaluationCount ?? Self.evaluationCount(of: unseen.map(\.count))
  }

  /// How many unseen rows each of some clients is measured on that have so many.
  package static func evaluationCount(of unseen: [Int]) -> Int {
    let counts = Set(unseen).sorted()
    let multiple = counts.reduce(1) { sum, count in
      sum > mostUnseen ? sum : sum / divisor(sum, count) * count
    }
    return multiple <= mostUnseen ? multiple : max(mostUnseen, counts.last ?? 1)
  }

  /// How many rows to train on the client has that has fewest.
  var fewestToTrain: Int { training.map(\.count).min() ?? 1 }

  private static func divisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : divisor(b, a % b) }

  /// The row that stands at a place of a client's `evaluationCount`.
  package func unseenRow(_ place: Int, of client: Int) -> Int {
    let rows = unseen[client]
    return rows.lowerBound + place * rows.count / evaluationCount
  }

  private func copy(
    _ row: Int, to place: Int, x: UnsafeMutableBufferPointer<Float>,
    y: UnsafeMutableBufferPointer<Float>
  ) {
    self.x.withUnsafeBufferPointer { source in
      for i in 0..<inputCount { x[place * inputCount + i] = source[row * inputCount + i] }
    }
    self.y.withUnsafeBufferPointer { source in
      for i in 0..<outputCount { y[place * outputCount + i] = source[row * outputCount + i] }
    }
  }

  /// Rows to train on, drawn anew every time. Examples by which a client is met that nobody trained with
  /// are different rows, as many as were asked for; where it has fewer, they are repeated.
  func fillBatch(
    tasks: UnsafeBufferPointer<Int>, examples: Int, key: RandomKey,
    x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>
  ) {
    if key.stream == .support {
      for (task, client) in tasks.enumerated() {
        let own = training[client]
        let order = key.permutation(own.count)
        for i in 0..<examples {
          copy(own.lowerBound + order[i % own.count], to: task * examples + i, x: x, y: y)
        }
      }
      return
    }
    key.forEachInteger(tasks.count * examples, below: 1 << 32) { place, number in
      let own = training[tasks[place / examples]]
      copy(own.lowerBound + (number * own.count) >> 32, to: place, x: x, y: y)
    }
  }

  /// The rows that client 0 draws as one of several of a round: the same as where all their rows are at
  /// one place.
  /// - Parameters:
  ///   - position: its place among them.
  ///   - x: [examples, inputs], and `y` likewise.
  package func fillOwnBatch(
    position: Int, examples: Int, key: RandomKey, x: UnsafeMutableBufferPointer<Float>,
    y: UnsafeMutableBufferPointer<Float>
  ) {
    let own = training[0]
    let first = position * examples
    key.forEachInteger(first + examples, below: 1 << 32) { place, number in
      guard place >= first else { return }
      copy(own.lowerBound + (number * own.count) >> 32, to: place - first, x: x, y: y)
    }
  }

  func fillEvaluation(x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>) {
    for place in 0..<unseen.count * evaluationCount {
      let row = unseenRow(place % evaluationCount, of: place / evaluationCount)
      copy(row, to: place, x: x, y: y)
    }
  }
}

/// A family whose tasks are clients with rows of their own.
package protocol ClientFamily: TaskFamily {
  var rows: ClientRows { get }
}

extension ClientFamily {
  package var inputCount: Int { rows.inputCount }
  package var outputCount: Int { rows.outputCount }
  package var evaluationCount: Int { rows.evaluationCount }
  package var mostShots: Int? { heldOutTasks.map { rows.training[$0].count }.min() }

  package func fillBatch(
    tasks: UnsafeBufferPointer<Int>, examples: Int, key: RandomKey,
    x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>
  ) { rows.fillBatch(tasks: tasks, examples: examples, key: key, x: x, y: y) }

  package func fillEvaluation(
    x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>
  ) {
    rows.fillEvaluation(x: x, y: y)
  }

  package func neighbours(of task: Int) -> [(task: Int, weight: Float)] { [] }
}
