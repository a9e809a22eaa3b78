import Autodiff

/// Matrices are generated as U Vᵀ of a given rank and used as (x U) Vᵀ: a head of r (in + out) outputs
/// in the place of in · out. Where that saves nothing, and for biases, the tensor itself is generated.
public struct LowRankGeneration: Strategy {
  private let target: [TensorSpecification]
  private let generator: Generator

  public init(trunk: Trunk, target: [TensorSpecification], gain: Float, rank: Int) {
    self.target = target
    let initialization = trunk.initialization
    generator = Generator(
      trunk: trunk,
      heads: target.flatMap { tensor in
        let variance = initialization.variance(of: tensor, gain: gain)
        func head(
          _ name: String, _ shape: Shape, _ variance: Float?, _ own: VariableSpecification.Start
        ) -> Generator.Head {
          Generator.Head(
            name: name, shape: shape,
            start: trunk.head(
              outputs: shape.count, variance: variance, own: own))
        }
        guard let shapes = tensor.factorShapes(rank: rank), shapes.count < tensor.shape.count else {
          return [head(tensor.name, tensor.shape, variance, tensor.ordinaryStart(gain: gain))]
        }
        // Var (U Vᵀ) = rank · Var U · Var V.
        let each = variance.map { ($0 / Float(rank)).squareRoot() }
        let own = (gain / Float(tensor.fanIn) / Float(rank)).squareRoot().squareRoot()
        return [
          head(tensor.name + ".left", shapes.left, each, .normal(deviation: own)),
          head(tensor.name + ".right", shapes.right, each, .normal(deviation: own)),
        ]
      })
  }

  public var variables: [VariableSpecification] { generator.variables }

  public var emittedCount: Int { generator.outputCount }

  public func generate(from contexts: Tensor, theta: Theta) -> [Weight] {
    let outputs = generator(contexts, theta: theta)
    return target.compactMap { tensor in
      if let whole = outputs[tensor.name] { return Weight(whole) }
      guard let left = outputs[tensor.name + ".left"], let right = outputs[tensor.name + ".right"]
      else { return nil }
      return Weight(base: nil, factors: (left, right))
    }
  }
}

extension TensorSpecification {
  /// The shapes of two factors of a matrix, [in, rank] and [rank, out]: rank · (in + out) numbers, which
  /// may be more than its own. Nil for what is no matrix.
  func factorShapes(rank: Int) -> (left: Shape, right: Shape, count: Int)? {
    guard role == .weight, shape.rank == 2 else { return nil }
    return ([shape[0], rank], [rank, shape[1]], rank * (shape[0] + shape[1]))
  }

  /// Deviation of the factor A of an adapter B A at step 0.
  var adapterDeviation: Float { 1 / Float(fanIn).squareRoot() }
}
