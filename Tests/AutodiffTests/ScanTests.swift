import Autodiff
import CAllocations
import Foundation
import Testing

/// Scans against the same work unrolled: values, first and second derivatives, training; and what a
/// scan is for: one plan for any length.
@Suite struct ScanTests {
  /// A cell with two states, and how a network of it is built: by scan or unrolled.
  private struct Network {
    let graph = Graph()
    let length, batch, inputs, hidden: Int
    /// By scan, nil for unrolled.
    let isScan: Bool
    let isLSTM: Bool

    init(
      length: Int = 6, batch: Int = 3, inputs: Int = 4, hidden: Int = 5, isScan: Bool,
      isLSTM: Bool = true
    ) {
      self.length = length
      self.batch = batch
      self.inputs = inputs
      self.hidden = hidden
      self.isScan = isScan
      self.isLSTM = isLSTM
    }

    var width: Int { isLSTM ? 4 * hidden : hidden }

    var parameters: [Tensor] {
      [
        graph.variable("wx", [inputs, width]), graph.variable("wh", [hidden, width]),
        graph.variable("b", [width]),
      ]
    }

    /// h and c, each [B, H]; a plain cell leaves c alone.
    func step(_ state: [Tensor], _ x: Tensor, _ weights: [Tensor]) -> [Tensor] {
      let sum = x.matmul(weights[0]) + state[0].matmul(weights[1]) + weights[2]
      guard isLSTM else { return [sum.tanh(), state[1]] }
      let gates = (0..<4).map { sum.slice(axis: 1, from: $0 * hidden, count: hidden) }
      let c = gates[1].sigmoid() * state[1] + gates[0].sigmoid() * gates[2].tanh()
      return [gates[3].sigmoid() * c.tanh(), c]
    }

    /// The hidden states at all times [T, B, H] and the last memory [B, H].
    func run() -> (states: Tensor, memory: Tensor) {
      let x = graph.input("x", [length, batch, inputs])
      let start = [
        graph.input("h", [batch, hidden]), graph.input("c", [batch, hidden]),
      ]
      if isScan {
        let results = graph.scan(
          over: [x], carrying: start, constants: parameters
        ) { carries, slices, constants in
          let next = step(carries, slices[0], constants)
          return (next, [next[0]])
        }
        return (results.outputs[0], results.carries[1])
      }
      var state = start
      var states: [Tensor] = []
      for time in 0..<length {
        let slice = x.slice(axis: 0, from: time, count: 1).reshaped(to: [batch, inputs])
        state = step(state, slice, parameters)
        states.append(state[0].reshaped(to: [1, batch, hidden]))
      }
      return (Tensor.concatenate(states, axis: 0), state[1])
    }

    var loss: Tensor {
      let (states, memory) = run()
      let target = graph.input("target", [length, batch, hidden])
      return (states - target).square().mean() + memory.sine().mean()
    }

    /// A plan with the same numbers for every network of these sizes.
    func plan(_ outputs: [Tensor], threads: Int = 1) -> (plan: Plan, variables: Variables) {
      let variables = Variables(graph)
      var generator = SeededGenerator(11)
      for (name, shape) in graph.variableShapes where ["wx", "wh", "b"].contains(name) {
        variables[name] = generator.array(shape.dimensions, in: -0.8...0.8).values.map { Float($0) }
      }
      let plan = Plan(graph, outputs: outputs, variables: variables, threads: threads)
      for (name, shape) in graph.inputShapes.sorted(by: { $0.name < $1.name }) {
        plan.write(generator.array(shape.dimensions, in: -1...1), to: name)
      }
      plan.poison()
      plan.run()
      return (plan, variables)
    }
  }

  private func expectEqual(
    _ a: UnsafeBufferPointer<Float>, _ b: UnsafeBufferPointer<Float>, _ comment: String,
    tolerance: Double = 2e-6
  ) {
    expectClose(a, b.map { Double($0) }, comment, tolerance: tolerance)
  }

  @Test(arguments: [false, true], [1, 2, 6])
  func equalsTheUnrolledCell(isLSTM: Bool, length: Int) {
    var results: [(Plan, [Tensor])] = []
    for isScan in [true, false] {
      let network = Network(length: length, isScan: isScan, isLSTM: isLSTM)
      let (states, memory) = network.run()
      let operands =
        network.parameters
        + ["x", "h", "c"].map { name in
          network.graph.input(
            name, network.graph.inputShapes.first { $0.name == name }?.shape ?? [])
        }
      let loss = network.loss
      let first = loss.gradient(of: operands)
      let squares = first.map { $0.sumOfSquares() }
      let second = squares.dropFirst().reduce(squares[0], +).gradient(of: operands)
      let outputs = [states, memory, loss] + first + second
      results.append((network.plan(outputs).plan, outputs))
    }
    for (index, (a, b)) in zip(results[0].1, results[1].1).enumerated() {
      expectEqual(results[0].0.value(a), results[1].0.value(b), "result \(index)")
    }
  }

  private func train(isScan: Bool, threads: Int = 1) -> [Float] {
    let network = Network(length: 5, batch: 4, isScan: isScan, isLSTM: false)
    let graph = network.graph
    let loss = network.loss
    let rate = graph.constant(0.02)
    for (parameter, (gradient, name)) in zip(
      network.parameters, zip(loss.gradient(of: network.parameters), ["wx", "wh", "b"]))
    {
      graph.update(
        Adam(
          parameter: parameter, gradient: gradient,
          firstMoment: graph.variable(name + ".m", parameter.shape),
          secondMoment: graph.variable(name + ".v", parameter.shape),
          stepCount: graph.variable("count", []), rate: rate))
    }
    let (plan, variables) = network.plan([loss], threads: threads)
    var losses = [plan.value(loss)[0]]
    for _ in 0..<30 {
      plan.poison()
      plan.run()
      losses.append(plan.value(loss)[0])
    }
    #expect(losses[30] < 0.8 * losses[0])
    return losses + ["wx", "wh", "b"].flatMap { variables[$0] }
  }

  @Test func trainingEqualsTheUnrolledOne() {
    let (scanned, unrolled) = (train(isScan: true), train(isScan: false))
    unrolled.withUnsafeBufferPointer { unrolled in
      scanned.withUnsafeBufferPointer { expectEqual($0, unrolled, "training", tolerance: 1e-4) }
    }
  }

  @Test func sameBitsForAnyNumberOfThreads() {
    let alone = train(isScan: true).map(\.bitPattern)
    #expect(train(isScan: true, threads: 2).map(\.bitPattern) == alone)
    #expect(train(isScan: true).map(\.bitPattern) == alone)
  }

  /// The plan of a loss with its gradients.
  private func trainingPlan(length: Int, isScan: Bool = true) -> Plan {
    let network = Network(length: length, isScan: isScan)
    let loss = network.loss
    return network.plan([loss] + loss.gradient(of: network.parameters)).plan
  }

  @Test func onePlanForAnyLength() {
    func names(_ length: Int) -> [String] {
      trainingPlan(length: length).steps.map {
        $0.name.replacing("scan \(length) ×", with: "scan T ×")
      }
    }
    func isScan(_ name: String) -> Bool {
      name.starts(with: "scan T × ") && name.hasSuffix(" steps")
    }
    // Sums over a long time are added up in blocks; nothing else depends on the length.
    let (short, long) = (names(10), names(1000))
    #expect(names(30) == short)
    #expect(names(2000) == long)
    #expect(
      long.filter { !["matmul", "sum"].contains($0) }
        == short.filter { !["matmul", "sum"].contains($0) })
    #expect(short.filter(isScan).count == 2)
    #expect(trainingPlan(length: 10, isScan: false).steps.count > short.count)
  }

  @Test func aRunAllocatesNothing() {
    let plan = trainingPlan(length: 7)
    let before = weft_allocations_of_thread()
    for _ in 0..<10 { plan.run() }
    #expect(weft_allocations_of_thread() == before)
  }

  @Test func carriesAreKeptOnlyForADerivative() {
    let length = 2000
    func arena(gradient: Bool) -> Int {
      let graph = Graph()
      let start = graph.input("start", [64])
      let end = graph.scan(carrying: [start], length: length) { carries, _, _ in
        ([carries[0].sine()], [carries[0] * 2])
      }.carries[0]
      let outputs = gradient ? end.sum().gradient(of: [start]) : [end]
      return Plan(graph, outputs: outputs, variables: Variables(graph)).arenaBytes
    }
    #expect(arena(gradient: false) < 10 * 64 * 4)
    #expect((length * 64 * 4..<length * 64 * 4 + 4096).contains(arena(gradient: true)))
  }

  @Test func onlyTheCotangentsAskedForAreComputed() {
    func steps(of names: [String]) -> Int {
      let network = Network(isScan: true, isLSTM: false)
      let loss = network.loss
      let wanted = names.map { name in
        network.parameters.first { name == "b" && $0.shape.rank == 1 }
          ?? network.graph.input("x", [6, 3, 4])
      }
      let plan = network.plan(loss.gradient(of: wanted)).plan
      return plan.steps.compactMap { step in
        step.name.firstMatch(of: /scan 6 × (\d+) steps/).flatMap { Int($0.1) }
      }.last ?? 0
    }
    #expect(steps(of: ["b"]) < steps(of: ["b", "x"]))
  }

  /// A weight's gradient is one product over all times, not one for each.
  @Test func gradientsOfWeightsAreOneProduct() {
    let plan = trainingPlan(length: 6)
    let products = plan.steps.filter { $0.name == "matmul" }
    #expect(products.map(\.result).contains([4, 20]) && products.map(\.result).contains([5, 20]))
    #expect(products.allSatisfy { $0.floatingPointOperations >= 2 * 4 * 18 * 20 })
  }

  @Test func sequencesAreReadWhereTheyAre() {
    // Every second row, and rows from the middle of a longer sequence: no copy, so one step.
    let graph = Graph()
    let x = graph.input("x", [6, 2, 8])
    let slices = [
      x.slice(axis: 1, from: 1, count: 1), x.slice(axis: 1, from: 0, count: 1),
    ].map { $0.reshaped(to: [6, 8]).slice(axis: 0, from: 1, count: 4) }
    let sums = graph.scan(over: slices, carrying: [graph.input("start", [8])]) {
      carries, slices, _ in
      let next = carries[0] + slices[0] * slices[1]
      return ([next], [])
    }.carries[0]
    let plan = Plan(graph, outputs: [sums], variables: Variables(graph))
    #expect(plan.steps.map(\.name).filter { $0.contains("copy") }.count <= 1)
    plan.write(Plain([6, 2, 8]) { Double($0[0] + 10 * $0[1] + $0[2]) }, to: "x")
    plan.poison()
    plan.run()
    let expected = (0..<8).map { column -> Double in
      let factors = (1..<5).map { Double($0 + column) }
      return factors.reduce(0) { $0 + $1 * ($1 + 10) }
    }
    expectClose(plan.value(sums), expected, "sums", tolerance: 1e-6)
  }

  @Test func equalScansAreOne() {
    let network = Network(isScan: true)
    let loss = network.loss
    func gradient(of scalar: Tensor) -> Tensor { scalar.gradient(of: [network.parameters[0]])[0] }
    let (first, other) = (gradient(of: loss), gradient(of: loss.square()))
    #expect(gradient(of: loss).index == first.index)
    // Another cotangent, the same body: two scans back, one forth.
    let plan = network.plan([loss, first, other]).plan
    #expect(plan.steps.filter { $0.name.starts(with: "scan") }.count == 3)
    let scale = 2 * Double(plan.value(loss)[0])
    expectClose(
      plan.value(other), plan.value(first).map { Double($0) * scale }, "gradient", tolerance: 1e-6)
  }

  @Test func anUnrolledGraphMayHave100000Nodes() {
    let graph = Graph()
    let (start, weight) = (graph.input("start"), graph.input("weight"))
    var state = start
    var sum = start
    let length = 12_000
    for _ in 0..<length {
      state = (state * weight + start).tanh()
      sum = sum + state.square()
    }
    let gradients = sum.gradient(of: [start, weight])
    #expect(gradients.map(\.index).max() ?? 0 >= 100_000)
    let plan = Plan(graph, outputs: [sum] + gradients, variables: Variables(graph))
    plan.input("start")[0] = 0.3
    plan.input("weight")[0] = 0.7
    plan.poison()
    plan.run()
    func meaning(_ start: Double, _ weight: Double) -> Double {
      var (state, sum) = (start, start)
      for _ in 0..<length {
        state = tanh(state * weight + start)
        sum += state * state
      }
      return sum
    }
    let h = 1e-6
    let (x, w) = (Double(Float(0.3)), Double(Float(0.7)))
    let expected = [
      meaning(x, w), (meaning(x + h, w) - meaning(x - h, w)) / (2 * h),
      (meaning(x, w + h) - meaning(x, w - h)) / (2 * h),
    ]
    for (tensor, expected) in zip([sum] + gradients, expected) {
      #expect((Double(plan.value(tensor)[0]) / expected - 1).magnitude < 1e-3)
    }
  }
}
