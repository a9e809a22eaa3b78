import Autodiff

/// Some tensors of a target network are generated, by any strategy; all tasks share the others.
public struct PartialGeneration: Strategy {
  private let base: SharedBase
  private let generated: any Strategy
  /// By tensor of the whole network: whether it is generated.
  private let isGenerated: [Bool]

  /// - Parameters:
  ///   - isGenerated: by tensor of the target.
  ///   - generated: generates those, in their order.
  init(
    target: [TensorSpecification], gain: Float, isGenerated: [Bool], by generated: any Strategy
  ) {
    self.generated = generated
    self.isGenerated = isGenerated
    base = SharedBase(
      target: zip(target, isGenerated).filter { !$1 }.map(\.0), gain: gain)
  }

  public var variables: [VariableSpecification] { base.variables + generated.variables }
  public var emittedCount: Int { generated.emittedCount }
  public var frozen: Set<String> { generated.frozen }

  public func generate(from contexts: Tensor, theta: Theta) -> [Weight] {
    var own = generated.generate(from: contexts, theta: theta).makeIterator()
    var shared = base.target.makeIterator()
    return isGenerated.compactMap { isGenerated in
      isGenerated
        ? own.next() : shared.next().map { Weight(base: base($0, theta: theta)) }
    }
  }
}
