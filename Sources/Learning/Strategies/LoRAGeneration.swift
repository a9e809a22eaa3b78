import Autodiff

/// A hypernetwork that writes adapters: W = W₀ + A(z) B(z) of a given rank (Hu et al. 2022, "LoRA"),
/// used as x W₀ + (x A) B: rank · (in + out) numbers a matrix; biases stay the base's. B begins at 0, so
/// that every context begins with the base, which is trained along or left frozen. A begins around an
/// A that all contexts share: with both at 0, as they would be for z = 0, no gradient reaches either.
public struct LoRAGeneration: Strategy {
  private let base: SharedBase
  private let generator: Generator
  private let isBaseFrozen: Bool

  public init(
    trunk: Trunk, target: [TensorSpecification], gain: Float, rank: Int, isBaseFrozen: Bool
  ) {
    base = SharedBase(target: target, gain: gain)
    self.isBaseFrozen = isBaseFrozen
    generator = Generator(
      trunk: trunk,
      heads: target.flatMap { tensor -> [Generator.Head] in
        guard let shapes = tensor.factorShapes(rank: rank) else { return [] }
        let deviation = tensor.adapterDeviation
        let left = trunk.head(
          outputs: shapes.left.count, variance: deviation * deviation, own: .zero)
        return [
          Generator.Head(
            name: tensor.name + ".left", shape: shapes.left,
            start: (left.weight, .normal(deviation: deviation))),
          Generator.Head(
            name: tensor.name + ".right", shape: shapes.right, start: (.zero, .zero)),
        ]
      })
  }

  public var variables: [VariableSpecification] { base.variables + generator.variables }

  public var frozen: Set<String> {
    isBaseFrozen ? Set(base.target.map(SharedBase.name)) : []
  }

  public var emittedCount: Int { generator.outputCount }

  public func generate(from contexts: Tensor, theta: Theta) -> [Weight] {
    let outputs = generator(contexts, theta: theta)
    return base.target.map { tensor in
      let own = base(tensor, theta: theta)
      guard let left = outputs[tensor.name + ".left"], let right = outputs[tensor.name + ".right"]
      else { return Weight(base: own) }
      return Weight(base: own, factors: (left, right))
    }
  }
}
