import Autodiff
import Foundation
import Testing

/// Products and sums long enough to be divided along every side, in blocks of what is summed, and with
/// right sides that are copied: the plain results, and the same bits for any number of threads.
@Suite struct LongSumTests {
  /// Runs a graph with random inputs at 1, 2, 3 and 5 threads.
  private func expectPlain(
    _ shapes: [[Int]], _ name: String, tolerance: Double = 1e-5, steps: [String]? = nil,
    _ build: ([Tensor]) -> Tensor, _ plain: ([Plain]) -> Plain
  ) {
    var generator = SeededGenerator(7)
    let numbers = shapes.map { generator.array($0, in: -1...1) }
    var bits: [UInt32] = []
    for threads in [1, 2, 3, 5] {
      let graph = Graph()
      let result = build(shapes.enumerated().map { graph.input("input \($0)", Shape($1)) })
      let plan = Plan(
        PlanDraft(graph, outputs: [result]), variables: Variables(graph), threads: threads,
        evenIfSlower: true)
      if let steps { #expect(plan.steps.map(\.name) == steps, Comment(rawValue: name)) }
      for (index, array) in numbers.enumerated() { plan.write(array, to: "input \(index)") }
      plan.poison()
      plan.run()
      let found = plan.value(result)
      if threads == 1 {
        expectClose(found, plain(numbers).values, name, tolerance: tolerance)
        bits = found.map(\.bitPattern)
      } else {
        #expect(found.map(\.bitPattern) == bits, "\(name), \(threads) threads")
      }
    }
  }

  @Test(arguments: [
    [20, 24, 1003], [4, 2000, 64], [4, 40, 700], [130, 33, 300], [16, 100, 2000], [2, 3, 40_000],
  ])
  func products(_ sizes: [Int]) {
    let (m, n, k) = (sizes[0], sizes[1], sizes[2])
    for (turnedA, turnedB) in [(false, false), (true, false), (false, true), (true, true)] {
      let shapes = [turnedA ? [k, m] : [m, k], turnedB ? [n, k] : [k, n]]
      expectPlain(shapes, "\(sizes), \(turnedA), \(turnedB)") { x in
        let a = turnedA ? x[0].transposed() : x[0]
        return (a * 2).matmul(turnedB ? x[1].transposed() : x[1])
      } _: { x in
        let a = turnedA ? x[0].transposed([1, 0]) : x[0]
        return a.map { 2 * $0 }.matmul(turnedB ? x[1].transposed([1, 0]) : x[1])
      }
    }
  }

  /// A bias, a matrix or part of one is added where the product is made, by every way that products
  /// have: for few rows or columns, long sums, and right sides that are copied or seen transposed.
  @Test(arguments: [
    [16, 70, 64], [1, 40, 20], [5, 1, 30], [1, 1, 9], [7, 19, 1], [4, 33, 300], [300, 45, 600],
    [40, 1003, 64],
  ])
  func productsAddWhatIsAddedToThem(_ sizes: [Int]) {
    let (m, n, k) = (sizes[0], sizes[1], sizes[2])
    let step = k == 1 ? ["multiply · add"] : ["matmul · add"]
    for turned in [false, true] {
      let shapes = [[m, k], turned ? [n, k] : [k, n]]
      func product(_ x: [Tensor]) -> Tensor { x[0].matmul(turned ? x[1].transposed() : x[1]) }
      func product(_ x: [Plain]) -> Plain {
        x[0].matmul(turned ? x[1].transposed([1, 0]) : x[1])
      }
      expectPlain(shapes + [[n]], "bias, \(sizes), \(turned)", steps: step) {
        product($0) + $0[2]
      } _: {
        Plain.zip([product($0), $0[2]]) { $0[0] + $0[1] }
      }
      expectPlain(shapes + [[m, n + 5]], "part, \(sizes), \(turned)", steps: step) {
        $0[2].slice(axis: 1, from: 2, count: n) + product($0)
      } _: { x in
        Plain.zip([product(x), Plain([m, n]) { x[2][[$0[0], $0[1] + 2]] }]) { $0[0] + $0[1] }
      }
    }
  }

  /// The rows of a batch, a sum right beside another, and sums that something else makes or reads.
  @Test func sumsOfProductsInTheirPlaces() {
    let shapes = [[3, 8, 20], [20, 24], [24]]
    func plain(_ x: [Plain]) -> Plain {
      Plain([3, 8, 24]) { p in
        (0..<20).reduce(x[2][[p[2]]]) { $0 + x[0][[p[0], p[1], $1]] * x[1][[$1, p[2]]] }
      }
    }
    func sum(_ x: [Tensor]) -> Tensor { x[0].matmul(x[1]) + x[2] }
    expectPlain(shapes, "batch", steps: ["matmul · add"], sum, plain)
    expectPlain(shapes, "beside", steps: ["matmul · add", "multiply"]) { x in
      Tensor.concatenate([sum(x), x[0].slice(axis: 2, from: 0, count: 4) * 2], axis: 2)
    } _: { x in
      let y = plain(x)
      return Plain([3, 8, 28]) { $0[2] < 24 ? y[$0] : 2 * x[0][[$0[0], $0[1], $0[2] - 24]] }
    }
    expectPlain(shapes, "longer", steps: ["matmul", "add · tanh"]) {
      sum($0).tanh()
    } _: {
      plain($0).map(tanh)
    }
    // The product is read once more, so it is there by itself.
    expectPlain(shapes, "read", steps: ["matmul", "add", "sum", "multiply"]) { x in
      sum(x).sum(axes: [0])
        * x[0].matmul(x[1]).slice(axis: 0, from: 0, count: 1).reshaped(to: [8, 24])
    } _: { x in
      let y = plain(x)
      return Plain([8, 24]) { p in
        (0..<3).reduce(0) { $0 + y[[$1] + p] } * (y[[0] + p] - x[2][[p[1]]])
      }
    }
  }

  /// Parts of matrices with gaps between their rows, and a result right beside another.
  @Test func productsOfParts() {
    expectPlain([[700, 40], [700, 50]], "parts") { x in
      let a = x[0].slice(axis: 1, from: 3, count: 20).transposed()
      let product = a.matmul(x[1].slice(axis: 1, from: 9, count: 24))
      return Tensor.concatenate([product, product + 1], axis: 1)
    } _: { x in
      let a = Plain([20, 700]) { x[0][[$0[1], 3 + $0[0]]] }
      let product = a.matmul(Plain([700, 24]) { x[1][[$0[0], 9 + $0[1]]] })
      return Plain([20, 48]) {
        $0[1] < 24 ? product[$0] : product[[$0[0], $0[1] - 24]] + 1
      }
    }
  }

  @Test(arguments: [[1002, 40], [1004, 40], [17, 600], [64, 3]])
  func sumsOfRows(_ shape: [Int]) {
    expectPlain([shape], "rows of \(shape)") {
      ($0[0] * 3).sum(axes: [0])
    } _: { x in
      Plain([shape[1]]) { place in
        (0..<shape[0]).reduce(0) { $0 + 3 * x[0][[$1, place[0]]] }
      }
    }
  }

  /// Gradients over a batch come in blocks, which the update adds up: the plain step, with the same bits
  /// for any number of threads.
  @Test func updatesAddUpBlocks() {
    var generator = SeededGenerator(3)
    let (rows, fan, units) = (200, 40, 70)
    let x = generator.array([rows, fan], in: -1...1)
    let w = generator.array([fan, units], in: -1...1)
    let slope = generator.array([rows, units], in: -1...1)
    var bits: [[UInt32]] = []
    for threads in [1, 2, 3, 5] {
      let graph = Graph()
      let weight = graph.variable("w", [fan, units])
      let bias = graph.variable("b", [units])
      let rate = graph.constant(0.5)
      let y = graph.input("x", [rows, fan]).matmul(weight) + bias
      let loss = (y * graph.input("slope", [rows, units])).sum()
      for (parameter, gradient) in zip(
        [weight, bias], loss.gradient(of: [weight, bias]))
      {
        graph.update(SGD(parameter: parameter, gradient: gradient, rate: rate))
      }
      let variables = Variables(graph)
      variables["w"] = w.values.map { Float($0) }
      let plan = Plan(
        PlanDraft(graph, outputs: [loss]), variables: variables, threads: threads,
        evenIfSlower: true)
      let sums = plan.steps.filter { $0.name == "sum" }.map(\.result.count)
      #expect(!sums.contains(units) && !sums.contains(fan * units))
      plan.write(x, to: "x")
      plan.write(slope, to: "slope")
      plan.poison()
      plan.run()
      let after = variables["w"] + variables["b"]
      bits.append(after.map(\.bitPattern))
      #expect(bits[0] == bits[bits.count - 1], "\(threads) threads")
      let gradient = x.transposed([1, 0]).matmul(slope).values
      let expected =
        zip(w.values, gradient).map { $0 - 0.5 * $1 }
        + (0..<units).map { j in (0..<rows).reduce(0) { $0 - 0.5 * slope[[$1, j]] } }
      after.withUnsafeBufferPointer {
        expectClose($0, expected, "\(threads) threads", tolerance: 1e-5)
      }
    }
  }

  /// A weight that an unrolled loop reads transposed is turned round once, and a view of what was
  /// turned round is not turned round again.
  @Test func aRightSideOfManyProductsIsCopiedOnce() {
    func state(_ x: [Tensor]) -> Tensor {
      (0..<6).reduce(x[0].tanh()) { state, _ in state.matmul(x[1].transposed()).tanh() }
    }
    let graph = Graph()
    let x = [graph.input("input 0", [8, 64]), graph.input("input 1", [64, 64])]
    let loss = state(x).sumOfSquares()
    let plan = Plan(graph, outputs: loss.gradient(of: [x[0]]), variables: Variables(graph))
    #expect(plan.steps.filter { $0.name == "copy" }.count == 1)
    expectPlain([[8, 64], [64, 64]], "unrolled", tolerance: 1e-4, state) { x in
      (0..<6).reduce(x[0].map(tanh)) { state, _ in
        state.matmul(x[1].transposed([1, 0])).map(tanh)
      }
    }
  }

  /// A chain over axes that no layout merges, whose tiles are cut from reordered axes.
  @Test func tilesOfFourAxes() {
    expectPlain([[5, 3, 4, 7], [4, 1]], "four axes") { x in
      let y = x[0].transposed([1, 0, 3, 2]) * 2
      return (y + x[1].reshaped(to: [1, 1, 1, 4])).square() + y
    } _: { x in
      Plain([3, 5, 7, 4]) { p in
        let y = 2 * x[0][[p[1], p[0], p[3], p[2]]]
        let z = y + x[1][[p[3], 0]]
        return z * z + y
      }
    }
  }
}
