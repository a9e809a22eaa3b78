import Autodiff

/// Few-shot episodes as a task family: a task is an episode. Training tasks are of the training
/// scripts, one hundred of them listed, the others without end; the thousand held out are of scripts
/// never trained on.
package struct GlyphEpisodes: TaskFamily {
  static let listed = (training: 100, heldOut: 1000)
  /// Unseen images of each class an episode is measured on.
  private static let queries = 5

  package let episodes: Episodes
  package let tasks: [TaskDescription]
  package let inputCount = Glyphs.pixelCount
  package let imageSide: Int? = Glyphs.side
  package let isOpen = true
  package let objective = Objective.crossEntropy
  package var outputCount: Int { episodes.ways }
  package var shotSize: Int { episodes.ways }
  package var evaluationCount: Int { Self.queries * episodes.ways }

  package init(_ episodes: Episodes) {
    self.episodes = episodes
    let counts = [(Glyphs.Split.train, Self.listed.training), (.test, Self.listed.heldOut)]
    tasks = counts.flatMap { split, count in
      (0..<count).map { number in
        TaskDescription(
          "\(episodes.script(number, split).lowercased())-\(number + 1)",
          role: split == .train ? .training : .heldOut, attributes: [])
      }
    }
  }

  /// The number and split of a task's episode.
  package func place(of task: Int) -> (number: Int, split: Glyphs.Split) {
    heldOutTasks.contains(task) ? (task - trainingTaskCount, .test) : (task, .train)
  }

  package var trainingTaskCount: Int { Self.listed.training }

  /// Keys of the streams `shots` and `support` ask for what a task is to be learned from.
  package func fillBatch(
    tasks: UnsafeBufferPointer<Int>, examples: Int, key: RandomKey,
    x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>
  ) {
    let part: Episodes.Part =
      key.stream == .shots || key.stream == .support ? .support : .query
    fill(tasks, part, examples: examples, key: key, x: x, y: y)
  }

  private func fill(
    _ tasks: UnsafeBufferPointer<Int>, _ part: Episodes.Part, examples: Int, key: RandomKey,
    x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>
  ) {
    for row in tasks.indices {
      let (number, split) = place(of: tasks[row])
      episodes.fill(
        number, split, part, examples: examples, key: key, row: row * examples,
        x: UnsafeMutableBufferPointer(
          rebasing: x[row * examples * inputCount..<(row + 1) * examples * inputCount]),
        y: UnsafeMutableBufferPointer(
          rebasing: y[row * examples * outputCount..<(row + 1) * examples * outputCount]))
    }
  }

  package func fillEvaluation(
    x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>
  ) {
    let all = Array(tasks.indices)
    all.withUnsafeBufferPointer {
      fill(
        $0, .query, examples: evaluationCount, key: RandomKey(seed: 0, stream: .evaluation), x: x,
        y: y)
    }
  }

  package func neighbours(of task: Int) -> [(task: Int, weight: Float)] { [] }

  package var pictureCount: Int { evaluationCount }

  package func fillPicture(reference: Int?, x: UnsafeMutableBufferPointer<Float>) {
    let task = [reference ?? 0]
    withUnsafeTemporaryAllocation(of: Float.self, capacity: pictureCount * outputCount) { y in
      task.withUnsafeBufferPointer {
        fill(
          $0, .query, examples: pictureCount, key: RandomKey(seed: 0, stream: .evaluation), x: x,
          y: y)
      }
    }
  }

  package func behaviour(reference: Int?, outputs: UnsafeBufferPointer<Float>) -> Behaviour {
    .images(
      .init(
        width: Glyphs.side, height: Glyphs.side, classNames: (1...outputCount).map { "\($0)" },
        examples: [], accuracy: 0, accuracyCount: 0))
  }
}
