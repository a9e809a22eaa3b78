import Autodiff

/// What comes back to the server in a round: the changes of clients that did not drop out.
struct Returns {
  /// [C]: 1 for a client that came back, 0 for one that was lost.
  let arrived: Tensor

  /// How many came back, a scalar.
  var count: Tensor { arrived.sum() }

  /// 1 where anybody came back, else 0; a scalar.
  var any: Tensor { count.minimum(1) }

  /// [clients, 1]: 1 for those of all clients that came back this round.
  /// - Parameter clients: the numbers of those that took part, [C].
  func rows(of clients: Tensor, among count: Int) -> Tensor {
    arrived.reshaped(to: [arrived.shape[0], 1]).scatterAdd(rows: clients, of: count)
  }

  /// Changes [C, …], those that were lost being 0, each divided by how many came back: their sum over
  /// the clients is the mean of what the server received.
  func shares(of changes: [Tensor]) -> [Tensor] {
    let share = arrived / count.maximum(1)
    return changes.map { $0 * share.aligned(to: $0) }
  }

  /// The server's gradient: Jᵀ ΔW, J being the derivative of the weights it sent by its own numbers
  /// (Shamsian et al. 2021, "Personalized federated learning using hypernetworks"). It needs ΔW alone,
  /// no row of any client.
  /// - Parameters:
  ///   - sent: W, a function of the parameters, [C, …] each.
  ///   - changes: ΔW in the same shapes.
  func gradients(
    ofSent sent: [Tensor], changes: [Tensor], by parameters: [Tensor]
  ) -> [Tensor] {
    arrived.graph.phase("gradient") {
      let products = zip(sent, shares(of: changes)).map { ($0 * $1.stopGradient()).sum() }
      return products.dropFirst().reduce(products[0], +).gradient(of: parameters)
    }
  }
}

/// Who comes back in a round, and how many steps each client takes: drawn from the round's key alone.
struct Attendance {
  /// The chance that a client's return is lost.
  var lost: Float = 0
  /// The chance that a client takes fewer steps than it should.
  var stragglers: Float = 0

  init(_ knobs: KnobValues) {
    lost = knobs.real("lost")
    stragglers = knobs.real("stragglers")
  }

  /// Writes inputs `takes` [steps, C] and `arrived` [C]. Allocates nothing.
  func write(
    seed: UInt64, round: Int, takes: UnsafeMutableBufferPointer<Float>,
    arrived: UnsafeMutableBufferPointer<Float>
  ) {
    let key = RandomKey(seed: seed, stream: .attendance, step: round)
    let clients = arrived.count
    let steps = takes.count / max(clients, 1)
    func happens(_ chance: Float, _ index: Int) -> Bool {
      chance > 0 && Float(key.integer(below: 1 << 24, index: index)) < chance * Float(1 << 24)
    }
    for client in 0..<clients {
      arrived[client] = happens(lost, client) ? 0 : 1
      let taken =
        happens(stragglers, clients + client)
        ? 1 + key.integer(below: max(steps - 1, 1), index: 2 * clients + client) : steps
      for step in 0..<steps { takes[step * clients + client] = step < taken ? 1 : 0 }
    }
  }
}
