import Autodiff
import Foundation
import Learning
import Training

/// A run's networks computed the plain way, in double precision, from the run's numbers: what its
/// graphs are tested against.
struct PlainHypernetwork {
  let model: HypernetworkModel
  /// One context a training task.
  let embeddings: [[Double]]
  private let theta: [String: [Double]]

  init(_ run: Run) throws {
    model = try run.experiment.model(run.knobs)
    let variables = Variables(model.variables.map { ($0.name, $0.shape) })
    _ = variables.block.update(fromContentsOf: run.state.values)
    let flat = variables[HypernetworkModel.embedding].map(Double.init)
    let count = model.contextCount
    embeddings = stride(from: 0, to: flat.count, by: count).map { Array(flat[$0..<$0 + count]) }
    theta = Dictionary(
      uniqueKeysWithValues: model.strategy.variables.map {
        ($0.name, variables[$0.name].map(Double.init))
      })
  }

  /// x W + b for one row; W is [inputs, outputs], row-major.
  private func dense(_ x: [Double], _ weight: [Double], _ bias: [Double]) -> [Double] {
    var y = bias
    for (i, value) in x.enumerated() {
      for column in y.indices { y[column] += value * weight[i * y.count + column] }
    }
    return y
  }

  private func layer(_ x: [Double], _ name: String) -> [Double] {
    dense(x, theta[name + ".weight"] ?? [], theta[name + ".bias"] ?? [])
  }

  /// The target's tensors for a context: a trunk of tanh units and linear heads.
  func weights(_ context: [Double]) -> [[Double]] {
    var h = context
    var number = 1
    while theta["trunk.\(number).weight"] != nil {
      h = layer(h, "trunk.\(number)").map { tanh($0) }
      number += 1
    }
    return model.target.tensors.map { layer(h, "head.\($0.name)") }
  }

  /// An MLP with these weights, at one input.
  func output(_ x: [Double], _ weights: [[Double]], unit: (Double) -> Double) -> [Double] {
    let layers = weights.count / 2
    return (0..<layers).reduce(x) { x, layer in
      let sum = dense(x, weights[2 * layer], weights[2 * layer + 1])
      return layer == layers - 1 ? sum : sum.map(unit)
    }
  }

  /// Mean squared error of a context on points of one input and one output.
  func error(_ context: [Double], x: [Double], y: [Double]) -> Double {
    let weights = weights(context)
    let squares = zip(x, y).map { x, y in
      let difference = output([x], weights, unit: { tanh($0) })[0] - y
      return difference * difference
    }
    return squares.reduce(0, +) / Double(squares.count)
  }

  /// A task's unseen examples.
  func unseen(_ task: Int) -> (x: [Double], y: [Double]) {
    let family = model.family
    let rows = family.tasks.count * family.evaluationCount
    var x = [Float](repeating: 0, count: rows * family.inputCount)
    var y = [Float](repeating: 0, count: rows * family.outputCount)
    x.withUnsafeMutableBufferPointer { x in
      y.withUnsafeMutableBufferPointer { y in family.fillEvaluation(x: x, y: y) }
    }
    func part(_ values: [Float]) -> [Double] {
      let size = values.count / family.tasks.count
      return values[task * size..<(task + 1) * size].map(Double.init)
    }
    return (part(x), part(y))
  }

  /// Mean squared error of a context on a task's unseen examples.
  func error(_ context: [Double], task: Int) -> Double {
    let (x, y) = unseen(task)
    return error(context, x: x, y: y)
  }
}

/// Whether two numbers agree as well as single precision allows.
func agree(_ a: Float, _ b: Double, tolerance: Double = 1e-4) -> Bool {
  abs(Double(a) - b) <= tolerance * (1e-2 + abs(b))
}

/// The bits of everything that trains.
func bits(_ run: Run) -> [UInt32] { run.state.values.map(\.bitPattern) }
