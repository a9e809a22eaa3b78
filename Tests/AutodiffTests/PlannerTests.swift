import Autodiff
import CAllocations
import Testing

/// Plans of random computations against the plain way, on memory full of NaN: views, joins, fused
/// groups, reuse in place and the sharing of the arena cannot be wrong unseen.
@Suite struct PlannerTests {
  @Test(arguments: 0..<40)
  func valuesOfRandomPrograms(_ seed: Int) {
    var generator = SeededGenerator(UInt64(seed))
    let program = RandomProgram(operations: 4 + seed, &generator)
    let numbers = program.inputs.map { generator.array($0, in: -1...1) }
    let graph = Graph()
    let values = program.build(inputs(program, graph))
    // Some results are kept, and so their memory; most are not.
    let kept = values.indices.filter { $0 % 5 == 4 || $0 == values.count - 1 }
    let plan = Plan(
      graph, outputs: kept.map { values[$0] }, variables: Variables(graph), threads: 1)
    let expected = program.compute(numbers)
    for _ in 0..<2 {
      for (index, array) in numbers.enumerated() { plan.write(array, to: "input \(index)") }
      plan.poison()
      plan.run()
      for index in kept {
        expectClose(
          plan.value(values[index]), expected[index].values, "value \(index)", tolerance: 1e-4)
      }
    }
  }

  @Test(arguments: 0..<24)
  func gradientsOfRandomPrograms(_ seed: Int) {
    var generator = SeededGenerator(UInt64(1000 + seed))
    let program = RandomProgram(operations: 3 + seed, &generator)
    let numbers = program.inputs.map { generator.array($0, in: -1...1) }
    let directions = program.inputs.map { generator.array($0, in: -1...1) }
    let graph = Graph()
    let tensors = inputs(program, graph)
    let values = program.build(tensors)
    let loss = values.dropFirst(4).reduce(graph.constant(0)) { $0 + $1.mean() }
    let gradients = loss.gradient(of: tensors)
    let plan = Plan(graph, outputs: gradients, variables: Variables(graph))
    for (index, array) in numbers.enumerated() { plan.write(array, to: "input \(index)") }
    plan.poison()
    plan.run()
    let slope = zip(gradients, directions).reduce(0.0) { sum, pair in
      zip(plan.value(pair.0), pair.1.values).reduce(sum) { $0 + Double($1.0) * $1.1 }
    }
    func plain(_ step: Double) -> Double {
      let moved = zip(numbers, directions).map { x, v in
        Plain(x.shape, zip(x.values, v.values).map { $0 + step * $1 })
      }
      return program.compute(moved).dropFirst(4).reduce(0) {
        $0 + $1.total / Double($1.values.count)
      }
    }
    let h = 1e-6
    let expected = (plain(h) - plain(-h)) / (2 * h)
    #expect((slope - expected).magnitude <= 1e-3 * max(1, expected.magnitude))
  }

  private func inputs(_ program: RandomProgram, _ graph: Graph) -> [Tensor] {
    program.inputs.enumerated().map { graph.input("input \($0)", Shape($1)) }
  }

  /// A training problem of some size: enough for every kind of step to be divided.
  private func problem() -> (graph: Graph, loss: Tensor) {
    let graph = Graph()
    let x = graph.input("x", [8, 64, 32])
    let w = graph.variable("w", [8, 32, 96])
    let v = graph.variable("v", [96, 24])
    let h = (x.matmul(w) + graph.variable("b", [96])).tanh()
    let y = h.matmul(v).logSoftmax()
    let loss = -(y.slice(axis: 2, from: 3, count: 1).mean()) + 0.01 * w.sumOfSquares()
    let parameters = ["w", "v", "b"].map { graph.variable($0, shape($0)) }
    let gradients = loss.gradient(of: parameters)
    let rate = graph.constant(0.01)
    for (name, (parameter, gradient)) in zip(["w", "v", "b"], zip(parameters, gradients)) {
      graph.update(
        Adam(
          parameter: parameter, gradient: gradient,
          firstMoment: graph.variable(name + ".m", parameter.shape),
          secondMoment: graph.variable(name + ".v", parameter.shape),
          stepCount: graph.variable("count", []), rate: rate))
    }
    return (graph, loss)

    func shape(_ name: String) -> Shape {
      switch name {
      case "w": [8, 32, 96]
      case "v": [96, 24]
      default: [96]
      }
    }
  }

  /// Every bit of the variables after some steps.
  private func train(threads: Int, byPhase: Bool = false) -> [UInt32] {
    var generator = SeededGenerator(5)
    let (graph, loss) = problem()
    let variables = Variables(graph)
    for name in ["w", "v"] {
      let shape = variables.shape(name).dimensions
      variables[name] = generator.array(shape, in: -0.3...0.3).values.map { Float($0) }
    }
    let plan = Plan(graph, outputs: [loss], variables: variables, threads: threads)
    plan.write(generator.array([8, 64, 32], in: -1...1), to: "x")
    for _ in 0..<5 {
      if byPhase {
        for phase in plan.phases.indices { plan.run(phase: phase) }
      } else {
        plan.run()
      }
    }
    return variables.block.map(\.bitPattern)
  }

  @Test func sameBitsOnRepetition() { #expect(train(threads: 1) == train(threads: 1)) }
  @Test func sameBitsForAnyNumberOfThreads() {
    let alone = train(threads: 1)
    #expect(train(threads: 2) == alone)
    #expect(train(threads: 3) == alone)
  }
  @Test func sameBitsPhaseByPhase() {
    #expect(train(threads: 1, byPhase: true) == train(threads: 1))
  }

  @Test func aRunAllocatesNothing() {
    let (graph, loss) = problem()
    let plan = Plan(graph, outputs: [loss], variables: Variables(graph), threads: 1)
    plan.run()
    let before = weft_allocations_of_thread()
    for _ in 0..<10 { plan.run() }
    #expect(weft_allocations_of_thread() == before)
    // The counter counts: an array that is used must come from somewhere.
    let array = [Float](repeating: plan.value(loss)[0], count: 1000)
    #expect(array.count == 1000 && weft_allocations_of_thread() > before)
  }

  @Test func memoryIsShared() {
    // A chain of products needs two results at a time, however long it is.
    let graph = Graph()
    var x = graph.input("x", [64, 64])
    let w = graph.variable("w", [64, 64])
    for _ in 0..<20 { x = x.matmul(w).tanh() }
    let plan = Plan(graph, outputs: [x.sum()], variables: Variables(graph))
    #expect(plan.arenaBytes <= 2 * 64 * 64 * 4 + 1024)
  }

  @Test func chainsOfElementwiseWorkAreOneStep() {
    let graph = Graph()
    let x = graph.input("x", [16, 16])
    let y = ((x + graph.input("b", [16])).tanh() * x + 1).square()
    let plan = Plan(graph, outputs: [y], variables: Variables(graph))
    #expect(plan.steps.count == 1)
  }

  /// A matrix plus low-rank ones is never computed for its products, seen either way and on either
  /// side, unless something else needs it.
  @Test(arguments: [false, true])
  func productsTakeLowRankChangesApart(_ isRead: Bool) {
    var generator = SeededGenerator(11)
    let numbers = [
      "x": generator.array([3, 2, 32], in: -1...1), "w": generator.array([3, 32, 32], in: -1...1),
      "a": generator.array([3, 32, 2], in: -1...1), "b": generator.array([3, 2, 32], in: -1...1),
      "c": generator.array([3, 32, 1], in: -1...1), "d": generator.array([3, 1, 32], in: -1...1),
      "s": generator.array([3, 1, 1], in: -1...1),
    ]
    func results<T>(
      _ input: (String) -> T, product: (T, T) -> T, transposed: (T) -> T, changed: (T) -> T
    ) -> [T] {
      let (x, w) = (input("x"), changed(input("w")))
      return [
        product(x, w), product(x, transposed(w)), product(w, transposed(x)),
        product(transposed(w), transposed(x)), product(x, product(transposed(w), w)), w,
      ]
    }
    let graph = Graph()
    func tensor(_ name: String) -> Tensor { graph.input(name, Shape(numbers[name]?.shape ?? [])) }
    let outputs = results(
      tensor, product: { $0.matmul($1) }, transposed: { $0.transposed() },
      changed: { w in
        let first = w - tensor("a").matmul(tensor("b")) * tensor("s")
        return first + -(0.5 * tensor("c").matmul(tensor("d")))
      })
    let kept = isRead ? outputs : outputs.dropLast()
    let plan = Plan(graph, outputs: kept, variables: Variables(graph))
    func plain(_ name: String) -> Plain { numbers[name] ?? Plain([], [0]) }
    let expected = results(
      plain, product: { $0.matmul($1) }, transposed: { $0.transposed([0, 2, 1]) },
      changed: { w in
        let (first, second) = (plain("a").matmul(plain("b")), plain("c").matmul(plain("d")))
        return Plain.zip([w, first, plain("s"), second]) { $0[0] - $0[1] * $0[2] - 0.5 * $0[3] }
      })
    for (name, array) in numbers { plan.write(array, to: name) }
    plan.poison()
    plan.run()
    for (index, output) in kept.enumerated() {
      expectClose(plan.value(output), expected[index].values, "result \(index)", tolerance: 1e-5)
    }
    #expect(plan.steps.contains { $0.result == [3, 32, 32] } == isRead)
  }

  @Test func unusedWorkIsLeftOut() {
    let graph = Graph()
    let x = graph.input("x", [4, 4])
    _ = x.matmul(x).exp()
    let plan = Plan(graph, outputs: [x.sum()], variables: Variables(graph))
    #expect(plan.steps.map(\.name) == ["sum"])
    // An input nobody reads can still be written.
    #expect(plan.input("x").count == 16)
  }

  @Test func phasesCoverAllStepsInOrder() {
    let (graph, loss) = problem()
    let plan = Plan(graph, outputs: [loss], variables: Variables(graph))
    #expect(plan.phases.map(\.steps).flatMap { Array($0) } == Array(plan.steps.indices))
    #expect(plan.phases.last?.name == "update")
  }

  @Test func updatesReadVariablesWhenTheyHappenAndAllElseBefore() {
    let graph = Graph()
    let a = graph.variable("a", [2])
    let b = graph.variable("b", [2])
    let before = a.reshaped(to: [2, 1]).transposed().reshaped(to: [2])
    graph.update(Assign(a, a + 1))
    graph.update(Assign(b, a))
    let c = graph.variable("c", [2])
    graph.update(Assign(c, before * 10))
    let view = graph.variable("view", [1, 2])
    graph.update(Assign(view, a.reshaped(to: [1, 2])))
    let variables = Variables(graph)
    variables["a"] = [1, 2]
    let plan = Plan(graph, outputs: [a.reshaped(to: [2, 1])], variables: variables)
    plan.poison()
    plan.run()
    #expect(variables["a"] == [2, 3])
    #expect(variables["b"] == [2, 3])
    #expect(variables["c"] == [10, 20])
    #expect(variables["view"] == [1, 2])
  }

  @Test func withoutUpdatesVariablesStay() {
    let (graph, loss) = problem()
    let variables = Variables(graph)
    let plan = Plan(graph, outputs: [loss], updates: false, variables: variables)
    plan.run()
    #expect(variables.block.allSatisfy { $0 == 0 })
  }

  @Test func theFirstBrokenTensorIsNamed() {
    let (graph, loss) = problem()
    let variables = Variables(graph)
    let plan = Plan(graph, outputs: [loss], variables: variables)
    plan.run()
    #expect(plan.firstNonFinite() == nil)
    variables.storage("v")[0] = .infinity
    plan.run()
    #expect(plan.firstNonFinite() == "the loss")
    plan.input("x")[3] = .nan
    #expect(plan.firstNonFinite() == "the input x")
  }

  @Test func aGradientIsNamedByItsParameter() {
    let graph = Graph()
    let p = graph.variable("head.W1.weight", [3])
    // The square root's derivative at 0 is infinite; its value is not.
    let loss = p.sqrt().sum()
    let gradient = loss.gradient(of: [p])[0]
    graph.update(SGD(parameter: p, gradient: gradient, rate: graph.constant(0.1)))
    let plan = Plan(graph, outputs: [loss], variables: Variables(graph))
    plan.run()
    #expect(plan.firstNonFinite() == "the gradient of head.W1.weight")
  }

  /// Shared weights learn from a batch of none as from gradients of 0, and what has no elements is
  /// left alone.
  @Test func anEmptyBatchUpdatesBySomeZeros() {
    let graph = Graph()
    let w = graph.variable("w", [3, 20])
    let b = graph.variable("b", [20])
    let nothing = graph.variable("nothing", [0, 4])
    let rate = graph.constant(0.5)
    let y = graph.input("x", [0, 3]).matmul(w) + b
    let loss = y.square().sum() + nothing.square().sum() + 0.5 * b.sumOfSquares()
    let gradients = loss.gradient(of: [w, b, nothing])
    for (parameter, gradient) in zip([w, b, nothing], gradients) {
      graph.update(SGD(parameter: parameter, gradient: gradient, rate: rate))
    }
    graph.update(
      Adam(
        parameter: w, gradient: gradients[0], firstMoment: graph.variable("m", [3, 20]),
        secondMoment: graph.variable("v", [3, 20]), stepCount: graph.variable("t", []), rate: rate))
    let variables = Variables(graph)
    variables["w"] = (0..<60).map { Float($0) }
    variables["b"] = Array(repeating: 2, count: 20)
    let plan = Plan(graph, outputs: [loss, y, nothing] + gradients, variables: variables)
    plan.poison()
    plan.run()
    #expect(plan.value(loss)[0] == 40)
    #expect(plan.value(y).isEmpty && plan.value(gradients[2]).isEmpty)
    #expect(variables["w"] == (0..<60).map { Float($0) })
    #expect(variables["b"] == Array(repeating: 1, count: 20))
    #expect(variables["t"] == [1])
  }

  /// A plan of nothing but empty values has no step and no arena.
  @Test func nothingTakesNoStep() {
    let graph = Graph()
    let x = graph.input("x", [4, 0])
    let y = (x.transposed().reshaped(to: [0, 2, 2]).tanh() + 1).sum(axes: [2])
    let plan = Plan(graph, outputs: [y, x], variables: Variables(graph), threads: 2)
    plan.poison()
    plan.run()
    #expect(plan.steps.isEmpty && plan.arenaBytes == 0 && plan.liveBytes == 0)
    #expect(plan.phases.isEmpty && plan.firstNonFinite() == nil)
    #expect(plan.value(y).isEmpty && plan.value(x).isEmpty)
  }

  @Test func planningIsLinear() {
    let graph = Graph()
    var x = graph.input("x", [4])
    for i in 0..<20_000 {
      x = i % 3 == 0 ? x.sine() : x.reshaped(to: i % 2 == 0 ? [2, 2] : [4]) + 1
    }
    let clock = ContinuousClock()
    let time = clock.measure { _ = Plan(graph, outputs: [x.sum()], variables: Variables(graph)) }
    #expect(time < .seconds(20))
  }
}
