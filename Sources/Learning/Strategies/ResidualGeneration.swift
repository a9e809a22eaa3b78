import Autodiff

/// W = W₀ + ΔW(z): an ordinary network that all tasks share, and a change for each that begins small.
public struct ResidualGeneration: Strategy {
  private let base: SharedBase
  private let generator: Generator

  /// How large the change is at step 0, in standard deviations of an ordinary weight.
  private static let spread: Float = 0.1

  public init(trunk: Trunk, target: [TensorSpecification], gain: Float) {
    base = SharedBase(target: target, gain: gain)
    generator = Generator(
      trunk: trunk,
      heads: target.map { tensor in
        let ordinary = tensor.variance ?? (tensor.role == .weight ? gain / Float(tensor.fanIn) : 1)
        return Generator.Head(
          name: tensor.name, shape: tensor.shape,
          start: trunk.head(
            outputs: tensor.shape.count,
            variance: ordinary * Self.spread * Self.spread, own: .zero))
      })
  }

  public var variables: [VariableSpecification] { base.variables + generator.variables }

  public var emittedCount: Int { generator.outputCount }

  public func generate(from contexts: Tensor, theta: Theta) -> [Weight] {
    let outputs = generator(contexts, theta: theta)
    return base.target.compactMap { tensor in
      outputs[tensor.name].map { Weight($0 + base(tensor, theta: theta)) }
    }
  }
}
