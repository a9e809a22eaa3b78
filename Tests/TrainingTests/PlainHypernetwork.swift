import Autodiff
import Foundation
import Learning
import LearningTesting
import Training

/// A run's networks computed the plain way, in double precision, from the run's numbers: what its
/// graphs are tested against.
struct PlainHypernetwork {
  let model: HypernetworkModel
  /// One context a training task.
  let embeddings: [[Double]]
  private let theta: [String: [Double]]

  init(_ run: Run) throws {
    model = try run.experiment.hypernetwork(run.knobs)
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

  /// The target's tensors for a context.
  func weights(_ context: [Double]) -> [[Double]] {
    Plain.generate(context, theta: theta, target: model.target.tensors)
  }

  /// Mean squared error of a context on points of one input and one output.
  func error(_ context: [Double], x: [Double], y: [Double]) -> Double {
    let weights = weights(context)
    let squares = zip(x, y).map { x, y in
      let difference = Plain.mlp([x], weights)[0] - y
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
