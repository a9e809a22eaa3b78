import Autodiff
import Learning

/// A workload's graph with its optimiser, and how its numbers come about.
struct Problem {
  let graph: Graph
  let loss: Tensor
  let parameters: [Parameter]
  let gradients: [Tensor]
  /// Whether the update scales gradients down to a limit.
  let isClipped: Bool
  let batch: Batch
  let rate: Float
  /// Inputs of the batch to which the value of a tensor with the initial parameters is added.
  var initialValues: [(input: String, value: Tensor)] = []

  /// How much of the first moment stays at a step.
  static let beta1: Float = 0.9

  /// Something trained, with its numbers at step 0.
  struct Parameter {
    let tensor: Tensor
    let name: String
    /// The variable of Adam's first moment.
    var firstMoment: String { name + ".m" }
    /// Fills it, given a key of its own.
    let fill: (UnsafeMutableBufferPointer<Float>, RandomKey) -> Void
  }

  /// The arrays a step learns from, inputs of the graph.
  struct Batch {
    var names: [String] = []
    /// Whether every step draws its own.
    var isFresh = false
    /// Fills all arrays in order.
    var draw: Draw = { _, _ in }

    typealias Draw = (_ arrays: [UnsafeMutableBufferPointer<Float>], RandomKey) -> Void
  }
}

/// Collects what a problem trains while its graph is built.
final class ProblemBuilder {
  let graph = Graph()
  private var parameters: [Problem.Parameter] = []
  private var batch = Problem.Batch()

  /// A parameter of independent normal numbers with this variance; 0 is all zeros.
  func parameter(_ name: String, _ shape: Shape, variance: Float) -> Tensor {
    parameter(name, shape) { numbers, key in
      if variance == 0 {
        numbers.update(repeating: 0)
      } else {
        key.fillNormal(numbers, deviation: variance.squareRoot())
      }
    }
  }

  func parameter(_ name: String, _ shape: Shape, filledWith value: Float) -> Tensor {
    parameter(name, shape) { numbers, _ in numbers.update(repeating: value) }
  }

  func parameter(
    _ name: String, _ shape: Shape,
    fill: @escaping (UnsafeMutableBufferPointer<Float>, RandomKey) -> Void
  ) -> Tensor {
    let tensor = graph.variable(name, shape)
    parameters.append(Problem.Parameter(tensor: tensor, name: name, fill: fill))
    return tensor
  }

  /// A parameter of a network that names its own.
  func parameter(_ specification: VariableSpecification) {
    _ = parameter(specification.name, specification.shape) { numbers, key in
      specification.fill(numbers, key: key)
    }
  }

  /// y = x w + b, weights of the given variance, bias 0.
  func linear(_ name: String, _ x: Tensor, to width: Int, variance: Float) -> Tensor {
    let inputs = x.shape[x.shape.rank - 1]
    let weight = parameter(name + ".w", [inputs, width], variance: variance)
    return x.matmul(weight) + parameter(name + ".b", [width], variance: 0)
  }

  /// The arrays of the batch, drawn once, or before every step.
  func batch(
    _ arrays: [(name: String, shape: Shape)], fresh: Bool = false,
    draw: @escaping Problem.Batch.Draw
  ) -> [Tensor] {
    batch = Problem.Batch(names: arrays.map(\.name), isFresh: fresh, draw: draw)
    return arrays.map { graph.input($0.name, $0.shape) }
  }

  /// The problem of minimising a loss by Adam (β₁ .9, β₂ .999, ε 10⁻⁸), gradients clipped to a
  /// global norm if there is a limit.
  func minimise(_ loss: Tensor, rate: Float, clip: Float? = nil) -> Problem {
    let gradients = loss.gradient(of: parameters.map(\.tensor))
    let scale = clip.map {
      Clipping.clipScale(norm: Clipping.globalNorm(gradients), limit: graph.constant($0))
    }
    let count = graph.variable("adam.step", [])
    let rateInput = graph.input("adam.rate")
    for (parameter, gradient) in zip(parameters, gradients) {
      let shape = parameter.tensor.shape
      graph.update(
        Adam(
          parameter: parameter.tensor, gradient: gradient,
          firstMoment: graph.variable(parameter.firstMoment, shape),
          secondMoment: graph.variable(parameter.name + ".v", shape), stepCount: count,
          rate: rateInput, beta1: Problem.beta1, gradientScale: scale))
    }
    return Problem(
      graph: graph, loss: loss, parameters: parameters, gradients: gradients,
      isClipped: clip != nil, batch: batch, rate: rate)
  }
}
