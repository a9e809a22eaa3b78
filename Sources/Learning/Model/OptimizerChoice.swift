import Autodiff

/// The rule by which gradients change parameters.
public enum OptimizerChoice: String, CaseIterable, Sendable {
  case adam, adamw, momentum, sgd

  /// The state it keeps beside each parameter.
  private var slots: [String] {
    switch self {
    case .adam, .adamw: ["first-moment", "second-moment"]
    case .momentum: ["velocity"]
    case .sgd: []
    }
  }

  /// The variables of its state, all zero at first, named `prefix.slot/parameter`.
  public func variables(
    for parameters: [VariableSpecification], prefix: String
  ) -> [VariableSpecification] {
    let state = parameters.flatMap { parameter in
      slots.map { slot in
        VariableSpecification("\(prefix).\(slot)/\(parameter.name)", parameter.shape, .zero)
      }
    }
    return countsSteps ? [VariableSpecification("\(prefix).steps", [], .zero)] + state : state
  }

  private var countsSteps: Bool { self == .adam || self == .adamw }

  /// Adds the update of every parameter to the graph.
  /// - Parameters:
  ///   - rate: the learning rate, a scalar.
  ///   - gradientScale: multiplies every gradient (clipping), a scalar; nil leaves them alone.
  public func update(
    _ parameters: [(name: String, variable: Tensor, gradient: Tensor)], in graph: Graph,
    prefix: String, rate: Tensor, gradientScale: Tensor?
  ) {
    let steps = graph.variable("\(prefix).steps", [])
    if countsSteps { graph.update(Increment(steps)) }
    for (name, variable, gradient) in parameters {
      func slot(_ slot: String) -> Tensor {
        graph.variable("\(prefix).\(slot)/\(name)", variable.shape)
      }
      switch self {
      case .adam, .adamw:
        graph.update(
          Adam(
            parameter: variable, gradient: gradient, firstMoment: slot("first-moment"),
            secondMoment: slot("second-moment"), stepCount: steps, rate: rate,
            decay: self == .adamw ? 0.01 : 0, gradientScale: gradientScale))
      case .momentum:
        graph.update(
          Momentum(
            parameter: variable, gradient: gradient, velocity: slot("velocity"), rate: rate,
            momentum: graph.constant(0.9),
            gradientScale: gradientScale))
      case .sgd:
        graph.update(
          SGD(parameter: variable, gradient: gradient, rate: rate, gradientScale: gradientScale))
      }
    }
  }
}
