import Autodiff

/// Feature-wise linear modulation (Perez et al. 2018): all tasks share one network, and the context
/// scales and shifts the units of every layer, γ ⊙ (x W + b) + β with γ = 1 + Δ, so that a Δ of 0 is
/// the shared network.
public struct FiLMGeneration: Strategy {
  private let base: SharedBase
  private let generator: Generator
  /// What Δ changes: 1, or, wrong on purpose, nothing.
  private let middle: Float

  /// Standard deviation of Δ and β at step 0.
  private static let spread: Float = 0.1

  public init(trunk: Trunk, target: [TensorSpecification], gain: Float, isAroundOne: Bool = true) {
    middle = isAroundOne ? 1 : 0
    base = SharedBase(target: target, gain: gain)
    generator = Generator(
      trunk: trunk,
      heads: target.filter { $0.role == .bias }.flatMap { tensor in
        ["scale", "shift"].map { part in
          Generator.Head(
            name: "\(tensor.name).\(part)", shape: tensor.shape,
            start: trunk.head(
              outputs: tensor.shape.count,
              variance: Self.spread * Self.spread, own: .zero))
        }
      })
  }

  public var variables: [VariableSpecification] { base.variables + generator.variables }

  public var emittedCount: Int { generator.outputCount }

  public func generate(from contexts: Tensor, theta: Theta) -> [Weight] {
    let outputs = generator(contexts, theta: theta)
    // A layer's weight comes right before its bias, by whose name its scale goes.
    return base.target.enumerated().map { index, tensor in
      let own = base(tensor, theta: theta)
      let bias =
        tensor.role == .bias
        ? tensor : base.target[index...].first { $0.role == .bias } ?? tensor
      guard let change = outputs["\(bias.name).scale"] else { return Weight(base: own) }
      if tensor.role == .weight { return Weight(base: own, scale: change + middle) }
      guard let shift = outputs["\(bias.name).shift"] else { return Weight(base: own) }
      return Weight((change + middle) * own + shift)
    }
  }
}
