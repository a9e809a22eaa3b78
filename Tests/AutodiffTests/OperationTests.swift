import Autodiff
import Testing

/// Every operation against its meaning in double precision: values, first derivatives and second
/// derivatives, over random shapes and over those with axes of length 0 and 1.
@Suite struct OperationTests {
  @Test(arguments: OperationCase.all)
  func values(_ operation: OperationCase) {
    for trial in trials(of: operation, random: 8) {
      let result = trial.tensor
      let plan = Plan(trial.graph, outputs: [result], variables: Variables(trial.graph))
      trial.fill(plan)
      plan.poison()
      plan.run()
      let expected = operation.meaning(trial.numbers)
      #expect(result.shape.dimensions == expected.shape)
      expectClose(plan.value(result), expected.values, "\(trial.shapes)", tolerance: 2e-6)
    }
  }

  @Test(arguments: OperationCase.all)
  func firstDerivatives(_ operation: OperationCase) {
    for trial in trials(of: operation, random: 6) {
      let gradients = trial.loss.gradient(of: trial.differentiable)
      let plan = Plan(trial.graph, outputs: gradients, variables: Variables(trial.graph))
      trial.fill(plan)
      plan.poison()
      plan.run()
      let h = 1e-5
      for (gradient, position) in zip(gradients, trial.positions) {
        expect(gradient, in: plan, at: trial.sample(position), trial, tolerance: 2e-5) { index in
          (trial.meaning { $0[position].values[index] += h }
            - trial.meaning { $0[position].values[index] -= h }) / (2 * h)
        }
      }
    }
  }

  @Test(arguments: OperationCase.all)
  func secondDerivatives(_ operation: OperationCase) {
    for trial in trials(of: operation, random: 6) {
      // The derivative along a direction v, differentiated again: the Hessian times v.
      let first = trial.loss.gradient(of: trial.differentiable)
      let along = zip(first, trial.directions).map { ($0 * $1).sum() }
      let slope = along.dropFirst().reduce(along[0], +)
      let second = slope.gradient(of: trial.differentiable)
      let plan = Plan(trial.graph, outputs: second, variables: Variables(trial.graph))
      trial.fill(plan)
      plan.poison()
      plan.run()
      let h = 1e-4
      for (gradient, position) in zip(second, trial.positions) {
        expect(gradient, in: plan, at: trial.sample(position), trial, tolerance: 2e-4) { index in
          func loss(_ a: Double, _ b: Double) -> Double {
            trial.meaning { numbers in
              trial.step(&numbers, by: b * h)
              numbers[position].values[index] += a * h
            }
          }
          return (loss(1, 1) - loss(-1, 1) - loss(1, -1) + loss(-1, -1)) / (4 * h * h)
        }
      }
    }
  }

  /// The edges are what the name says, so that no operation is without.
  @Test(arguments: OperationCase.all)
  func edgesHaveLengthsOfZeroAndOne(_ operation: OperationCase) {
    let lengths = Set(operation.edges.joined().joined())
    #expect(lengths.contains(1))
    // The mean of nothing is none, and what is made empty begins as something.
    let wantsElements = ["mean of everything", "broadcast to nothing"]
    #expect(lengths.contains(0) != wantsElements.contains(operation.name))
  }

  private func trials(of operation: OperationCase, random count: Int) -> [Trial] {
    (0..<count).map { Trial(operation, seed: UInt64($0)) }
      + operation.edges.map { Trial(operation, $0) }
  }

  /// Compares some elements of a gradient with differences of the meaning.
  private func expect(
    _ gradient: Tensor, in plan: Plan, at sample: [Int], _ trial: Trial, tolerance: Double,
    _ difference: (Int) -> Double
  ) {
    let actual = sample.map { plan.value(gradient)[$0] }
    let expected = sample.map { trial.operation.isConstantToGradient ? 0 : difference($0) }
    actual.withUnsafeBufferPointer {
      expectClose($0, expected, "\(trial.shapes)", tolerance: tolerance)
    }
  }
}

/// An operation on random numbers of a random shape, and a loss: its result weighted at random,
/// through a function that bends, so that linear operations have second derivatives too.
private struct Trial {
  let graph = Graph()
  let operation: OperationCase
  let shapes: [[Int]]
  let numbers: [Plain]
  let tensor: Tensor
  let loss: Tensor
  /// Positions of operands with a derivative.
  let positions: [Int]
  let directions: [Tensor]
  private let operands: [Tensor]
  private let weights: Plain
  private let directionNumbers: [Plain]

  /// Random numbers in random shapes.
  init(_ operation: OperationCase, seed: UInt64) {
    let salt = operation.name.utf8.reduce(UInt64(7)) { $0 &* 31 &+ UInt64($1) }
    var generator = SeededGenerator(seed &+ salt)
    let shapes = operation.shapes(&generator)
    self.init(operation, shapes, &generator)
  }

  /// Random numbers in given shapes.
  init(_ operation: OperationCase, _ shapes: [[Int]]) {
    var generator = SeededGenerator(shapes.joined().reduce(1) { $0 &* 31 &+ UInt64($1) })
    self.init(operation, shapes, &generator)
  }

  private init(
    _ operation: OperationCase, _ shapes: [[Int]], _ generator: inout SeededGenerator
  ) {
    self.operation = operation
    self.shapes = shapes
    var drawn: [Plain] = []
    for (position, shape) in shapes.enumerated() {
      if let bound = operation.indices[position] {
        drawn.append(Plain(shape) { _ in Double(Int.random(in: 0..<bound, using: &generator)) })
      } else {
        drawn.append(generator.array(shape, in: operation.domain))
      }
    }
    numbers = drawn
    let graph = graph
    operands = shapes.enumerated().map { graph.input("operand \($0)", Shape($1)) }
    tensor = operation.build(operands)
    weights = generator.array(tensor.shape.dimensions, in: -1...1)
    let bent = tensor + 0.25 * tensor.square()
    loss = (graph.input("weights", tensor.shape) * bent).sum()
    positions = shapes.indices.filter { operation.indices[$0] == nil }
    directionNumbers = positions.map { [shapes] in generator.array(shapes[$0], in: -1...1) }
    directions = positions.map { [shapes] in graph.input("direction \($0)", Shape(shapes[$0])) }
  }

  var differentiable: [Tensor] { positions.map { operands[$0] } }

  /// At most ten elements of an operand, spread over it.
  func sample(_ position: Int) -> [Int] {
    let count = numbers[position].values.count
    return count <= 10 ? Array(0..<count) : (0..<10).map { $0 * (count - 1) / 9 }
  }

  func fill(_ plan: Plan) {
    for (position, values) in numbers.enumerated() { plan.write(values, to: "operand \(position)") }
    plan.write(weights, to: "weights")
    for (position, values) in zip(positions, directionNumbers) {
      plan.write(values, to: "direction \(position)")
    }
  }

  /// The loss in double precision for operands changed a little.
  func meaning(_ change: (inout [Plain]) -> Void) -> Double {
    var changed = numbers
    change(&changed)
    let result = operation.meaning(changed)
    return zip(result.values, weights.values).reduce(0) {
      $0 + $1.1 * ($1.0 + 0.25 * $1.0 * $1.0)
    }
  }

  func step(_ numbers: inout [Plain], by length: Double) {
    for (position, direction) in zip(positions, directionNumbers) {
      for index in direction.values.indices {
        numbers[position].values[index] += length * direction.values[index]
      }
    }
  }
}

extension Plan {
  func write(_ values: Plain, to name: String) {
    _ = input(name).update(fromContentsOf: values.values.map { Float($0) })
  }
}

/// Close in proportion to the largest number.
func expectClose(
  _ actual: UnsafeBufferPointer<Float>, _ expected: [Double], _ comment: String,
  tolerance: Double, sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(
    actual.count == expected.count, Comment(rawValue: comment), sourceLocation: sourceLocation)
  let scale = max(expected.map(\.magnitude).max() ?? 0, 1)
  let worst = zip(actual, expected).map { (Double($0) - $1).magnitude }.max {
    $1.isNaN || $0 < $1
  }
  #expect(
    (worst ?? 0) <= tolerance * scale, Comment(rawValue: comment), sourceLocation: sourceLocation)
}
