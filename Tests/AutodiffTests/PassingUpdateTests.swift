import Autodiff
import Testing

/// The last product with a large weight updates it, too; whatever still has to see the weight as it was
/// keeps that from happening.
@Suite struct PassingUpdateTests {
  enum Kind: CaseIterable { case adam, decayed, sgd, momentum }

  /// Rows of the batch: a product of few rows, and one that is computed with the weight on the left.
  private static let batches = [1, 4, 8, 11, 16]
  /// The weight's sides, on both sides of what is one patch.
  private static let sides = [(64, 32_781), (4_099, 515), (17, 131_072)]

  /// Two layers whose second one has a large weight.
  private struct Problem {
    enum Variation { case plain, clipped, counted, twice }

    let graph = Graph()
    let loss, weight: Tensor
    let gradients: [Tensor]
    let moments: [Tensor]

    init(
      _ kind: Kind, batch: Int, _ inner: Int, _ outputs: Int, _ variation: Variation = .plain
    ) {
      let graph = graph
      let first = graph.variable("first", [5, inner])
      weight = graph.variable("weight", [inner, outputs])
      let hidden = graph.input("x", [batch, 5]).matmul(first).tanh()
      let bias = graph.variable("bias", [1, outputs])
      var y = hidden.matmul(weight) + bias
      if variation == .twice { y = y + (hidden * 2).tanh().matmul(weight) }
      loss = (y - graph.input("y", [batch, outputs])).square().mean()
      let parameters = [first, weight, bias]
      gradients = loss.gradient(of: parameters)
      let count = graph.variable("count", [])
      let rate = variation == .counted ? count : graph.constant(0.01)
      let scale =
        variation == .clipped ? Clipping.scale(of: gradients, limit: graph.constant(0.001)) : nil
      moments = ["m", "v"].map { graph.variable("weight.\($0)", [inner, outputs]) }
      for (name, (parameter, gradient)) in zip(
        ["first", "weight", "bias"], zip(parameters, gradients))
      {
        let (m, v) = (
          graph.variable("\(name).m", parameter.shape), graph.variable("\(name).v", parameter.shape)
        )
        switch kind {
        case .adam, .decayed:
          graph.update(
            Adam(
              parameter: parameter, gradient: gradient, firstMoment: m, secondMoment: v,
              stepCount: count, rate: rate, decay: kind == .decayed ? 0.1 : 0,
              gradientScale: scale))
        case .sgd: graph.update(SGD(parameter: parameter, gradient: gradient, rate: rate))
        case .momentum:
          graph.update(
            Momentum(
              parameter: parameter, gradient: gradient, velocity: m, rate: rate, momentum: 0.9))
        }
      }
    }

    /// A plan with these outputs, its variables drawn.
    func plan(_ outputs: [Tensor], threads: Int = 1) -> (plan: Plan, variables: Variables) {
      let variables = Variables(graph)
      var generator = SeededGenerator(3)
      for name in ["first", "weight"] { generator.fill(variables.storage(name), in: -0.3...0.3) }
      let plan = Plan(
        PlanDraft(graph, outputs: outputs), variables: variables, threads: threads,
        evenIfSlower: true)
      for name in ["x", "y"] { generator.fill(plan.input(name), in: -1...1) }
      return (plan, variables)
    }
  }

  private func isMerged(_ plan: Plan) -> Bool {
    plan.steps.contains { $0.name.hasPrefix("matmul · matmul · ") }
  }

  /// Largest difference over the largest number.
  private func difference(_ a: [Float], _ b: [Float]) -> Float {
    let largest = b.reduce(0) { max($0, $1.magnitude) }
    return zip(a, b).reduce(0) { max($0, ($1.0 - $1.1).magnitude) } / max(largest, 1e-9)
  }

  @Test(arguments: Kind.allCases, sides)
  func agreesWithAnUpdateOfItsOwn(_ kind: Kind, _ side: (Int, Int)) {
    for batch in Self.batches {
      let problem = Problem(kind, batch: batch, side.0, side.1)
      // A gradient that is asked for is made as a whole, before all updates.
      let apart = problem.plan([problem.loss] + problem.gradients)
      #expect(!isMerged(apart.plan))
      let merged = problem.plan([problem.loss])
      #expect(isMerged(merged.plan) == (batch > 1))
      for _ in 0..<3 {
        for plan in [apart.plan, merged.plan] {
          plan.poison()
          plan.run()
        }
      }
      for name in ["weight", "first", "bias"] {
        let worst = difference(merged.variables[name], apart.variables[name])
        #expect(worst < 2e-5, "\(name), \(batch) rows")
      }
      if kind == .adam || kind == .decayed { #expect(merged.variables["count"] == [3]) }
    }
  }

  @Test(arguments: sides)
  func sameBitsForAnyNumberOfThreads(_ side: (Int, Int)) {
    for batch in [4, 11] {
      let problem = Problem(.adam, batch: batch, side.0, side.1)
      let bits = [1, 2, 3, 5].map { threads in
        let (plan, variables) = problem.plan([problem.loss], threads: threads)
        #expect(isMerged(plan))
        for _ in 0..<2 { plan.run() }
        return variables.block.map(\.bitPattern)
      }
      #expect(bits.dropFirst().allSatisfy { $0 == bits[0] })
      let (plan, variables) = problem.plan([problem.loss], threads: 2)
      for _ in 0..<2 { for phase in plan.phases.indices { plan.run(phase: phase) } }
      #expect(variables.block.map(\.bitPattern) == bits[0])
    }
  }

  /// A gradient that others need, a rate that is the counter itself, and a weight that two products read
  /// backwards: the update stays where it is.
  @Test(arguments: [Problem.Variation.clipped, .counted, .twice])
  private func anUpdateThatCannotCome(_ variation: Problem.Variation) {
    let problem = Problem(.adam, batch: 4, 64, 32_781, variation)
    let (plan, variables) = problem.plan([problem.loss])
    #expect(!isMerged(plan))
    let apart = problem.plan([problem.loss] + problem.gradients)
    let before = variables["weight"]
    plan.run()
    apart.plan.run()
    #expect(difference(variables["weight"], apart.variables["weight"]) < 2e-5)
    // A first step of Adam is as long as the rate: 1 where that is the counter.
    let step = zip(variables["weight"], before).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
    #expect((step - (variation == .counted ? 1 : 0.01)).magnitude < 1e-3)
  }

  /// Up to sixteen rows, and weights of at least 2²¹ numbers.
  @Test func whatPays() {
    func isMerged(batch: Int, outputs: Int) -> Bool {
      let problem = Problem(.sgd, batch: batch, 64, outputs)
      return self.isMerged(problem.plan([problem.loss]).plan)
    }
    #expect(isMerged(batch: 16, outputs: 32_768) && !isMerged(batch: 17, outputs: 32_768))
    #expect(!isMerged(batch: 16, outputs: 32_767))
  }

  /// Two weights with one counter.
  @Test func twoWeights() {
    func train(apart: Bool) -> (steps: [String], weights: [[Float]]) {
      let graph = Graph()
      let x = graph.input("x", [4, 6])
      let names = ["a", "b"]
      let body = graph.variable("body", [6, 64])
      let hidden = x.matmul(body).tanh()
      let weights = names.map { graph.variable($0, [64, 32_800]) }
      let loss = weights.map { hidden.matmul($0).square().mean() }.reduce(graph.constant(0), +)
      let gradients = loss.gradient(of: weights + [body])
      for (name, (weight, gradient)) in zip(names + ["body"], zip(weights + [body], gradients)) {
        graph.update(
          Adam(
            parameter: weight, gradient: gradient,
            firstMoment: graph.variable("\(name).m", weight.shape),
            secondMoment: graph.variable("\(name).v", weight.shape),
            stepCount: graph.variable("count", []), rate: graph.constant(0.01)))
      }
      let variables = Variables(graph)
      var generator = SeededGenerator(4)
      for name in names + ["body"] { generator.fill(variables.storage(name), in: -0.3...0.3) }
      let plan = Plan(graph, outputs: [loss] + (apart ? gradients : []), variables: variables)
      plan.write(generator.array([4, 6], in: -1...1), to: "x")
      for _ in 0..<2 { plan.run() }
      return (plan.steps.map(\.name), (names + ["body", "count"]).map { variables[$0] })
    }
    let (merged, apart) = (train(apart: false), train(apart: true))
    #expect(merged.steps.count { $0.hasPrefix("matmul · matmul · ") } == 2)
    for (a, b) in zip(merged.weights, apart.weights) { #expect(difference(a, b) < 2e-5) }
  }

  /// A product that is too large is called what the graph calls it.
  @Test func aBrokenProductIsNamed() {
    let problem = Problem(.adam, batch: 4, 64, 32_781)
    let (plan, variables) = problem.plan([problem.loss])
    #expect(isMerged(plan))
    // A hidden layer of 0 hides the weights forward.
    variables.storage("first").update(repeating: 0)
    variables.storage("weight").update(repeating: 3e38)
    plan.input("y").update(repeating: 1e6)
    plan.run()
    #expect(
      plan.firstNonFinite() == "the result of matmul with weight in the phase “gradient”")
  }

  /// What reads the weight or its moments, and whether it must see them as they were.
  @Test(arguments: ["view", "sum", "moment", "copy", "counter", "itself"])
  func whatElseReadsIt(_ reader: String) {
    let problem = Problem(.adam, batch: 4, 64, 32_781)
    let (graph, weight) = (problem.graph, problem.weight)
    var outputs = [problem.loss]
    switch reader {
    case "view": outputs.append(weight.slice(axis: 1, from: 7, count: 3))
    case "sum": outputs.append(weight.sum())
    case "moment": outputs.append(problem.moments[0].sum())
    case "copy": graph.update(Assign(graph.variable("kept", weight.shape), weight))
    case "counter": graph.update(Assign(graph.variable("count", []), graph.constant(4)))
    default: outputs.append(weight)
    }
    let (plan, variables) = problem.plan(outputs)
    let before = variables["weight"]
    let sum = before.reduce(0.0) { $0 + Double($1) }
    #expect(isMerged(plan) == (reader == "itself"))
    plan.run()
    #expect(variables["weight"] != before)
    switch reader {
    case "view": #expect(plan.value(outputs[1]).first == before[7])
    case "sum": #expect((Double(plan.value(outputs[1])[0]) - sum).magnitude < 0.05)
    case "moment": #expect(plan.value(outputs[1])[0] == 0)
    case "counter": #expect(variables["count"] == [4])
    case "copy": #expect(variables["kept"] == variables["weight"])
    default: #expect(Array(plan.value(outputs[1])) == variables["weight"])
    }
  }
}

extension SeededGenerator {
  fileprivate mutating func fill(
    _ numbers: UnsafeMutableBufferPointer<Float>, in range: ClosedRange<Float>
  ) {
    for index in numbers.indices { numbers[index] = Float.random(in: range, using: &self) }
  }
}
