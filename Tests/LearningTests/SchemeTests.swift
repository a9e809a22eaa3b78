import Autodiff
import Foundation
import Learning
import LearningTesting
import Testing

struct RateScheduleTests {
  @Test func everyScheduleStartsAtOneAndEndsWhereItSays() {
    func factors(_ schedule: RateSchedule, _ steps: [Int]) -> [Float] {
      steps.map { schedule.factor(at: $0, of: 1000) }
    }
    #expect(factors(.constant, [0, 500, 1000, 9999]) == [1, 1, 1, 1])
    #expect(factors(.cosine, [0, 1000, 9999]) == [1, 0.02, 0.02])
    #expect(abs(RateSchedule.cosine.factor(at: 500, of: 1000) - 0.51) < 1e-6)
    #expect(factors(.settle, [0, 450, 900]) == [1, 1, 1])
    #expect(abs(RateSchedule.settle.factor(at: 950, of: 1000) - 0.51) < 1e-6)
    #expect(factors(.settle, [1000, 9999]) == [0.02, 0.02])
  }

  @Test func aRunOfNoLengthHasARateToo() {
    for schedule in RateSchedule.allCases {
      #expect((0.02...1).contains(schedule.factor(at: 1, of: 0)), "\(schedule)")
    }
  }
}

struct ContinualSchemeTests {
  private static let stepsPerTask = 5
  private let tensors = MLP(widths: [1, 3, 1], activation: .tanh).tensors

  private func run(
    beta: Double, memory: OutputMemory = OutputMemory()
  ) throws -> SchemeRun {
    let experiment = ThreePolynomials()
    var knobs = KnobValues(experiment.knobs)
    for (name, value) in [
      ("hyper-widths", "4-3"), ("target-widths", "3"), ("target-activation", "tanh"),
      ("examples", "6"), ("beta", "\(beta)"), ("rate", "0.05"),
    ] { try knobs.set(name, to: value) }
    let model = try experiment.hypernetwork(knobs)
    let short = HypernetworkModel(
      family: model.family, target: model.target, strategy: model.strategy,
      scheme: ContinualScheme(
        stepsPerTask: Self.stepsPerTask, examples: 6, schedule: .constant, memory: memory),
      contextCount: model.contextCount, embeddingDeviation: 1, optimizer: .adam,
      fitting: model.fitting)
    return SchemeRun(short, knobs: knobs)
  }

  /// Some numbers for what a run would have made in many steps: targets and moments of every kind.
  private func fillState(_ run: SchemeRun) {
    for (index, entry) in run.variables.entries.enumerated() {
      let key = RandomKey(seed: 7, stream: .noise, step: index)
      if entry.name.hasPrefix("stored.") {
        run.variables[entry.name] = key.normal(entry.shape.count)
      } else if entry.name.contains("first-moment/") {
        run.variables[entry.name] = key.normal(entry.shape.count, deviation: 0.01)
      } else if entry.name.contains("second-moment/") {
        run.variables[entry.name] = key.uniform(entry.shape.count, from: 1e-4, to: 1e-3)
      }
    }
    run.variables["optimizer.steps"] = [3]
  }

  /// ∂/∂θ of β / (T − 1) · Σ_{t<T} ‖h(e_t; θ + Δθ) − stored_t‖², Δθ a constant or 0: the moments after
  /// a step tell the gradient it took; without β it is the loss's alone, from which Δθ follows.
  @Test(arguments: [true, false])
  func theRegularisersGradientIsThatOfTheFormula(looksAhead: Bool) throws {
    let beta = 0.7
    let memory = OutputMemory(looksAhead: looksAhead)
    let (free, held) = (try run(beta: 0, memory: memory), try run(beta: beta, memory: memory))
    for run in [free, held] { fillState(run) }
    let theta = held.theta
    let contexts = (0..<2).map(held.context)
    let names = theta.keys.sorted()
    let before = Dictionary(
      uniqueKeysWithValues: names.map { name in
        (name, ["first", "second"].map { held.numbers("optimizer.\($0)-moment/\(name)") })
      })
    // In the middle of the third task: two tasks came before.
    let step = 2 * Self.stepsPerTask + 2
    free.step(step)
    held.step(step)

    func gradient(_ run: SchemeRun, _ name: String) -> [Double] {
      zip(run.numbers("optimizer.first-moment/\(name)"), before[name]?[0] ?? []).map {
        ($0 - 0.9 * $1) / 0.1
      }
    }
    var ahead = theta
    for name in names where looksAhead {
      let (g, moments) = (gradient(free, name), try #require(before[name]))
      for i in g.indices {
        let m = (0.9 * moments[0][i] + 0.1 * g[i]) / (1 - pow(0.9, 4))
        let v = (0.999 * moments[1][i] + 0.001 * g[i] * g[i]) / (1 - pow(0.999, 4))
        ahead[name]?[i] -= 0.05 * m / (v.squareRoot() + 1e-8)
      }
    }
    func regulariser(_ theta: [String: [Double]]) -> Double {
      (0..<2).reduce(0.0) { sum, task in
        let generated = Plain.generate(contexts[task], theta: theta, target: tensors)
        return zip(tensors, generated).reduce(sum) { sum, pair in
          let (tensor, values) = pair
          let stored = held.numbers("stored.\(tensor.name)").dropFirst(task * values.count)
          return zip(values, stored).reduce(sum) { $0 + beta / 2 * ($1.0 - $1.1) * ($1.0 - $1.1) }
        }
      }
    }
    var largest = 0.0
    for name in names {
      let measured = zip(gradient(held, name), gradient(free, name)).map { $0 - $1 }
      for i in measured.indices {
        var (up, down) = (ahead, ahead)
        up[name]?[i] += 1e-5
        down[name]?[i] -= 1e-5
        let expected = (regulariser(up) - regulariser(down)) / 2e-5
        largest = max(largest, abs(expected))
        #expect(
          abs(measured[i] - expected) < 2e-4 * (1 + abs(expected)),
          "\(name)[\(i)]: \(measured[i]) against \(expected)")
      }
    }
    #expect(largest > 1, "a gradient worth comparing")
  }

  @Test func theFirstTaskHasNothingToHold() throws {
    let (free, held) = (try run(beta: 0), try run(beta: 1000))
    for step in 0..<Self.stepsPerTask {
      #expect(free.step(step) == held.step(step))
    }
    #expect(Array(free.variables.block) == Array(held.variables.block))
    // The second does: the step ahead leads away from what was stored.
    held.step(Self.stepsPerTask)
    free.step(Self.stepsPerTask)
    #expect(Array(free.variables.block) != Array(held.variables.block))
  }

  @Test func earlierEmbeddingsAndTheirMomentsStayAsTheyAre() throws {
    let run = try run(beta: 0.1)
    for step in 0..<2 * Self.stepsPerTask { run.step(step) }
    let count = run.model.contextCount
    let earlier = 0..<2 * count
    let names = ["embedding"] + ["first", "second"].map { "optimizer.\($0)-moment/embedding" }
    func bits() -> [[UInt32]] { names.map { run.variables[$0][earlier].map(\.bitPattern) } }
    run.change(at: 2 * Self.stepsPerTask)
    let before = bits()
    let current = run.context(2)
    for step in 2 * Self.stepsPerTask + 1..<3 * Self.stepsPerTask { run.step(step) }
    #expect(bits() == before)
    #expect(run.context(2) != current)
    #expect(run.variables[names[1]][2 * count] != 0)
  }

  @Test func everyTaskStartsWithANewAdamAndStoresWhatWasLearned() throws {
    let run = try run(beta: 0.1)
    let state = run.variables.entries.map(\.name).filter { $0.hasPrefix("optimizer.") }
    for step in 0..<Self.stepsPerTask { run.step(step) }
    #expect(run.variables["optimizer.steps"] == [5])
    #expect(run.notices.isEmpty)
    run.change(at: Self.stepsPerTask)
    #expect(state.allSatisfy { run.variables[$0].allSatisfy { $0 == 0 } })
    #expect(run.notices == ["now learning task 2: quadratic"])
    let generated = Plain.generate(run.context(0), theta: run.theta, target: tensors)
    for (tensor, values) in zip(tensors, generated) {
      for (stored, value) in zip(run.numbers("stored.\(tensor.name)"), values) {
        #expect(abs(stored - value) < 1e-5, "\(tensor.name)")
      }
    }
    run.step(Self.stepsPerTask + 1)
    #expect(run.variables["optimizer.steps"] == [1])
    // After its last task a run goes on with it, its Adam too.
    let scheme = run.model.scheme
    #expect(scheme.currentTask(at: 14, knobs: KnobValues([])) == 2)
    #expect(run.program.transitions(3 * Self.stepsPerTask).isEmpty)
  }

  @Test func weightsOfTasksAreThoseOfTheFormula() throws {
    let run = try run(beta: 0.5)
    func inputs(_ step: Int) -> [[Float]] {
      run.feed.write(step: step)
      return ["task", "current", "weight"].map { Array(run.plan.input($0)) }
    }
    #expect(inputs(4) == [[0], [1, 0, 0], [0, 0, 0]])
    #expect(inputs(5) == [[1], [0, 1, 0], [0.5, 0, 0]])
    #expect(inputs(14) == [[2], [0, 0, 1], [0.25, 0.25, 0]])
    #expect(inputs(99) == [[2], [0, 0, 1], [0.25, 0.25, 0]])
  }
}

extension ContinualSchemeTests {
  /// Of three tasks the third looks at one earlier task a step, sometimes at the first and sometimes at
  /// the second, with all of β.
  @Test func someEarlierTasksAreDrawnAnewEveryStep() throws {
    let run = try run(beta: 0.5, memory: OutputMemory(sample: 1))
    var seen: [Float: Int] = [:]
    for step in 0..<200 {
      run.feed.write(step: 2 * Self.stepsPerTask + step)
      #expect(Array(run.plan.input("weight")) == [0.5])
      seen[run.plan.input("earlier")[0], default: 0] += 1
    }
    #expect(seen.keys.sorted() == [0, 1])
    #expect(seen.values.allSatisfy { (60...140).contains($0) })
    // The first has none, the second only one to look at.
    run.feed.write(step: 2)
    #expect(Array(run.plan.input("weight")) == [0])
    run.feed.write(step: Self.stepsPerTask)
    #expect(Array(run.plan.input("weight")) == [0.5])
    #expect(run.plan.input("earlier")[0] == 0)
  }

  @Test(arguments: [true, false])
  func targetsAreStoredOnceOrGeneratedAnew(storesOnce: Bool) throws {
    let run = try run(beta: 0, memory: OutputMemory(storesOnce: storesOnce))
    func first() -> [Float] {
      tensors.flatMap { run.variables["stored.\($0.name)"].prefix($0.shape.count) }
    }
    for step in 0..<Self.stepsPerTask { run.step(step) }
    run.change(at: Self.stepsPerTask)
    let stored = first()
    for step in Self.stepsPerTask..<2 * Self.stepsPerTask { run.step(step) }
    run.change(at: 2 * Self.stepsPerTask)
    #expect((first() == stored) == storesOnce)
  }
}

struct MultiTaskSchemeTests {
  private func run(
    _ settings: [String: String] = [:], tasksPerStep: Int = 36, seed: UInt64 = 1
  ) throws -> SchemeRun {
    let experiment = SineFamily()
    var knobs = KnobValues(experiment.knobs)
    let plain = [
      "hyper-widths": "5-4", "target-widths": "3", "examples": "4", "noise": "0", "pull": "0",
      "clip": "0", "rate": "0.01", "optimizer": "sgd", "schedule": "constant",
      "tasks-per-step": "\(tasksPerStep)",
    ]
    for (name, value) in plain.merging(settings, uniquingKeysWith: { $1 }) {
      try knobs.set(name, to: value)
    }
    return SchemeRun(try experiment.hypernetwork(knobs), knobs: knobs, seed: seed)
  }

  private func parameters(_ run: SchemeRun) -> [Double] {
    run.model.parameters.flatMap { run.numbers($0.name) }
  }

  @Test(arguments: [36, 5])
  func theLossIsTheMeanOfTheTasksLosses(tasksPerStep: Int) throws {
    let run = try run(tasksPerStep: tasksPerStep)
    let theta = run.theta
    let contexts = (0..<36).map(run.context)
    let loss = run.step(3)
    let (x, y) = (run.plan.input("x").map(Double.init), run.plan.input("y").map(Double.init))
    let tasks = tasksPerStep == 36 ? Array(0..<36) : run.plan.input("tasks").map { Int($0) }
    let losses = tasks.enumerated().map { row, task in
      let weights = Plain.generate(
        contexts[task], theta: theta, target: run.model.target.tensors)
      return (4 * row..<4 * row + 4).reduce(0.0) { sum, i in
        let error = Plain.mlp([x[i]], weights)[0] - y[i]
        return sum + error * error / 4
      }
    }
    let mean = losses.reduce(0, +) / Double(tasksPerStep)
    #expect(abs(Double(loss) / mean - 1) < 1e-5, "\(loss) against \(mean)")
    #expect((losses.max() ?? 0) > 2 * (losses.min() ?? 0), "tasks that differ")
  }

  /// pull · mean z² adds 2 pull z / n to the gradient of each number of z.
  @Test func thePullShrinksEmbeddings() throws {
    let (free, pulled) = (try run(["spread": "1"]), try run(["pull": "10", "spread": "1"]))
    free.variables["embedding"] = pulled.variables["embedding"]
    let before = pulled.numbers("embedding")
    #expect(free.step(0) == pulled.step(0), "what is shown is the tasks' loss alone")
    let ends = zip(free.numbers("embedding"), pulled.numbers("embedding"))
    for (z, (freely, pulledly)) in zip(before, ends) {
      let expected = -0.01 * 10 * 2 * z / Double(before.count)
      #expect(abs(pulledly - freely - expected) < 1e-6)
    }
    #expect(free.theta == pulled.theta)
  }

  /// The blend's gradient by differences of its definition, what the two networks say being fixed.
  @Test func theBlendHoldsWhatIsBetweenToTheMean() throws {
    let free = try run(["spread": "1"], tasksPerStep: 5)
    let plain = free.model
    let model = HypernetworkModel(
      family: plain.family, target: plain.target, strategy: plain.strategy,
      scheme: MultiTaskScheme(
        tasksPerStep: 5, examples: 4, schedule: .constant, steps: 10,
        blend: ContextBlend(weight: 50, examples: 3)),
      conditioning: plain.conditioning, contextCount: plain.contextCount,
      embeddingDeviation: plain.embeddingDeviation, optimizer: plain.optimizer,
      fitting: plain.fitting)
    let blended = SchemeRun(model, knobs: free.knobs)
    let (theta, embedding) = (free.theta, free.numbers("embedding"))
    #expect(free.step(0) == blended.step(0), "what is shown is the tasks' loss alone")

    let input = { (name: String) in blended.plan.input(name).map(Double.init) }
    let (x, tasks) = (input("x"), input("tasks").map { Int($0) })
    let (partners, shares) = (input("blend.partners").map { Int($0) }, input("blend.shares"))
    #expect(shares.allSatisfy { 0..<1 ~= $0 })
    let count = model.contextCount
    func context(_ row: Int, _ embedding: [Double]) -> [Double] {
      Array(embedding[tasks[row] * count..<(tasks[row] + 1) * count])
    }
    func says(_ z: [Double], _ theta: [String: [Double]], _ row: Int) -> [Double] {
      let weights = Plain.generate(z, theta: theta, target: model.target.tensors)
      return (4 * row..<4 * row + 3).map { Plain.mlp([x[$0]], weights)[0] }
    }
    func mixed(_ a: [Double], _ b: [Double], _ share: Double) -> [Double] {
      zip(a, b).map { share * $0 + (1 - share) * $1 }
    }
    let means = tasks.indices.map { row in
      mixed(
        says(context(row, embedding), theta, row),
        says(context(partners[row], embedding), theta, row), shares[row])
    }
    func loss(_ theta: [String: [Double]], _ embedding: [Double]) -> Double {
      let squares = tasks.indices.flatMap { row in
        let z = mixed(context(row, embedding), context(partners[row], embedding), shares[row])
        return zip(says(z, theta, row), means[row]).map { ($0 - $1) * ($0 - $1) }
      }
      return 50 * squares.reduce(0, +) / Double(squares.count)
    }
    func check(
      _ name: String, _ place: Int, _ loss: (_ shift: Double) -> Double
    ) {
      let expected = (loss(1e-4) - loss(-1e-4)) / 2e-4
      let found = (free.numbers(name)[place] - blended.numbers(name)[place]) / 0.01
      #expect(
        abs(found - expected) < 2e-3 * (abs(expected) + 0.1),
        "\(name) \(place): \(found), \(expected)")
    }
    #expect(loss(theta, embedding) > 1e-3)
    for name in theta.keys.sorted() {
      let place = (theta[name]?.count ?? 1) / 2
      check(name, place) { shift in
        var moved = theta
        moved[name]?[place] += shift
        return loss(moved, embedding)
      }
    }
    let place = tasks[2] * count
    check("embedding", place) { shift in
      var moved = embedding
      moved[place] += shift
      return loss(theta, moved)
    }
  }

  @Test func clippingLimitsTheNormOfAllGradientsTogether() throws {
    func change(_ clip: String) throws -> [Double] {
      let run = try run(["clip": clip])
      let before = parameters(run)
      run.step(0)
      return zip(parameters(run), before).map { ($0 - $1) / 0.01 }
    }
    func norm(_ numbers: [Double]) -> Double {
      numbers.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
    let free = try change("0")
    try #require(norm(free) > 0.6)
    #expect(try change("1000") == free)
    let clipped = try change("0.5")
    #expect(abs(norm(clipped) - 0.5) < 1e-3)
    // Shorter, in the same direction.
    let dot = zip(free, clipped).reduce(0) { $0 + $1.0 * $1.1 }
    #expect(abs(dot / (norm(free) * norm(clipped)) - 1) < 1e-4)
  }

  @Test func aStepDrawsEachTaskAtMostOnceAndARunAllOfThem() throws {
    let run = try run(tasksPerStep: 5)
    var seen: [Float: Int] = [:]
    for step in 0..<360 {
      run.feed.write(step: step)
      let tasks = Array(run.plan.input("tasks"))
      #expect(Set(tasks).count == 5, "step \(step): \(tasks)")
      for task in tasks { seen[task, default: 0] += 1 }
    }
    #expect(seen.keys.sorted() == (0..<36).map(Float.init))
    // 50 times each on average, with a deviation of 6.6.
    #expect(seen.values.allSatisfy { (20...80).contains($0) })
  }

  @Test(arguments: [36, 5])
  func theSameSeedAndStepGiveTheSameBatch(tasksPerStep: Int) throws {
    let settings = ["noise": "0.3"]
    func batch(_ run: SchemeRun, _ step: Int) -> [[Float]] {
      run.feed.write(step: step)
      return (["x", "y", "noise"] + (tasksPerStep == 36 ? [] : ["tasks"])).map {
        Array(run.plan.input($0))
      }
    }
    let (one, other) = (
      try run(settings, tasksPerStep: tasksPerStep),
      try run(settings, tasksPerStep: tasksPerStep)
    )
    let third = batch(one, 3)
    let fourth = batch(one, 4)
    #expect(batch(other, 4) == fourth)
    #expect(batch(other, 3) == third)
    let stranger = batch(try run(settings, tasksPerStep: tasksPerStep, seed: 2), 3)
    for index in third.indices {
      #expect(third[index] != fourth[index])
      #expect(third[index] != stranger[index])
    }
  }

  @Test func noiseHasTheDeviationItIsSetTo() throws {
    let run = try run(["noise": "0.3"])
    run.feed.write(step: 0)
    let noise = Array(run.plan.input("noise"))
    let deviation = (noise.reduce(0) { $0 + $1 * $1 } / Float(noise.count)).squareRoot()
    #expect(abs(deviation - 0.3) < 0.06)
  }
}
