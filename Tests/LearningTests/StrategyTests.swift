import Autodiff
import Learning
import Testing

struct StrategyTests {
  private let target = MLP(widths: [64, 32, 10], activation: .relu)

  private func strategy(
    _ initialization: HeadInitialization, trunk: [Int] = [48, 96], activation: Activation = .tanh
  ) -> FullGeneration {
    FullGeneration(
      contextCount: 6, trunk: trunk, activation: activation, target: target.tensors,
      initialization: initialization)
  }

  /// The variables of a strategy, drawn for a seed as a model draws them.
  private func draw(_ strategy: FullGeneration, in graph: Graph, seed: UInt64) throws -> Variables {
    let model = HypernetworkModel(
      family: try family(), target: target, strategy: strategy,
      scheme: MultiTaskScheme(tasksPerStep: 4, examples: 4, schedule: .constant, steps: 100),
      contextCount: 6,
      embeddingDeviation: 1, optimizer: .sgd,
      fitting: ContextFitting(examples: 4, steps: 1, rate: 0.1, starts: 1))
    let variables = Variables(model.variables.map { ($0.name, $0.shape) })
    model.initialize(variables, seed: seed)
    return variables
  }

  private func family() throws -> any TaskFamily {
    let experiment = DigitViews()
    return try experiment.model(KnobValues(experiment.knobs)).family
  }

  @Test func everyTensorHasTheShapeTheTargetAsksFor() {
    let graph = Graph()
    let z = graph.input("z", [5, 6])
    let weights = strategy(.xavier).generate(from: z, theta: Theta(graph))
    #expect(weights.map(\.shape) == [[5, 64, 32], [5, 32], [5, 32, 10], [5, 10]])
    let x = graph.input("x", [5, 7, 64])
    #expect(target(weights, x).shape == [5, 7, 10])
    #expect(
      Set(graph.variableShapes.map(\.name)) == Set(strategy(.xavier).variables.map(\.name)))
    for (name, shape) in graph.variableShapes {
      #expect(strategy(.xavier).variables.contains { $0.name == name && $0.shape == shape })
    }
  }

  /// Chang et al.: the variance of a generated weight is c / (2 · fan-in), of a bias c / 2 with c = 1.
  @Test func hyperfanInGivesWeightsOfTheRightSize() throws {
    let strategy = strategy(.hyperfanIn(signal: 0.5, targetGain: 2), trunk: [256, 256])
    var sums = [String: (square: Double, count: Double)]()
    for seed in 0..<4 {
      let graph = Graph()
      let z = graph.input("z", [64, 6])
      let weights = strategy.generate(from: z, theta: Theta(graph))
      // What Var h is here, as `signal` is a guess for a typical context.
      let variables = try draw(strategy, in: graph, seed: UInt64(seed))
      let plan = Plan(graph, outputs: weights, variables: variables)
      let contexts = RandomKey(seed: UInt64(seed), stream: .noise).normal(64 * 6)
      _ = plan.input("z").update(fromContentsOf: contexts)
      plan.run()
      for (tensor, weight) in zip(target.tensors, weights) {
        let values = plan.value(weight)
        let square = values.reduce(0.0) { $0 + Double($1) * Double($1) }
        sums[tensor.name, default: (0, 0)].square += square
        sums[tensor.name, default: (0, 0)].count += Double(values.count)
      }
    }
    // Contexts of variance 1 through two tanh layers: Var h ≈ 0.3, against the 0.5 of the formula.
    for tensor in target.tensors {
      let variance = try #require(sums[tensor.name].map { $0.square / $0.count })
      let formula = tensor.role == .weight ? 2 / (2 * Double(tensor.fanIn)) : 0.5
      #expect(0.4...1.2 ~= variance / formula, "\(tensor.name): \(variance) against \(formula)")
    }
    let weights = try ["W1", "W2"].map { name in
      try #require(sums[name].map { $0.square / $0.count })
    }
    #expect(abs(weights[1] / weights[0] - 2) < 0.4, "fan-ins of 64 and 32")
  }

  @Test func headsAreDrawnWithTheVarianceOfTheFormula() throws {
    let strategy = strategy(.hyperfanIn(signal: 0.5, targetGain: 2))
    let variables = try draw(strategy, in: Graph(), seed: 3)
    for tensor in target.tensors {
      let values = variables["head.\(tensor.name).weight"]
      let variance = values.reduce(0) { $0 + $1 * $1 } / Float(values.count)
      let expected: Float =
        tensor.role == .weight
        ? 2 / (2 * Float(tensor.fanIn) * 96 * 0.5) : 1 / (2 * 96 * 0.5)
      #expect(abs(variance / expected - 1) < 0.1, "\(tensor.name)")
      #expect(variables["head.\(tensor.name).bias"].allSatisfy { $0 == 0 })
    }
  }

  @Test func theResidualHeadStartsAtOneOrdinaryNetwork() throws {
    let strategy = strategy(.residual(spread: 0.01, targetGain: 2))
    let graph = Graph()
    let z = graph.input("z", [2, 6])
    let weights = strategy.generate(from: z, theta: Theta(graph))
    let variables = try draw(strategy, in: graph, seed: 5)
    let plan = Plan(graph, outputs: weights, variables: variables)
    _ = plan.input("z").update(
      fromContentsOf: RandomKey(seed: 5, stream: .noise).normal(12))
    plan.run()
    let first = Array(plan.value(weights[0]))
    let half = first.count / 2
    let variance = first.reduce(0) { $0 + $1 * $1 } / Float(first.count)
    #expect(abs(variance / (2 / 64) - 1) < 0.15)
    let apart = zip(first[..<half], first[half...]).map { abs($0 - $1) }.max() ?? 0
    #expect(apart > 0 && apart < 0.1)
  }
}
