import Autodiff
import Foundation
import Learning
import LearningTesting
import Testing

struct StrategyTests {
  private let target = MLP(widths: [64, 32, 10], activation: .relu)

  private func trunk(
    _ initialization: HeadInitialization, widths: [Int] = [48, 96],
    encoding: ContextEncoding = .plain
  ) -> Trunk {
    Trunk(
      contextCount: 6, contextSquare: 1, widths: widths, activation: .tanh, encoding: encoding,
      initialization: initialization)
  }

  private func strategy(
    _ initialization: HeadInitialization, widths: [Int] = [48, 96]
  ) -> FullGeneration {
    FullGeneration(
      trunk: trunk(initialization, widths: widths), target: target.tensors, gain: 2)
  }

  private func strategy(
    _ choice: StrategyChoice, _ initialization: HeadInitialization = .hyperfanIn,
    encoding: ContextEncoding = .plain, chunk: Int = 100, rank: Int = 3, frozen: Bool = false
  ) throws -> any Strategy {
    try choice.strategy(
      trunk: trunk(initialization, encoding: encoding), target: target.tensors, gain: 2,
      sizes: .init(chunk: chunk, chunkEmbedding: 5, rank: rank, isBaseFrozen: frozen), tasks: 8)
  }

  /// The variables of a strategy, drawn for a seed as a model draws them.
  private func draw(_ strategy: any Strategy, seed: UInt64) throws -> Variables {
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
    return try experiment.hypernetwork(KnobValues(experiment.knobs)).family
  }

  @Test(arguments: StrategyChoice.allCases, ContextEncoding.allCases)
  func everyTensorHasTheShapeTheTargetAsksFor(
    _ choice: StrategyChoice, _ encoding: ContextEncoding
  ) throws {
    let graph = Graph()
    let z = graph.input("z", [5, 6])
    let strategy = try strategy(choice, encoding: encoding)
    let weights = strategy.generate(from: z, theta: Theta(graph))
    #expect(
      weights.dense(tasks: 5, target.tensors).map(\.shape)
        == [[5, 64, 32], [5, 32], [5, 32, 10], [5, 10]])
    let x = graph.input("x", [5, 7, 64])
    #expect(target(weights, x).shape == [5, 7, 10])
    #expect(Set(graph.variableShapes.map(\.name)) == Set(strategy.variables.map(\.name)))
    for (name, shape) in graph.variableShapes {
      #expect(strategy.variables.contains { $0.name == name && $0.shape == shape })
    }
  }

  /// What is applied part by part is what one gets from the tensors put together.
  @Test(arguments: StrategyChoice.allCases, HeadInitialization.allCases)
  func applyingIsMultiplyingByTheWhole(
    _ choice: StrategyChoice, _ initialization: HeadInitialization
  ) throws {
    let graph = Graph()
    let strategy = try strategy(choice, initialization)
    let weights = strategy.generate(from: graph.input("z", [3, 6]), theta: Theta(graph))
    let whole = weights.dense(tasks: 3, target.tensors)
    let x = graph.input("x", [3, 7, 64])
    let (parts, plain) = (target(weights, x), target(whole.map { Weight($0) }, x))
    let variables = try draw(strategy, seed: 2)
    // Starts of 0 would hide what they multiply.
    for entry in variables.entries where entry.name.hasPrefix("head.") {
      RandomKey(seed: 9, stream: .noise).fillNormal(variables.storage(entry.name), deviation: 0.2)
    }
    let plan = Plan(graph, outputs: [parts, plain] + whole, variables: variables)
    RandomKey(seed: 1, stream: .noise).fillNormal(plan.input("z"))
    RandomKey(seed: 1, stream: .inputs).fillNormal(plan.input("x"))
    plan.run()
    let scale = plan.value(plain).reduce(0) { max($0, abs($1)) }
    for (a, b) in zip(plan.value(parts), plan.value(plain)) { #expect(abs(a - b) < 1e-5 * scale) }
    // Contexts make a difference to every tensor; adapters leave biases alone.
    for (tensor, specification) in zip(whole, target.tensors)
    where choice != .lora || specification.role == .weight {
      let numbers = plan.value(tensor)
      #expect(numbers[0] != numbers[numbers.count / 3])
    }
  }

  /// r (in + out) numbers in the place of in · out, for factors that are smaller.
  @Test(arguments: [1, 2, 4, 8, 16, 32, 100])
  func countsOfLowRank(_ rank: Int) throws {
    func outputs(_ choice: StrategyChoice, _ prefix: String) throws -> Int {
      try strategy(choice, rank: rank).variables
        .filter { $0.name.hasPrefix("head.\(prefix)") && $0.name.hasSuffix(".bias") }
        .reduce(0) { $0 + $1.shape.count }
    }
    let first = rank * (64 + 32) < 64 * 32 ? rank * (64 + 32) : 64 * 32
    let second = rank * (32 + 10) < 32 * 10 ? rank * (32 + 10) : 32 * 10
    #expect(try outputs(.lowRank, "W1") == first)
    #expect(try outputs(.lowRank, "W2") == second)
    #expect(try outputs(.lowRank, "b") == 42)
    // An adapter has two factors at every rank, and biases have none.
    #expect(try outputs(.lora, "W1") == rank * (64 + 32))
    #expect(try outputs(.lora, "W2") == rank * (32 + 10))
    #expect(try strategy(.lora, rank: rank).emittedCount == rank * (64 + 32 + 32 + 10))
  }

  /// At step 0 adapters and bias-hyperinit leave the network they start from as it is.
  @Test func whatBeginsAtOneNetworkDoes() throws {
    for strategy in [
      try strategy(.lora), try strategy(.lora, frozen: true), try strategy(.full, .biasHyperInit),
      try strategy(.flat, .biasHyperInit), try strategy(.film, .biasHyperInit),
    ] {
      let graph = Graph()
      let weights = strategy.generate(from: graph.input("z", [2, 6]), theta: Theta(graph))
        .dense(tasks: 2, target.tensors)
      let plan = Plan(graph, outputs: weights, variables: try draw(strategy, seed: 3))
      RandomKey(seed: 1, stream: .noise).fillNormal(plan.input("z"))
      plan.run()
      for weight in weights {
        let numbers = plan.value(weight)
        let half = numbers.count / 2
        #expect(Array(numbers[..<half]) == Array(numbers[half...]))
      }
      let first = plan.value(weights[0])
      let variance = first.reduce(0) { $0 + $1 * $1 } / Float(first.count)
      #expect(abs(variance / (2 / 64) - 1) < 0.15)
    }
    #expect(
      try strategy(.lora, frozen: true).frozen == ["base.W1", "base.b1", "base.W2", "base.b2"])
    #expect(try strategy(.lora).frozen.isEmpty)
  }

  /// The last chunk is cut off where the weights end; one chunk is a flat head without an embedding.
  @Test func chunksCoverTheWeights() throws {
    let total = target.parameterCount
    for (chunk, count) in [(100, (total + 99) / 100), (total - 1, 2), (total, 1), (total + 5, 1)] {
      let variables = try strategy(.chunked, chunk: chunk).variables
      let chunks = variables.first { $0.name == "chunks" }?.shape[0] ?? 1
      #expect(chunks == count)
      #expect(variables.last?.shape == [min(chunk, total)])
    }
    #expect(throws: KnobError.self) {
      try StrategyChoice.chunked.strategy(
        trunk: trunk(.hyperfanIn), target: MLP(widths: [900, 900], activation: .relu).tensors,
        gain: 2, sizes: .init(chunk: 1, chunkEmbedding: 5, rank: 1, isBaseFrozen: false), tasks: 40)
    }
  }

  /// Chang et al.: the variance of a generated weight is c / (2 · fan-in), of a bias c / 2, whatever
  /// contexts it is generated from.
  @Test(arguments: [Float(0.02), 0.25, 1, 9])
  func hyperfanInGivesWeightsOfTheRightSize(_ contextSquare: Float) throws {
    let strategy = FullGeneration(
      trunk: Trunk(
        contextCount: 6, contextSquare: contextSquare, widths: [256, 256], activation: .tanh,
        initialization: .hyperfanIn), target: target.tensors, gain: 2)
    var sums = [String: (square: Double, count: Double)]()
    for seed in 0..<4 {
      let graph = Graph()
      let z = graph.input("z", [64, 6])
      let weights = strategy.generate(from: z, theta: Theta(graph))
        .dense(tasks: 64, target.tensors)
      let variables = try draw(strategy, seed: UInt64(seed))
      let plan = Plan(graph, outputs: weights, variables: variables)
      RandomKey(seed: UInt64(seed), stream: .noise)
        .fillNormal(plan.input("z"), deviation: contextSquare.squareRoot())
      plan.run()
      for (tensor, weight) in zip(target.tensors, weights) {
        let values = plan.value(weight)
        let square = values.reduce(0.0) { $0 + Double($1) * Double($1) }
        sums[tensor.name, default: (0, 0)].square += square
        sums[tensor.name, default: (0, 0)].count += Double(values.count)
      }
    }
    for tensor in target.tensors {
      let variance = try #require(sums[tensor.name].map { $0.square / $0.count })
      let formula = tensor.role == .weight ? 1 / Double(tensor.fanIn) : 1
      #expect(0.75...1.25 ~= variance / formula, "\(tensor.name): \(variance) against \(formula)")
    }
  }

  /// Var V = Var W / (width · Var h), Var h being that of contexts of variance 1 behind two layers.
  @Test func headsAreDrawnWithTheVarianceOfTheFormula() throws {
    let normal = RandomKey(seed: 5, stream: .noise).normal(100_000)
    func square(_ variance: Float) -> Float {
      let sum = normal.reduce(0.0) { $0 + pow(tanh(Double($1 * variance.squareRoot())), 2) }
      return Float(sum / Double(normal.count))
    }
    let signal = square(square(1))
    let strategy = strategy(.hyperfanIn)
    let variables = try draw(strategy, seed: 3)
    for tensor in target.tensors {
      let values = variables["head.\(tensor.name).weight"]
      let variance = values.reduce(0) { $0 + $1 * $1 } / Float(values.count)
      let expected = 2 / (2 * (tensor.role == .weight ? Float(tensor.fanIn) : 1) * 96 * signal)
      #expect(abs(variance / expected - 1) < 0.12, "\(tensor.name)")
      #expect(variables["head.\(tensor.name).bias"].allSatisfy { $0 == 0 })
    }
  }

  /// What the size of a trunk's outputs is computed with.
  @Test(arguments: Activation.allCases, [Float(0.01), 1, 25])
  func meanSquaresBehindAnActivation(_ activation: Activation, _ variance: Float) {
    let graph = Graph()
    let x = graph.input("x", [200_000])
    let plan = Plan(
      graph, outputs: [activation(x).square().mean(axes: [0])],
      variables: Variables([(name: String, shape: Shape)]()))
    RandomKey(seed: 2, stream: .noise)
      .fillNormal(plan.input("x"), deviation: variance.squareRoot())
    plan.run()
    let sampled = plan.value(activation(x).square().mean(axes: [0]))[0]
    #expect(abs(activation.meanSquare(ofVariance: variance) / sampled - 1) < 0.02)
  }

  /// Each initialisation gives every tensor the variance its formula says, whatever makes it.
  @Test(arguments: [HeadInitialization.hyperfanIn, .hyperfanOut, .harmonic])
  func otherStrategiesGiveTheSameSizes(_ initialization: HeadInitialization) throws {
    for choice in [StrategyChoice.flat, .lowRank] {
      let strategy = try strategy(choice, initialization)
      var ratios: [Double] = []
      for tensor in target.tensors where tensor.role == .weight {
        let formula: Double =
          switch initialization {
          case .hyperfanIn: 1 / Double(tensor.fanIn)
          case .hyperfanOut: 2 / Double(tensor.fanOut)
          default: 2 / (Double(tensor.fanIn) + Double(tensor.fanOut) / 2)
          }
        var (sum, count) = (0.0, 0.0)
        for seed in 0..<6 {
          let graph = Graph()
          let weights = strategy.generate(from: graph.input("z", [64, 6]), theta: Theta(graph))
            .dense(tasks: 64, target.tensors)
          let plan = Plan(
            graph, outputs: weights, variables: try draw(strategy, seed: UInt64(seed)))
          RandomKey(seed: UInt64(seed), stream: .noise).fillNormal(plan.input("z"))
          plan.run()
          let index = target.tensors.firstIndex(of: tensor) ?? 0
          for value in plan.value(weights[index]) { sum += Double(value) * Double(value) }
          count += Double(plan.value(weights[index]).count)
        }
        ratios.append(sum / count / formula)
      }
      #expect(abs(ratios[0] / ratios[1] - 1) < 0.35, "\(choice) \(initialization): \(ratios)")
      #expect(ratios.allSatisfy { 0.6...1.5 ~= $0 }, "\(choice) \(initialization): \(ratios)")
    }
  }
}
