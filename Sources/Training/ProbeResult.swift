import Autodiff
import Learning

/// H(z) and f(x; H(z)) at one context, for one state of the parameters.
public struct ProbeResult: Sendable {
  public struct Weights: Sendable {
    public let specification: TensorSpecification
    /// Row-major, `specification.shape.count` numbers.
    public let values: [Float]

    public init(specification: TensorSpecification, values: [Float]) {
      self.specification = specification
      self.values = values
    }
  }

  public var context: [Float]
  /// The step of the parameters it was computed with.
  public var step: Int
  /// The task the behaviour is compared with: the nearest one, or the one chosen.
  public var reference: Int?
  public var weights: [Weights]
  public var behaviour: Behaviour

  package init(
    context: [Float], step: Int, reference: Int?, weights: [Weights], behaviour: Behaviour
  ) {
    self.context = context
    self.step = step
    self.reference = reference
    self.weights = weights
    self.behaviour = behaviour
  }
}
