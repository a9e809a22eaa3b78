import Autodiff

/// Every number of the target network is generated, by a head for each of its tensors,
///
///     W_j = reshape(h V_j + a_j).
public struct FullGeneration: Strategy {
  private let target: [TensorSpecification]
  private let generator: Generator

  /// - Parameter gain: the c of the target's activation.
  public init(trunk: Trunk, target: [TensorSpecification], gain: Float) {
    self.target = target
    let initialization = trunk.initialization
    generator = Generator(
      trunk: trunk,
      heads: target.map { tensor in
        Generator.Head(
          name: tensor.name, shape: tensor.shape,
          start: trunk.head(
            outputs: tensor.shape.count,
            variance: initialization.variance(of: tensor, gain: gain),
            own: tensor.ordinaryStart(gain: gain)))
      })
  }

  public var variables: [VariableSpecification] { generator.variables }

  public var emittedCount: Int { generator.outputCount }

  public func generate(from contexts: Tensor, theta: Theta) -> [Weight] {
    let outputs = generator(contexts, theta: theta)
    return target.compactMap { outputs[$0.name].map { Weight($0) } }
  }
}
