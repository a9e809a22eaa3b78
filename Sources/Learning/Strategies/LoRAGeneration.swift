import Autodiff

/// A hypernetwork that writes adapters: W = W₀ + A(z) B(z) of a given rank (Hu et al. 2022, "LoRA"),
/// used as x W₀ + (x A) B; biases are W₀'s plus a change of their own. B begins at 0, so that every
/// context begins with the base, which is trained along or left frozen.
public struct LoRAGeneration: Strategy {
  private let base: SharedBase
  private let generator: Generator
  private let isBaseFrozen: Bool

  public init(
    trunk: Trunk, target: [TensorSpecification], gain: Float, rank: Int, isBaseFrozen: Bool
  ) {
    base = SharedBase(target: target, gain: gain)
    self.isBaseFrozen = isBaseFrozen
    let initialization = trunk.initialization
    generator = Generator(
      trunk: trunk,
      heads: target.flatMap { tensor -> [Generator.Head] in
        guard let shapes = tensor.factorShapes(rank: rank) else {
          return [Generator.Head(name: tensor.name, shape: tensor.shape, start: (.zero, .zero))]
        }
        return [
          Generator.Head(
            name: tensor.name + ".left", shape: shapes.left,
            start: initialization.head(
              width: trunk.outputCount, outputs: shapes.left.count,
              variance: 1 / Float(tensor.fanIn),
              own: .normal(deviation: 1 / Float(tensor.fanIn).squareRoot()))),
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
      if let left = outputs[tensor.name + ".left"], let right = outputs[tensor.name + ".right"] {
        return Weight(base: own, factors: (left, right))
      }
      return Weight(outputs[tensor.name].map { $0 + own } ?? own)
    }
  }
}
