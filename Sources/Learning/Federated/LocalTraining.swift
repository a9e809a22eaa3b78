import Autodiff

/// What a client does in a round, on rows that only it holds: gradient descent with momentum from the
/// weights W it was sent,
///
///     v ← μ v + ∇loss(W),   W ← W − rate · v.
///
/// Of all that it returns ΔW = W_before − W_after and nothing else.
///
/// In a graph the clients of a round train side by side, each with weights, rows and steps of its own.
struct LocalTraining {
  /// A client's loss, [C], with weights [C] + shape on x [C, B, inputs] and y [C, B, outputs].
  typealias Losses = (_ weights: [Tensor], _ x: Tensor, _ y: Tensor) -> Tensor

  /// What a round's clients have to work with.
  struct Work {
    /// Rows for every step, [steps, C, B, inputs] and [steps, C, B, outputs].
    let x, y: Tensor
    /// [steps, C]: 1 for a step that a client takes, 0 for one it is too slow for.
    let takes: Tensor
    /// Scalars.
    let rate, momentum: Tensor

    /// With rows that are the inputs `x` and `y`.
    init(
      inputs: Int, outputs: Int, examples: Int, takes: Tensor, rate: Tensor, momentum: Tensor
    ) {
      let graph = takes.graph
      let (steps, clients) = (takes.shape[0], takes.shape[1])
      x = graph.input("x", [steps, clients, examples, inputs])
      y = graph.input("y", [steps, clients, examples, outputs])
      self.takes = takes
      self.rate = rate
      self.momentum = momentum
    }
  }

  let losses: Losses

  init(_ losses: @escaping Losses) { self.losses = losses }

  /// That of a target network under an objective.
  init(_ target: any TargetNetwork, _ objective: Objective) {
    losses = { weights, x, y in objective.perTask(target(weights.map { Weight($0) }, x), y) }
  }

  /// - Parameter sent: the weights clients are sent, [C] + shape each.
  /// - Returns: ΔW by tensor, and the losses before the first step, [C].
  func callAsFunction(_ work: Work, from sent: [Tensor]) -> (change: [Tensor], losses: Tensor) {
    let graph = work.x.graph
    let count = sent.count
    let zeros = sent.map { graph.constant(0, $0.shape) }
    let result = graph.scan(
      over: [work.x, work.y, work.takes], carrying: zeros + zeros,
      constants: sent + [work.rate, work.momentum]
    ) { carries, now, given in
      let (velocity, change) = (carries.prefix(count), carries.suffix(count))
      let (rate, momentum) = (given[count], given[count + 1])
      let weights = zip(given, change).map { $0 - $1 }
      let before = losses(weights, now[0], now[1])
      let gradients = before.sum().gradient(of: weights)
      let velocities = zip(velocity, gradients).map { momentum * $0 + $1 }
      let share = rate * now[2]
      let changes = zip(change, velocities).map { $0 + share.aligned(to: $1) * $1 }
      return (velocities + changes, [before])
    }
    let all = result.outputs[0]
    return (
      Array(result.carries.suffix(count)),
      all.slice(axis: 0, from: 0, count: 1).reshaped(to: [all.shape[1]])
    )
  }
}

extension Tensor {
  /// One number a client, [C], in the shape that multiplies what each of them has, [C, …].
  func aligned(to other: Tensor) -> Tensor {
    reshaped(to: Shape([shape[0]] + Array(repeating: 1, count: other.shape.rank - 1)))
  }
}
