import Autodiff

/// Personalised federated learning with a hypernetwork, pFedHN (Shamsian et al. 2021): a server holds θ
/// and an embedding z for each client; the rows stay with the clients. In a round some clients are sent
/// weights W = H(z; θ), train them on rows of their own (``LocalTraining``) and return ΔW; the server's
/// gradient is the mean of Jᵀ ΔW over those who came back (``Returns``), for θ and for their embeddings.
///
/// With layers that are personal (the publication's pFedHN-PC) the last layer is never sent: it stays with
/// its client, which trains it along. A client that drops out loses what it did in the round.
public struct FederatedScheme: TrainingScheme {
  /// At most as many as are trained.
  public let clientsPerRound: Int
  public let localSteps: Int
  /// Rows of a local step.
  public let examples: Int
  public let schedule: RateSchedule
  /// The rounds of the run the schedule is for.
  public let rounds: Int
  /// Where the clients are; nil is in the same graph.
  private let exchange: (any ClientExchange)?

  package init(
    clientsPerRound: Int, localSteps: Int, examples: Int, schedule: RateSchedule, rounds: Int,
    exchange: (any ClientExchange)? = nil
  ) {
    self.exchange = exchange
    self.clientsPerRound = clientsPerRound
    self.localSteps = localSteps
    self.examples = examples
    self.schedule = schedule
    self.rounds = rounds
  }

  /// How many times weights were sent to a client, and how many changes came back.
  private static let counters = (sent: "exchanged.sent", returned: "exchanged.returned")
  private static let prefix = "optimizer"
  private static let roundCounter = "exchanged.rounds"

  public func stateVariables(of model: HypernetworkModel) -> [VariableSpecification] {
    ServerUpdate.variables(
      model.optimizer, for: onServer(model), clients: model.family.trainingTaskCount,
      prefix: Self.prefix)
      + [Self.roundCounter, Self.counters.sent, Self.counters.returned].map {
        VariableSpecification($0, [], .zero)
      }
  }

  /// What the server trains: all but the clients' own layers.
  private func onServer(_ model: HypernetworkModel) -> [VariableSpecification] {
    let own = Set(model.personal?.variables(clients: 1).map(\.name) ?? [])
    return model.trained.filter { !own.contains($0.name) }
  }

  public func program(for model: HypernetworkModel) -> TrainingProgram {
    let graph = Graph()
    let family = model.family
    let total = family.trainingTaskCount
    let count = min(clientsPerRound, total)
    let clients = graph.input("clients", [count])
    let noise = graph.input("noise", [count, model.contextCount])
    let returns = Returns(arrived: graph.input("arrived", [count]))
    let rate = graph.input("rate", [])
    let clip = graph.input("clip", [])
    let embedding = graph.variable(HypernetworkModel.embedding, [total, model.contextCount])

    // The server.
    let z = graph.phase("embed") { embedding.gather(rows: clients) + noise }
    let tensors = model.target.tensors
    let own = model.personal?.rows(of: clients, among: total, in: graph)
    let weights = graph.phase(Self.sending) {
      model.weights(of: z, personal: own, theta: Theta(graph)).dense(tasks: count, tensors)
    }
    let isSent = tensors.map { !(model.personal?.names.contains($0.name) ?? false) }

    // The clients.
    let local = self.local(model, from: weights)

    let loss = graph.phase("loss") { local.losses.mean() }

    // The server again: of the clients it sees ΔW.
    func sent(_ all: [Tensor]) -> [Tensor] { zip(all, isSent).filter(\.1).map(\.0) }
    let parameters = onServer(model).map { ($0.name, graph.variable($0.name, $0.shape)) }
    let gradients = returns.gradients(
      ofSent: sent(weights), changes: sent(local.change), by: parameters.map(\.1))
    graph.phase("update") {
      let update = ServerUpdate(
        choice: model.optimizer, prefix: Self.prefix, rate: rate,
        gradientScale: Clipping.scale(of: gradients, limit: clip))
      let all = zip(parameters, gradients).map { (name: $0.0, variable: $0.1, gradient: $1) }
      update(all.filter { $0.name != HypernetworkModel.embedding }, gate: returns.any)
      update(
        all.filter { $0.name == HypernetworkModel.embedding },
        rows: returns.rows(of: clients, among: total))
      model.personal?.change(
        by: zip(local.change, isSent).filter { !$1 }.map(\.0), of: clients, among: total,
        arrived: returns.arrived)
      for (name, by) in [
        (Self.roundCounter, graph.constant(1)), (Self.counters.sent, graph.constant(Float(count))),
        (Self.counters.returned, returns.count),
      ] {
        let counter = graph.variable(name, [])
        graph.update(Assign(counter, counter + by))
      }
    }
    let (schedule, rounds) = (schedule, rounds)
    return TrainingProgram(
      graph: graph, loss: loss,
      gradients: zip(parameters, gradients).map { (name: $0.0, tensor: $1) },
      exchanged: exchange == nil ? nil : (phase: Self.sending, tensors: weights)
    ) { plan in
      FederatedFeed(
        family: family, plan: plan,
        away: exchange.map {
          Away(
            exchange: $0, tensors: weights, names: tensors.map(\.name), planned: localSteps,
            examples: examples)
        }
      ) { schedule.factor(at: $0, of: rounds) }
    }
  }

  /// The phase after which weights are sent.
  private static let sending = "generate"

  /// ΔW by tensor, [C] + shape, and losses [C] of the round's clients: trained here, or inputs.
  private func local(
    _ model: HypernetworkModel, from weights: [Tensor]
  ) -> (change: [Tensor], losses: Tensor) {
    let graph = weights[0].graph
    let count = weights[0].shape[0]
    let takes = graph.input("takes", [localSteps, count])
    let (rate, momentum) = (graph.input("local-rate", []), graph.input("local-momentum", []))
    guard exchange == nil else {
      return (
        zip(model.target.tensors, weights).map { graph.input(Self.change($0.name), $1.shape) },
        graph.input("losses", [count])
      )
    }
    return graph.phase("local") {
      let work = LocalTraining.Work(
        inputs: model.family.inputCount, outputs: model.family.outputCount, examples: examples,
        takes: takes, rate: rate, momentum: momentum)
      return LocalTraining(model.target, model.family.objective)(work, from: weights)
    }
  }

  /// The input that holds what came back of a tensor.
  fileprivate static func change(_ tensor: String) -> String { "change/\(tensor)" }

  public func traffic(of model: HypernetworkModel, _ variables: Variables) -> Traffic? {
    let kept = model.personal?.names ?? []
    let numbers = model.target.tensors.filter { !kept.contains($0.name) }
      .reduce(0) { $0 + $1.shape.count }
    func count(_ name: String) -> Int {
      let value = variables[name].first ?? 0
      return 0...1e9 ~= value ? Int(value) : 0
    }
    return Traffic(
      rounds: count(Self.roundCounter), bytesDown: 4 * numbers * count(Self.counters.sent),
      bytesUp: 4 * numbers * count(Self.counters.returned))
  }
}

/// Clients elsewhere, and what is sent to them.
private struct Away {
  let exchange: any ClientExchange
  /// W by tensor, [C] + shape.
  let tensors: [Tensor]
  let names: [String]
  let planned, examples: Int
}

/// Writes the rows of a round's clients, or sends clients elsewhere their weights and writes what comes
/// back.
private final class FederatedFeed: Feed {
  private let family: any TaskFamily
  private let rateFactor: (Int) -> Float
  private let order: UnsafeMutableBufferPointer<Int>
  private let clients, noise, arrived, takes: UnsafeMutableBufferPointer<Float>
  private let rate, clip, localRate, localMomentum: UnsafeMutableBufferPointer<Float>
  /// Where the clients are here.
  private let rows: (x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>)?
  private let away: Away?
  private var seed: UInt64 = 0
  private var round = 0
  private var baseRate: Float = 0
  private var noiseDeviation: Float = 0
  private var attendance = Attendance(KnobValues([]))
  /// The mean loss of those who last came back.
  private var lastLoss: Float = 0
  /// The inputs live in the plan's memory.
  private let plan: Plan

  init(
    family: any TaskFamily, plan: Plan, away: Away?, rateFactor: @escaping (Int) -> Float
  ) {
    self.family = family
    self.rateFactor = rateFactor
    self.plan = plan
    self.away = away
    clients = plan.input("clients")
    noise = plan.input("noise")
    arrived = plan.input("arrived")
    takes = plan.input("takes")
    rows = away == nil ? (plan.input("x"), plan.input("y")) : nil
    rate = plan.input("rate")
    clip = plan.input("clip")
    localRate = plan.input("local-rate")
    localMomentum = plan.input("local-momentum")
    order = .allocate(capacity: family.trainingTaskCount)
  }

  deinit { order.deallocate() }

  func apply(_ knobs: KnobValues, seed: UInt64) {
    self.seed = seed
    baseRate = knobs.real("rate")
    clip[0] = knobs.real("clip")
    localRate[0] = knobs.real("local-rate")
    localMomentum[0] = knobs.real("local-momentum")
    noiseDeviation = knobs.real("noise")
    attendance = Attendance(knobs)
    noise.update(repeating: 0)
  }

  func write(step round: Int) {
    self.round = round
    rate[0] = baseRate * rateFactor(round)
    RandomKey(seed: seed, stream: .batch, step: round).choose(clients.count, from: order)
    for row in clients.indices { clients[row] = Float(order[row]) }
    if noiseDeviation > 0 {
      RandomKey(seed: seed, stream: .noise, step: round)
        .fillNormal(noise, deviation: noiseDeviation)
    }
    attendance.write(seed: seed, round: round, takes: takes, arrived: arrived)
    guard let rows else { return }
    family.fillSteps(
      takes.count / clients.count, tasks: UnsafeBufferPointer(rebasing: order[..<clients.count]),
      seed: seed, round: round, x: rows.x, y: rows.y)
  }

  /// Sends weights that were just generated, and waits for what comes back.
  func exchange() {
    guard let away else { return }
    // Whose return would be lost need not train.
    let places = arrived.indices.filter { arrived[$0] == 1 }
    let replies = away.exchange.ask(
      places.map { place in
        ClientRequest(
          client: order[place],
          work: .train(
            round: round, position: place,
            steps: (0..<away.planned).count { takes[$0 * clients.count + place] == 1 },
            planned: away.planned, examples: away.examples), rate: localRate[0],
          momentum: localMomentum[0],
          weights: away.tensors.flatMap { tensor in
            let all = plan.value(tensor)
            let size = all.count / clients.count
            return all[place * size..<(place + 1) * size]
          })
      })
    let losses = plan.input("losses")
    let known = replies.compactMap { $0?.loss }
    if !known.isEmpty { lastLoss = known.reduce(0, +) / Float(known.count) }
    losses.update(repeating: lastLoss)
    for name in away.names { plan.input(FederatedScheme.change(name)).update(repeating: 0) }
    for (place, reply) in zip(places, replies) {
      guard let reply else {
        arrived[place] = 0
        continue
      }
      losses[place] = reply.loss
      var next = 0
      for name in away.names {
        let input = plan.input(FederatedScheme.change(name))
        let size = input.count / clients.count
        for i in 0..<size { input[place * size + i] = reply.change[next + i] }
        next += size
      }
    }
  }
}

extension TaskFamily {
  /// A batch for each step of a round: x [steps, tasks, examples, inputs] and y likewise.
  func fillSteps(
    _ steps: Int, tasks: UnsafeBufferPointer<Int>, seed: UInt64, round: Int,
    x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>
  ) {
    let (width, height) = (x.count / steps, y.count / steps)
    for step in 0..<steps {
      fillBatch(
        tasks: tasks, examples: width / (tasks.count * inputCount),
        key: RandomKey(seed: seed, stream: .inputs, step: round * steps + step),
        x: UnsafeMutableBufferPointer(rebasing: x[step * width..<(step + 1) * width]),
        y: UnsafeMutableBufferPointer(rebasing: y[step * height..<(step + 1) * height]))
    }
  }
}
