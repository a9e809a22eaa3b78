import Foundation
import Learning
import LearningTesting
import Testing

/// A batch as arrays.
struct Batch: Equatable {
  var x: [Float]
  var y: [Float]

  init(_ family: any TaskFamily, tasks: [Int], examples: Int, key: RandomKey) {
    x = Array(repeating: .nan, count: tasks.count * examples * family.inputCount)
    y = Array(repeating: .nan, count: tasks.count * examples * family.outputCount)
    x.withUnsafeMutableBufferPointer { x in
      y.withUnsafeMutableBufferPointer { y in
        tasks.withUnsafeBufferPointer {
          family.fillBatch(tasks: $0, examples: examples, key: key, x: x, y: y)
        }
      }
    }
  }

  /// The unseen examples of every task.
  init(evaluationOf family: any TaskFamily) {
    let rows = family.tasks.count * family.evaluationCount
    x = Array(repeating: .nan, count: rows * family.inputCount)
    y = Array(repeating: .nan, count: rows * family.outputCount)
    x.withUnsafeMutableBufferPointer { x in
      y.withUnsafeMutableBufferPointer { family.fillEvaluation(x: x, y: $0) }
    }
  }
}

struct TaskFamilyTests {
  /// Of all experiments whose networks are generated from contexts of tasks.
  static let names = Experiments.all.filter {
    (try? $0.hypernetwork(KnobValues($0.knobs))) != nil
  }.map(\.name)

  private func family(_ name: String) throws -> any TaskFamily {
    let experiment = try #require(Experiments.named(name))
    return try experiment.hypernetwork(KnobValues(experiment.knobs)).family
  }

  @Test(arguments: names) func theSameKeyGivesTheSameBatch(name: String) throws {
    let family = try family(name)
    let tasks = [0, family.trainingTaskCount - 1, 1]
    func batch(_ step: Int, seed: UInt64 = 7) -> Batch {
      Batch(
        family, tasks: tasks, examples: 9, key: RandomKey(seed: seed, stream: .inputs, step: step))
    }
    #expect(batch(3) == batch(3))
    #expect(batch(3) != batch(4))
    #expect(batch(3) != batch(3, seed: 8))
    #expect(batch(3).x.allSatisfy { $0.isFinite })
    #expect(batch(3).y.allSatisfy { $0.isFinite })
  }

  @Test(arguments: names) func trainingTasksComeFirstAndNamesAreUnique(name: String) throws {
    let family = try family(name)
    #expect(Set(family.tasks.map(\.name)).count == family.tasks.count)
    #expect(family.tasks[..<family.trainingTaskCount].allSatisfy { $0.role == .training })
    #expect(family.tasks[family.heldOutTasks].allSatisfy { $0.role == .heldOut })
    for task in family.heldOutTasks {
      let neighbours = family.neighbours(of: task)
      // Clients lie between nobody.
      guard !neighbours.isEmpty else { continue }
      #expect(abs(neighbours.reduce(0) { $0 + $1.weight } - 1) < 1e-6)
      #expect(neighbours.allSatisfy { family.tasks[$0.task].role == .training })
    }
  }

  @Test func unseenDigitsAreNeverTrainedOn() throws {
    let family = try family("digit-views")
    let unseen = Batch(evaluationOf: family)
    let size = family.inputCount
    // Every unseen image of the upright task, by its pixels; some digits are written alike to the
    // last pixel, so a few may occur on both sides.
    let images = Set(
      (0..<family.evaluationCount).map { Array(unseen.x[$0 * size..<($0 + 1) * size]) })
    #expect(images.count >= family.evaluationCount - 2)
    var drawn: Set<[Float]> = []
    for step in 0..<40 {
      let batch = Batch(
        family, tasks: [0], examples: 500, key: RandomKey(seed: 1, stream: .inputs, step: step))
      for row in 0..<500 { drawn.insert(Array(batch.x[row * size..<(row + 1) * size])) }
    }
    #expect(drawn.count > 1400)
    #expect(drawn.intersection(images).count <= 2)
  }

  @Test func heldOutSinusoidsLieBetweenTheTrainedOnes() throws {
    let family = try family("sine-family")
    let batch = Batch(evaluationOf: family)
    for task in family.tasks.indices {
      let attributes = family.tasks[task].attributes
      let (amplitude, phase) = (Float(attributes[0].value), Float(attributes[1].value))
      let rows = task * family.evaluationCount..<(task + 1) * family.evaluationCount
      for row in rows {
        #expect(-5...5 ~= batch.x[row])
        #expect(abs(batch.y[row] - amplitude * sine(batch.x[row] - phase)) < 1e-5)
      }
    }
    for task in family.heldOutTasks {
      let around = family.neighbours(of: task).map { family.tasks[$0.task].attributes }
      for (index, attribute) in family.tasks[task].attributes.enumerated() {
        let values = around.map { $0[index].value }
        #expect(abs(values.reduce(0, +) / 4 - attribute.value) < 1e-6)
        #expect(!values.contains(attribute.value))
      }
    }
  }

  @Test func polynomialsAreThePublishedOnes() throws {
    let family = try family("three-polynomials")
    let batch = Batch(evaluationOf: family)
    #expect(family.evaluationCount == 50)
    let truth: [(Float) -> Float] = [
      { $0 + 3 }, { 2 * $0 * $0 - 1 }, { ($0 - 3) * ($0 - 3) * ($0 - 3) },
    ]
    for row in batch.x.indices {
      #expect(abs(batch.y[row] - truth[row / 50](batch.x[row])) < 1e-4)
    }
    // 100 noisy points of each are trained on: deviation 0.05.
    for task in 0..<3 {
      let drawn = Batch(
        family, tasks: [task], examples: 512, key: RandomKey(seed: 5, stream: .inputs, step: 1))
      #expect(Set(drawn.x).count <= 100)
      let errors = zip(drawn.x, drawn.y).map { $1 - truth[task]($0) }
      let deviation = (errors.reduce(0) { $0 + $1 * $1 } / 512).squareRoot()
      #expect(0.03...0.07 ~= deviation)
    }
  }
}

private func sine(_ x: Float) -> Float { sinf(x) }
