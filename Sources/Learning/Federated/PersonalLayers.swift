import Autodiff

/// Tensors of the target network that nobody generates: each client has its own and keeps them. Whoever
/// has none, such as a client that was never trained with, is lent the mean of the others'.
public struct PersonalLayers: Sendable {
  let target: [TensorSpecification]
  private let gain: Float

  /// - Parameter gain: the c of the target's activation.
  init(_ target: [TensorSpecification], gain: Float) {
    self.target = target
    self.gain = gain
  }

  var names: Set<String> { Set(target.map(\.name)) }

  private func shape(_ tensor: TensorSpecification, _ clients: Int) -> Shape {
    Shape([clients] + tensor.shape.dimensions)
  }

  private func table(
    _ tensor: TensorSpecification, _ clients: Int, in graph: Graph
  ) -> Tensor { graph.variable("personal.\(tensor.name)", shape(tensor, clients)) }

  func variables(clients: Int) -> [VariableSpecification] {
    target.map {
      VariableSpecification(
        "personal.\($0.name)", shape($0, clients), $0.ordinaryStart(gain: gain))
    }
  }

  /// Every client's own, and `others` times their mean: [clients + others] + shape each.
  func all(clients: Int, others: Int, in graph: Graph) -> [Tensor] {
    target.map { tensor in
      let own = table(tensor, clients, in: graph)
      guard others > 0 else { return own }
      let mean = own.mean(axes: [0], keepingDimensions: true)
      return Tensor.concatenate([own, mean.broadcast(to: shape(tensor, others))], axis: 0)
    }
  }

  /// Their mean for each of some rows, [rows] + shape each.
  func means(rows: Int, clients: Int, in graph: Graph) -> [Tensor] {
    target.map { tensor in
      table(tensor, clients, in: graph).mean(axes: [0], keepingDimensions: true)
        .broadcast(to: shape(tensor, rows))
    }
  }

  /// Those of some clients by their numbers [C]: [C] + shape each.
  func rows(of chosen: Tensor, among clients: Int, in graph: Graph) -> [Tensor] {
    target.map { tensor in
      table(tensor, clients, in: graph).reshaped(to: [clients, tensor.shape.count])
        .gather(rows: chosen).reshaped(to: shape(tensor, chosen.shape[0]))
    }
  }

  /// The own layers of one client, or where `client` [1] is the number of clients their mean.
  func one(_ client: Tensor, among clients: Int, in graph: Graph) -> [Tensor] {
    zip(target, all(clients: clients, others: 1, in: graph)).map { tensor, all in
      all.reshaped(to: [clients + 1, tensor.shape.count]).gather(rows: client)
        .reshaped(to: shape(tensor, 1))
    }
  }

  /// Adds the update by which clients take over what they trained.
  func change(
    by changes: [Tensor], of chosen: Tensor, among clients: Int, arrived: Tensor
  ) {
    let graph = chosen.graph
    for (tensor, change) in zip(target, changes) {
      let all = table(tensor, clients, in: graph)
      let kept = (change * arrived.aligned(to: change))
        .reshaped(to: [chosen.shape[0], tensor.shape.count])
        .scatterAdd(rows: chosen, of: clients)
      graph.update(Assign(all, all - kept.reshaped(to: all.shape)))
    }
  }
}
