import Foundation
import Learning
import LearningTesting
import Testing
import Training

struct ConditioningTests {
  private func examined(
    _ run: sending Run, at context: [Float]? = nil, by examiner: Examiner = Examiner {}
  ) throws -> Examination {
    let count = run.description.contextCount
    let trainer = SteppedTrainer(run, saving: Saving(path: nil, autosavePath: nil))
    examiner.ask(
      ContextQuestion(
        context: context ?? Array(repeating: 0.2, count: count), reference: 0,
        snapshot: try #require(trainer.latest)))
    examiner.finish()
    return try #require(examiner.latest)
  }

  private func trained(
    _ name: String = "sine-family", to step: Int, _ settings: [String: String] = [:]
  ) throws -> Run {
    let run = try smallRun(name, settings)
    train(run, to: step)
    return run
  }

  private func mean(_ numbers: [Double]) -> Double {
    numbers.reduce(0, +) / Double(numbers.count)
  }

  private func average(_ rows: [[Double]]) -> [Double] {
    rows[0].indices.map { i in mean(rows.map { $0[i] }) }
  }

  private func squares(_ numbers: [Double]) -> Double { numbers.reduce(0) { $0 + $1 * $1 } }

  // MARK: Against plain arithmetic

  @Test func lossesAndSharesAreThoseOfPlainArithmetic() throws {
    let run = try trained(to: 120)
    let plain = try PlainHypernetwork(run)
    let found = try examined(run).conditioning
    #expect(found.step == 120)
    #expect(found.taskCount == 36)

    let z = plain.embeddings
    let middle = average(z)
    let tasks = Array(z.indices)
    let own = mean(tasks.map { plain.error(z[$0], task: $0) })
    let shuffled = mean(tasks.map { plain.error(z[($0 + 18) % 36], task: $0) })
    #expect(agree(Float(found.losses.own), own))
    #expect(agree(Float(try #require(found.losses.shuffled)), shuffled))
    #expect(
      agree(
        Float(try #require(found.losses.mean)), mean(tasks.map { plain.error(middle, task: $0) })))
    #expect(agree(Float(try #require(found.gain)), 1 - own / shuffled, tolerance: 1e-3))

    let weights = z.map { plain.weights($0).flatMap { $0 } }
    let center = average(weights)
    let shares = center.indices.map { i in
      let variance = mean(weights.map { ($0[i] - center[i]) * ($0[i] - center[i]) })
      return variance / (variance + center[i] * center[i])
    }
    let away = mean(weights.map { squares(zip($0, center).map { $0 - $1 }) })
    #expect(abs(found.varianceShare - mean(shares)) < 1e-4)
    #expect(abs(found.change / (away / squares(center)).squareRoot() - 1) < 1e-4)
    #expect(found.tensors.map(\.name) == ["W1", "b1", "W2", "b2"])
    let weighted = zip(found.tensors, plain.model.target.tensors)
      .reduce(0.0) { $0 + $1.0.varianceShare * Double($1.1.shape.count) }
    #expect(abs(weighted / Double(center.count) - found.varianceShare) < 1e-6)

    let components = z.flatMap { zip($0, middle).map { $0 - $1 } }
    #expect(abs(found.contextSpread / mean(components.map { $0 * $0 }).squareRoot() - 1) < 1e-4)
  }

  @Test func singularValuesAreThoseOfPlainDifferences() throws {
    let run = try trained(to: 120)
    let plain = try PlainHypernetwork(run)
    let found = try examined(run).conditioning.singularValues
    let z = average(plain.embeddings)
    let step = 1e-5
    let columns = z.indices.map { i in
      var (ahead, behind) = (z, z)
      ahead[i] += step
      behind[i] -= step
      return zip(plain.weights(ahead).flatMap { $0 }, plain.weights(behind).flatMap { $0 })
        .map { ($0 - $1) / (2 * step) }
    }
    let gram = columns.flatMap { a in columns.map { b in zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    }
    let expected = symmetricEigen(gram, z.count).values.sorted(by: >).map {
      max($0, 0).squareRoot()
    }
    #expect(found.count == 6)
    for (a, b) in zip(found, expected) { #expect(abs(a - b) < 1e-4 * expected[0], "\(a), \(b)") }
  }

  @Test func eigenvaluesOfASmallMatrix() {
    // [[2, 1], [1, 2]] stretches (1, 1) by 3 and (1, −1) by 1.
    let (values, vectors) = symmetricEigen([2, 1, 1, 2], 2)
    #expect(zip(values.sorted(), [1, 3]).allSatisfy { abs($0 - $1) < 1e-12 })
    #expect(vectors.allSatisfy { abs(abs($0) - 0.5.squareRoot()) < 1e-12 })
  }

  @Test func sizesOnTheWayAreThoseOfPlainArithmetic() throws {
    let run = try trained(to: 40)
    let plain = try PlainHypernetwork(run)
    let context: [Float] = [0.4, -0.2, 0.1, 0.9, -0.6, 0]
    let found = try examined(run, at: context).autopsy
    let weights = plain.weights(context.map(Double.init))
    for (tensor, numbers) in zip(found.tensors, weights) {
      #expect(abs(tensor.variance / (squares(numbers) / Double(numbers.count)) - 1) < 1e-4)
    }
    // 1-8-1 of tanh units.
    #expect(found.tensors.map(\.wanted) == [1, nil, 0.125, nil])
    let x = (0..<201).map { -5 + Double($0) / 20 }
    let sums = x.map { Plain.dense([$0], weights[0], weights[1]) }
    let units = sums.map { $0.map { tanh($0) } }
    let outputs = units.map { Plain.dense($0, weights[2], weights[3]) }
    func size(_ rows: [[Double]]) -> Double {
      squares(rows.flatMap { $0 }) / Double(rows.count * rows[0].count)
    }
    #expect(found.layers.map(\.name) == ["h1", "y"])
    #expect(abs(found.input / size(x.map { [$0] }) - 1) < 1e-4)
    #expect(abs(found.layers[0].sum / size(sums) - 1) < 1e-4)
    #expect(abs(found.layers[0].output / size(units) - 1) < 1e-4)
    #expect(abs(found.layers[1].sum / size(outputs) - 1) < 1e-4)
    #expect(found.layers[0].dead == 0)
    #expect(found.layers[1].dead == nil && found.layers[1].verdict == nil)
  }

  @Test func unitsThatNeverAnswerAreDead() throws {
    // Of a ReLU network all of whose weights are 0 no unit ever answers.
    let run = try smallRun(
      "sine-family",
      [
        "target-activation": "relu", "spread": "0", "noise": "0", "initialization": "hyperfan-in",
      ])
    let found = try examined(run, at: Array(repeating: 0, count: 6)).autopsy
    #expect(found.layers[0].dead == 1)
    #expect(found.tensors.map(\.variance) == [0, 0, 0, 0])
    #expect(found.tensors.map(\.wanted) == [2, nil, 0.25, nil])
    #expect(found.finding == "W1 too small, W2 too small, h1 too small")
  }

  /// At step 0 sizes are those of contexts as training draws them, with its noise.
  @Test(
    arguments: ["sine-family", "digit-views"], ["embedding", "description", "support-set", "input"])
  func theStandardInitializationIsRight(_ name: String, _ conditioning: String) throws {
    for seed in [UInt64(1), 2, 3] {
      let experiment = try #require(Experiments.named(name))
      var knobs = KnobValues(experiment.knobs)
      try knobs.set("conditioning", to: conditioning)
      let found = try examined(Run(experiment, knobs: knobs, seed: seed, threads: 1)).autopsy
      #expect(found.finding == nil, "seed \(seed): \(found.tensors.compactMap(\.ratio))")
      let ratios = found.tensors.compactMap(\.ratio)
      // Half of c / fan-in, as biases are generated too.
      #expect(
        ratios.allSatisfy { conditioning == "embedding" ? 0.2...1.25 ~= $0 : 0.1...5 ~= $0 },
        "seed \(seed): \(ratios)")
    }
  }

  @Test(arguments: ["fault-scale", "fault-harmonic"])
  func faultsOfSizeAreFoundOut(_ name: String) throws {
    for seed in [UInt64(1), 2, 3] {
      let experiment = try #require(Experiments.named(name))
      let found = try examined(
        Run(experiment, knobs: KnobValues(experiment.knobs), seed: seed, threads: 1)
      ).autopsy
      let finding = try #require(found.finding)
      #expect(finding.contains("W1 too large") && !finding.contains("small"), "\(finding)")
    }
  }

  // MARK: Every strategy

  @Test(arguments: StrategyChoice.allCases, ["sine-family", "digit-views", "three-polynomials"])
  func everyStrategyCanBeExamined(_ strategy: StrategyChoice, name: String) throws {
    let run = try trained(name, to: 30, ["strategy": strategy.rawValue, "chunk": "40"])
    let tensors = run.description.tensors.map(\.name)
    let isContinual = name == "three-polynomials"
    let contexts = run.description.contextCount
    let found = try examined(run)
    #expect(found.conditioning.tensors.map(\.name) == tensors)
    #expect(found.autopsy.tensors.map(\.name) == tensors)
    #expect(found.conditioning.singularValues.count == contexts)
    #expect(found.conditioning.singularValues.allSatisfy { $0.isFinite && $0 >= 0 })
    #expect((found.conditioning.singularValues.first ?? 0) > 0)
    #expect(found.conditioning.losses.own.isFinite)
    #expect((found.conditioning.gain == nil) == isContinual)
    #expect(isContinual || found.conditioning.varianceShare > 0)
    #expect(!found.conditioning.isAlarm)
  }

  // MARK: The alarm

  @Test func oneContextForAllTasksIsAnAlarm() throws {
    let flat = ["spread": "0", "noise": "0", "initialization": "bias-hyperinit"]
    let fresh = try examined(try smallRun("sine-family", flat)).conditioning
    #expect(fresh.cause == .sameContexts(spread: 0))
    #expect(!fresh.isAlarm, "before training it is not yet wrong")
    let found = try examined(try trained(to: 60, flat)).conditioning
    #expect(found.isAlarm)
    #expect(found.varianceShare == 0)
    #expect(found.gain == 0)
    #expect(
      found.cause?.sentence
        == "z is ignored: every task has the same z (spread 0); set spread 0.1")
  }

  @Test func aTrainedRunRaisesNoAlarm() throws {
    let found = try examined(try trained(to: 600)).conditioning
    #expect(found.cause == nil && !found.isAlarm)
    #expect((found.gain ?? 0) > 0.3)
  }

  @Test func headsOfZerosSaySoBeforeTraining() throws {
    let silent = try smallRun("sine-family", ["initialization": "bias-hyperinit"])
    #expect(try examined(silent).conditioning.cause == .silentHead)
    let adapters = try smallRun("sine-family", ["strategy": "lora"])
    #expect(try examined(adapters).conditioning.cause == .silentHead)
  }

  @Test func noiseThatDrownsTheTasksIsFoundOut() throws {
    let run = try trained(
      to: 2000,
      ["noise": "10", "hyper-widths": "64-16", "target-widths": "40-40", "examples": "16"])
    let found = try examined(run).conditioning
    guard case .drowned(let noise, let spread) = found.cause else {
      Issue.record("\(String(describing: found.cause)), gain \(found.gain ?? -1)")
      return
    }
    #expect(noise == 10 && spread < 10.0 / 3)
    #expect(found.isAlarm)
  }

  @Test func ofTasksThatComeInTurnOnlyThoseThatCameCount() throws {
    let found = try examined(try trained("three-polynomials", to: 100)).conditioning
    #expect(found.taskCount == 1)
    #expect(found.gain == nil && found.losses.shuffled == nil)
    #expect(found.cause == nil && found.varianceShare == 0)
  }

  @Test func oneExaminerServesOneRunAfterAnother() throws {
    let examiner = Examiner {}
    let first = try examined(try trained(to: 30), by: examiner).conditioning
    #expect(first.tensors.count == 4)
    let other = try trained("sine-family", to: 30, ["target-widths": "3-2"])
    #expect(try examined(other, by: examiner).conditioning.tensors.count == 6)
    #expect(try examined(try trained(to: 30), by: examiner).conditioning == first)
  }

  /// A context of another length has no answer, and nothing breaks.
  @Test func aContextOfAnotherLengthIsNotExamined() throws {
    let trainer = SteppedTrainer(try smallRun(), saving: Saving(path: nil, autosavePath: nil))
    let examiner = Examiner {}
    examiner.ask(
      ContextQuestion(context: [1], reference: nil, snapshot: try #require(trainer.latest)))
    examiner.finish()
    #expect(examiner.latest == nil)
  }
}
