import Dispatch
import Learning
import Synchronization

extension TrainedTable {
  /// How well an architecture comes to classify, trained once for each seed.
  package static func train(
    _ architecture: Architecture, _ split: SearchSpace.Split, _ images: ArchitectureImages,
    _ setting: ArchitectureTraining, seeds: Int = TrainedTable.seeds
  ) -> Row {
    var row = Row(split: split, architecture: architecture, accuracies: [], validation: 0)
    for seed in 0..<seeds {
      let (test, validation) = TrueTraining.whole(
        architecture, images, setting, seed: UInt64(seed))
      row.accuracies.append(test.accuracy)
      row.validation += validation.accuracy / Float(seeds)
    }
    return row
  }

  /// Trains what the table has not yet, some architectures side by side; the numbers do not depend on how
  /// many. Calls `done` with each new row, in order; stops where that returns false.
  package mutating func complete(
    _ images: ArchitectureImages, threads: Int, done: (_ row: Row, _ of: Int) throws -> Bool
  ) rethrows {
    let all = architectures
    let setting = setting
    while rows.count < all.count {
      let next = all[rows.count..<min(rows.count + max(threads, 1), all.count)]
      let trained = Mutex([Int: Row]())
      DispatchQueue.concurrentPerform(iterations: next.count) { index in
        let (split, architecture) = next[next.startIndex + index]
        let row = Self.train(architecture, split, images, setting)
        trained.withLock { $0[index] = row }
      }
      let new = trained.withLock { $0 }
      for index in 0..<next.count {
        guard let row = new[index] else { continue }
        rows.append(row)
        if try !done(row, all.count) { return }
      }
    }
  }
}
