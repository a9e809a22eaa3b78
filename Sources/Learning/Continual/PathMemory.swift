import Autodiff

/// Synaptic intelligence (Zenke, Poole & Ganguli 2017): numbers are held by what their way through
/// training did for the loss,
///
///     L = L_T + c · Σ_i Ω_i (w_i − w*_i)²,    Ω_i = Σ_{t<T} ω_t,i / ((w*_t,i − w*_{t−1},i)² + ξ),
///
/// ω_t,i being the sum over the steps of task t of −∂L_T/∂w_i · Δw_i.
///
/// What tasks do not share needs no holding.
struct PathMemory: ContinualMemory {
  /// ξ, which keeps numbers that did not move from counting without bound.
  private static let damping: Float = 0.1

  func strength(_ knobs: KnobValues) -> Float { knobs.real("si") }

  private func name(_ part: String, _ tensor: TensorSpecification) -> String {
    "si.\(part).\(tensor.name)"
  }

  func variables(of model: HypernetworkModel) -> [VariableSpecification] {
    model.sharedTensors.flatMap { tensor in
      ["path", "importance", "anchor"].map {
        VariableSpecification(name($0, tensor), tensor.shape, .zero)
      }
    }
  }

  private func shared(_ step: ContinualStep) -> [(index: Int, tensor: TensorSpecification)] {
    step.model.sharedTensors.compactMap { tensor in
      step.specifications.firstIndex { $0.name == SharedBase.name(tensor) }.map { ($0, tensor) }
    }
  }

  func gradients(of step: ContinualStep) -> [Tensor] {
    let strength = step.graph.input("strength", [])
    var total = step.gradients
    for (index, tensor) in shared(step) {
      let (importance, anchor) = (
        step.graph.variable(name("importance", tensor), tensor.shape),
        step.graph.variable(name("anchor", tensor), tensor.shape)
      )
      total[index] = total[index] + importance * (step.theta[index] - anchor) * (2 * strength)
    }
    return total
  }

  func note(_ step: ContinualStep, total: [Tensor], scale: Tensor?) {
    for (index, tensor) in shared(step) {
      let path = step.graph.variable(name("path", tensor), tensor.shape)
      let change = step.candidate(index, gradient: total[index], scale: scale)
      step.graph.update(Assign(path, path - step.gradients[index] * change))
    }
  }

  func writer(of plan: Plan) -> MemoryWriter {
    let input = plan.input("strength")
    return { _, strength, _ in input[0] = strength }
  }

  /// Where the first task begins is w*₀.
  func beginning(of model: HypernetworkModel) -> [Transition] {
    let graph = Graph()
    for tensor in model.sharedTensors {
      graph.update(
        Assign(
          graph.variable(name("anchor", tensor), tensor.shape),
          graph.variable(SharedBase.name(tensor), tensor.shape)))
    }
    return [.run(graph, batches: [[]])]
  }

  func ending(task: Int, of model: HypernetworkModel) -> [Transition] {
    let graph = Graph()
    for tensor in model.sharedTensors {
      func variable(_ part: String) -> Tensor { graph.variable(name(part, tensor), tensor.shape) }
      let weight = graph.variable(SharedBase.name(tensor), tensor.shape)
      let (path, importance, anchor) = (
        variable("path"), variable("importance"), variable("anchor")
      )
      // What made the loss larger is held by nothing.
      let gain = path.relu() / ((weight - anchor).square() + Self.damping)
      graph.update(Assign(importance, importance + gain))
      graph.update(Assign(anchor, weight * 1))
      graph.update(Assign(path, path * 0))
    }
    return [.run(graph, batches: [[]])]
  }
}
