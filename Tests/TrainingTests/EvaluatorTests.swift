import Foundation
import Learning
import LearningTesting
import Testing
import Training

struct EvaluatorTests {
  private func trained(_ name: String = "sine-family", to step: Int = 100) throws -> Run {
    let run = try smallRun(name)
    train(run, to: step)
    return run
  }

  private func mean(_ numbers: [Double]) -> Double {
    numbers.reduce(0, +) / Double(numbers.count)
  }

  // MARK: Unseen examples

  @Test func everyTaskIsMeasuredWithItsOwnContext() throws {
    let run = try trained()
    let plain = try PlainHypernetwork(run)
    let errors = plain.embeddings.indices.map { plain.error(plain.embeddings[$0], task: $0) }
    for (task, error) in errors.enumerated() {
      #expect(agree(try #require(run.statuses[task].loss), error), "task \(task)")
      #expect(run.statuses[task].recent.count == 2)
      #expect(run.statuses[task].recent.last == run.statuses[task].loss)
    }
    #expect(agree(try #require(run.validationLoss), mean(errors)))
    #expect(run.history.series[1].last?.mean == run.validationLoss)
    // Tasks that have no context yet are not measured.
    #expect(run.statuses[36...].allSatisfy { $0.loss == nil && $0.recent.isEmpty })
  }

  @Test func aTaskKeepsItsLastSixteenMeasures() throws {
    let run = try trained(to: 1)
    var losses: [Float] = []
    for _ in 0..<20 {
      run.advance()
      run.evaluate()
      losses.append(try #require(run.statuses[3].loss))
    }
    #expect(run.statuses[3].recent == Array(losses.suffix(16)))
  }

  @Test func tasksThatHaveNotComeYetDoNotCount() throws {
    let run = try trained("three-polynomials")
    #expect(run.validationLoss == run.statuses[0].loss)
    #expect(run.history.series[2].count { $0.count > 0 } == 2)
    #expect(run.history.series[3].allSatisfy { $0.count == 0 })
    let names = run.finalMetrics().map(\.name)
    #expect(
      names == [
        "training_mse", "linear_mse", "quadratic_mse", "cubic_mse", "shuffled_mse",
        "mean_context_mse", "context_gain", "context_variance_share",
      ])
  }

  // MARK: Fitting

  @Test func fittingLeavesTheRunAsItIs() throws {
    let (run, other) = (try trained(), try trained())
    let heldOut = 38
    let before = bits(run)
    let loss = try #require(run.fit(task: heldOut))
    #expect(bits(run) == before)
    let context = try #require(run.statuses[heldOut].context)

    // What it says is what plain arithmetic says of its context, on the examples and the unseen.
    let plain = try PlainHypernetwork(run)
    let fitting = plain.model.fitting
    var x = [Float](repeating: 0, count: fitting.examples)
    var y = x
    let key = RandomKey(seed: run.seed, stream: .support, step: heldOut)
    x.withUnsafeMutableBufferPointer { x in
      y.withUnsafeMutableBufferPointer { y in
        withUnsafePointer(to: heldOut) {
          plain.model.family.fillBatch(
            tasks: UnsafeBufferPointer(start: $0, count: 1), examples: fitting.examples, key: key,
            x: x, y: y)
        }
      }
    }
    func error(_ context: [Double]) -> Double {
      plain.error(context, x: x.map(Double.init), y: y.map(Double.init))
    }
    let z = context.map(Double.init)
    #expect(agree(loss, error(z), tolerance: 1e-3))
    #expect(agree(try #require(run.statuses[heldOut].loss), plain.error(z, task: heldOut)))
    #expect(Double(loss) < (plain.embeddings.map(error).min() ?? 0), "better than its starts")

    // The run goes on as one that was never asked, but for the measures of the task that was.
    for run in [run, other] { train(run, to: 160) }
    #expect(bits(run) == bits(other))
    #expect(run.history == other.history)
    #expect(run.statuses[..<heldOut] == other.statuses[..<heldOut])
    #expect(run.statuses[heldOut].context == context)
    #expect(run.statuses[heldOut].recent.count == 2)
  }

  @Test func onlyHeldOutTasksAreFitted() throws {
    let run = try trained(to: 3)
    let before = run.state
    #expect(run.fit(task: 0) == nil)
    #expect(run.fit(task: 35) == nil)
    #expect(run.fit(task: 44) == nil)
    #expect(run.state == before)
  }

  // MARK: What a run ends with

  @Test func finalMetricsAreThoseOfTheirContexts() throws {
    let run = try trained(to: 300)
    let before = run.state
    let metrics = run.finalMetrics()
    #expect(run.state == before)
    #expect(
      metrics.map(\.name) == [
        "training_mse", "shuffled_mse", "mean_context_mse", "context_gain",
        "context_variance_share", "held_out_fitted_mse", "held_out_interpolated_mse",
      ])
    let value = Dictionary(uniqueKeysWithValues: metrics.map { ($0.name, $0.value) })
    let plain = try PlainHypernetwork(run)
    let z = plain.embeddings
    func check(_ name: String, _ errors: [Double]) throws {
      let (found, expected) = (try #require(value[name]), mean(errors))
      #expect(agree(found, expected), "\(name): \(found), not \(expected)")
    }
    func average(_ contexts: [[Double]]) -> [Double] {
      contexts[0].indices.map { i in mean(contexts.map { $0[i] }) }
    }
    let tasks = Array(z.indices)
    try check("training_mse", tasks.map { plain.error(z[$0], task: $0) })
    try check("shuffled_mse", tasks.map { plain.error(z[($0 + 18) % 36], task: $0) })
    try check("mean_context_mse", tasks.map { plain.error(average(z), task: $0) })
    // A held-out task lies in the middle of four on the grid of six amplitudes and six phases.
    let cells = [(0, 1), (0, 3), (1, 0), (1, 2), (2, 4), (3, 1), (3, 3), (4, 2)]
    try check(
      "held_out_interpolated_mse",
      cells.enumerated().map { index, cell in
        let first = cell.0 * 6 + cell.1
        let corners = [first, first + 1, first + 6, first + 7].map { z[$0] }
        return plain.error(average(corners), task: 36 + index)
      })
    let fitted = try (36..<44).map { task in
      _ = run.fit(task: task)
      return Double(try #require(run.statuses[task].loss))
    }
    try check("held_out_fitted_mse", fitted)
    let shares = z.map { plain.weights($0).flatMap { $0 } }
    let all = shares[0].indices.map { i in
      let (middle, square) = (mean(shares.map { $0[i] }), mean(shares.map { $0[i] * $0[i] }))
      return (square - middle * middle) / square
    }
    #expect(agree(try #require(value["context_variance_share"]), mean(all)))
    // Contexts matter by then.
    let (training, shuffled) = (value["training_mse"] ?? 0, value["shuffled_mse"] ?? 0)
    #expect(shuffled > 1.5 * training, "\(shuffled) and \(training)")
    #expect(agree(try #require(value["context_gain"]), Double(1 - training / shuffled)))
  }

  @Test func accuracyBetweenNeighboursIsCountedOnTheUnseenImages() throws {
    let run = try trained("digit-views", to: 60)
    let plain = try PlainHypernetwork(run)
    let metrics = run.finalMetrics()
    let found = try #require(metrics.first { $0.name == "held_out_interpolated_accuracy" }?.value)
    let angles = plain.model.family.tasks.map { Int($0.attributes[0].value) }
    let shares = try (18..<24).map { task in
      let around = try [-15, 15].map { turn in
        plain.embeddings[try #require(angles.firstIndex(of: (angles[task] + turn + 360) % 360))]
      }
      let weights = plain.weights(zip(around[0], around[1]).map { ($0 + $1) / 2 })
      let (x, y) = plain.unseen(task)
      let rows = y.count / 10
      let right = (0..<rows).count { row in
        let image = Array(x[row * 64..<(row + 1) * 64])
        let scores = Plain.mlp(image, weights, unit: { max($0, 0) })
        let best = scores.indices.max { scores[$0] < scores[$1] } ?? 0
        return y[row * 10 + best] == 1
      }
      return Double(right) / Double(rows)
    }
    // One image in two thousand may stand on the edge between two classes.
    #expect(abs(Double(found) - mean(shares)) < 1e-3)
    #expect(found > 0.15, "better than guessing")
  }

  /// A context that is given or read from examples has a loss on the task's examples as well.
  @Test(arguments: [ContextSource.description, .supportSet])
  func contextsThatAreNotFittedHaveALoss(_ source: ContextSource) throws {
    let experiment = SineFamily()
    var knobs = KnobValues(experiment.knobs)
    try knobs.set("conditioning", to: source.rawValue)
    let run = try Run(experiment, knobs: knobs, seed: 1)
    let loss = try #require(run.fit(task: 36))
    #expect(loss.isFinite && loss > 0)
  }
}
