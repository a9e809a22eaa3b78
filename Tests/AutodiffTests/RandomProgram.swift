import Autodiff
import Foundation

/// A random computation of smooth operations, views and joins, which can be built in a graph or
/// computed the plain way.
struct RandomProgram {
  enum Operation {
    case tanh(Int)
    case sine(Int)
    case scale(Int, Double)
    case add(Int, Int)
    case multiply(Int, Int)
    case slice(Int, axis: Int, start: Int, count: Int)
    case concatenate([Int], axis: Int)
    case transpose(Int, [Int])
    case reshape(Int, [Int])
    case sum(Int, axis: Int)
    case matmul(Int, Int)
    case logSumExp(Int)
    case select(Int, Int, Int)
  }

  let inputs: [[Int]]
  private(set) var operations: [Operation] = []
  private var shapes: [[Int]]

  init(operations count: Int, _ generator: inout SeededGenerator) {
    inputs = (0..<4).map { _ in
      (0..<Int.random(in: 1...3, using: &generator)).map { _ in
        [1, 2, 3, 4, 6].randomElement(using: &generator) ?? 1
      }
    }
    shapes = inputs
    while operations.count < count {
      if let (operation, shape) = draw(&generator), shape.reduce(1, *) <= 400 {
        operations.append(operation)
        shapes.append(shape)
      }
    }
  }

  /// A random operation on what is there, with its shape; nil where the draw does not fit.
  private func draw(_ generator: inout SeededGenerator) -> (Operation, [Int])? {
    // Recent values more often, so that chains grow.
    func pick() -> Int {
      let recent = Bool.random(using: &generator) ? max(0, shapes.count - 6) : 0
      return Int.random(in: recent..<shapes.count, using: &generator)
    }
    let a = pick()
    let shape = shapes[a]
    switch Int.random(in: 0..<13, using: &generator) {
    case 0: return (.tanh(a), shape)
    case 1: return (.sine(a), shape)
    case 2: return (.scale(a, Double.random(in: -1.5...1.5, using: &generator)), shape)
    case 3, 4:
      let b = pick()
      guard let common = RandomProgram.broadcast(shape, shapes[b]) else { return nil }
      return (Bool.random(using: &generator) ? .add(a, b) : .multiply(a, b), common)
    case 5:
      guard let axis = shape.indices.randomElement(using: &generator) else { return nil }
      let count = Int.random(in: 1...shape[axis], using: &generator)
      let start = Int.random(in: 0...shape[axis] - count, using: &generator)
      var result = shape
      result[axis] = count
      return (.slice(a, axis: axis, start: start, count: count), result)
    case 6:
      guard let axis = shape.indices.randomElement(using: &generator) else { return nil }
      var others = shapes.indices.filter { other in
        shapes[other].count == shape.count
          && shape.indices.allSatisfy { $0 == axis || shapes[other][$0] == shape[$0] }
      }
      others.shuffle(using: &generator)
      let parts = Array(([a] + others).prefix(3)).shuffled(using: &generator)
      var result = shape
      result[axis] = parts.reduce(0) { $0 + shapes[$1][axis] }
      return (.concatenate(parts, axis: axis), result)
    case 7:
      let axes = Array(shape.indices).shuffled(using: &generator)
      return (.transpose(a, axes), axes.map { shape[$0] })
    case 8:
      let whole = shape.reduce(1, *)
      let divisors = (1...whole).filter { whole % $0 == 0 }
      let first = divisors.randomElement(using: &generator) ?? 1
      return (.reshape(a, [first, whole / first]), [first, whole / first])
    case 9:
      guard let axis = shape.indices.randomElement(using: &generator) else { return nil }
      var result = shape
      result[axis] = 1
      return (.sum(a, axis: axis), result)
    case 10:
      let b = pick()
      guard shape.count >= 2, shapes[b].count >= 2, shape.last == shapes[b].dropLast().last,
        let lead = RandomProgram.broadcast(
          Array(shape.dropLast(2)), Array(shapes[b].dropLast(2)))
      else { return nil }
      return (.matmul(a, b), lead + [shape[shape.count - 2], shapes[b][shapes[b].count - 1]])
    case 11:
      guard !shape.isEmpty else { return nil }
      return (.logSumExp(a), shape.dropLast() + [1])
    default:
      let (b, c) = (pick(), pick())
      guard let some = RandomProgram.broadcast(shape, shapes[b]),
        let common = RandomProgram.broadcast(some, shapes[c])
      else { return nil }
      return (.select(a, b, c), common)
    }
  }

  private static func broadcast(_ a: [Int], _ b: [Int]) -> [Int]? {
    let rank = max(a.count, b.count)
    var result: [Int] = []
    for axis in 0..<rank {
      let x = axis < rank - a.count ? 1 : a[axis - (rank - a.count)]
      let y = axis < rank - b.count ? 1 : b[axis - (rank - b.count)]
      guard x == y || x == 1 || y == 1 else { return nil }
      result.append(max(x, y))
    }
    return result
  }

  func build(_ inputs: [Tensor]) -> [Tensor] {
    var values = inputs
    for operation in operations {
      let result: Tensor =
        switch operation {
        case .tanh(let a): values[a].tanh()
        case .sine(let a): values[a].sine()
        case .scale(let a, let k): values[a] * Float(k)
        case .add(let a, let b): values[a] + values[b]
        case .multiply(let a, let b): values[a] * values[b]
        case .slice(let a, let axis, let start, let count):
          values[a].slice(axis: axis, from: start, count: count)
        case .concatenate(let parts, let axis):
          Tensor.concatenate(parts.map { values[$0] }, axis: axis)
        case .transpose(let a, let axes): values[a].transposed(axes)
        case .reshape(let a, let shape): values[a].reshaped(to: Shape(shape))
        case .sum(let a, let axis): values[a].sum(axes: [axis], keepingDimensions: true)
        case .matmul(let a, let b): values[a].matmul(values[b])
        case .logSumExp(let a): values[a].logSumExp()
        case .select(let a, let b, let c):
          Tensor.select(values[a].greater(0), values[b], otherwise: values[c])
        }
      // Bounded, so that long chains stay in a range where numbers can be compared.
      values.append(result.tanh())
    }
    return values
  }

  func compute(_ inputs: [Plain]) -> [Plain] {
    var values = inputs
    for operation in operations {
      let result: Plain =
        switch operation {
        case .tanh(let a): values[a].map { Foundation.tanh($0) }
        case .sine(let a): values[a].map { sin($0) }
        case .scale(let a, let k): values[a].map { $0 * Double(Float(k)) }
        case .add(let a, let b): Plain.zip([values[a], values[b]]) { $0[0] + $0[1] }
        case .multiply(let a, let b): Plain.zip([values[a], values[b]]) { $0[0] * $0[1] }
        case .slice(let a, let axis, let start, let count): values[a].slice(axis, start, count)
        case .concatenate(let parts, let axis):
          Plain.concatenate(parts.map { values[$0] }, axis)
        case .transpose(let a, let axes): values[a].transposed(axes)
        case .reshape(let a, let shape): values[a].reshaped(shape)
        case .sum(let a, let axis): values[a].sum([axis])
        case .matmul(let a, let b): values[a].matmul(values[b])
        case .logSumExp(let a):
          values[a].map { exp($0) }.sum([values[a].shape.count - 1]).map { log($0) }
        case .select(let a, let b, let c):
          Plain.zip([values[a], values[b], values[c]]) { $0[0] > 0 ? $0[1] : $0[2] }
        }
      values.append(result.map { Foundation.tanh($0) })
    }
    return values
  }
}
