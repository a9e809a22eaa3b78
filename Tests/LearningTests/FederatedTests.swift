import Autodiff
import Foundation
import Learning
import LearningTesting
import Testing

/// Training with clients that keep their rows.
struct FederatedTests {
  private static let plain = [
    "hyper-widths": "4-3", "target-widths": "3", "target-activation": "tanh", "contexts": "3",
    "examples": "4", "noise": "0", "clip": "0", "optimizer": "sgd", "schedule": "constant",
    "rate": "0.125", "local-rate": "0.0625", "local-steps": "3", "clients-per-round": "4",
    "spread": "1",
  ]

  private func knobs(_ settings: [String: String]) throws -> KnobValues {
    var knobs = KnobValues(NonIIDDigits().knobs)
    for (name, value) in Self.plain.merging(settings, uniquingKeysWith: { $1 }) {
      try knobs.set(name, to: value)
    }
    return knobs
  }

  private func run(_ settings: [String: String] = [:], seed: UInt64 = 1) throws -> SchemeRun {
    let knobs = try knobs(settings)
    return SchemeRun(try NonIIDDigits().hypernetwork(knobs), knobs: knobs, seed: seed)
  }

  /// What every client of a round makes of the weights it is sent, step by step in graphs of their own:
  /// W_before − W_after by client and tensor.
  private func changes(_ run: SchemeRun, from sent: [[[Float]]], momentum: Float) -> [[[Float]]] {
    let (family, target) = (run.model.family, run.model.target)
    let clients = sent.count
    let takes = Array(run.plan.input("takes"))
    let steps = takes.count / clients
    let graph = Graph()
    let weights = target.tensors.map {
      graph.variable($0.name, Shape([1] + $0.shape.dimensions))
    }
    let examples = run.plan.input("x").count / (steps * clients * family.inputCount)
    let x = graph.input("x", [1, examples, family.inputCount])
    let y = graph.input("y", [1, examples, family.outputCount])
    let loss = family.objective.perTask(target(weights.map { Weight($0) }, x), y).sum()
    let gradients = loss.gradient(of: weights)
    let variables = Variables(graph)
    let plan = Plan(graph, outputs: gradients, variables: variables)
    return sent.enumerated().map { client, start in
      var velocity = start.map { Array(repeating: Float(0), count: $0.count) }
      for (tensor, values) in zip(target.tensors, start) { variables[tensor.name] = values }
      for step in 0..<steps where takes[step * clients + client] == 1 {
        let row = step * clients + client
        for (name, width) in [("x", family.inputCount), ("y", family.outputCount)] {
          let size = examples * width
          _ = plan.input(name).update(
            fromContentsOf: run.plan.input(name)[row * size..<(row + 1) * size])
        }
        plan.run()
        for (index, tensor) in target.tensors.enumerated() {
          let gradient = plan.value(gradients[index])
          var values = variables[tensor.name]
          for i in values.indices {
            velocity[index][i] = momentum * velocity[index][i] + gradient[i]
            values[i] -= run.plan.input("local-rate")[0] * velocity[index][i]
          }
          variables[tensor.name] = values
        }
      }
      return zip(target.tensors, start).map { tensor, start in
        zip(start, variables[tensor.name]).map { $0 - $1 }
      }
    }
  }

  /// A step of plain descent by 1 tells the gradient, which is that of ⟨W, ΔW⟩ with ΔW a constant, by
  /// finite differences in double precision: of θ, and of the embeddings of those who came back.
  @Test(arguments: [(momentum: 0.0, lost: 0.0), (0.9, 0), (0.9, 0.5)])
  func theServersGradientIsTheReturnsThroughTheJacobian(momentum: Double, lost: Double) throws {
    let run = try run([
      "rate": "1", "local-momentum": "\(momentum)", "lost": "\(lost)", "stragglers": "0.5",
      "local-steps": "4",
    ])
    let tensors = run.model.target.tensors
    let theta = run.theta
    let embedding = run.numbers("embedding")
    // A round that somebody comes back from, and of whom some are lost where any are.
    let step = try #require(
      (0..<50).first {
        run.feed.write(step: $0)
        let arrived = run.plan.input("arrived")
        return arrived.contains(1) && (lost == 0 || arrived.contains(0))
      })
    run.step(step)
    let clients = run.plan.input("clients").map { Int($0) }
    let arrived = run.plan.input("arrived").map { Double($0) }
    let count = run.model.contextCount
    func context(_ client: Int, _ embedding: [Double]) -> [Double] {
      Array(embedding[client * count..<(client + 1) * count])
    }
    let sent = clients.map { client in
      Plain.generate(context(client, embedding), theta: theta, target: tensors)
        .map { $0.map { Float($0) } }
    }
    let changes = changes(run, from: sent, momentum: Float(momentum))
    func product(_ theta: [String: [Double]], _ embedding: [Double]) -> Double {
      clients.enumerated().reduce(0.0) { sum, pair in
        let weights = Plain.generate(context(pair.1, embedding), theta: theta, target: tensors)
        let inner = zip(weights, changes[pair.0]).reduce(0.0) { sum, both in
          zip(both.0, both.1).reduce(sum) { $0 + $1.0 * Double($1.1) }
        }
        return sum + arrived[pair.0] * inner / arrived.reduce(0, +)
      }
    }
    var largest = 0.0
    func compare(_ measured: Double, _ up: Double, _ down: Double, _ what: String) {
      let expected = (up - down) / 2e-5
      largest = max(largest, abs(expected))
      #expect(
        abs(measured - expected) < 2e-5 * (1 + abs(expected)),
        "\(what): \(measured) against \(expected)")
    }
    for (name, values) in theta {
      let after = run.numbers(name)
      for i in stride(from: 0, to: values.count, by: 11) {
        var (up, down) = (theta, theta)
        up[name]?[i] += 1e-5
        down[name]?[i] -= 1e-5
        compare(
          values[i] - after[i], product(up, embedding), product(down, embedding),
          "\(name)[\(i)]")
      }
    }
    let after = run.numbers("embedding")
    for i in embedding.indices {
      var (up, down) = (embedding, embedding)
      up[i] += 1e-5
      down[i] -= 1e-5
      compare(embedding[i] - after[i], product(theta, up), product(theta, down), "z[\(i)]")
    }
    #expect(largest > 0.01, "a gradient worth comparing")
  }

  /// One client a round and one step of plain descent: ΔW is the gradient times the local rate, and Jᵀ of
  /// it that of the composite network times the same. With rates that are powers of two the products round
  /// alike, and what is left is the order of sums.
  @Test func oneClientAndOneStepIsPlainTraining() throws {
    let one = ["local-steps": "1", "local-momentum": "0", "clients-per-round": "1"]
    let federated = try run(one)
    let knobs = try knobs(one.merging(["rate": "0.0078125"]) { $1 })
    let model = federated.model
    let composite = SchemeRun(
      HypernetworkModel(
        family: model.family, target: model.target, strategy: model.strategy,
        scheme: MultiTaskScheme(
          tasksPerStep: 1, examples: 4, schedule: .constant, steps: 100),
        contextCount: model.contextCount, embeddingDeviation: 1, optimizer: .sgd,
        fitting: model.fitting), knobs: knobs)
    for name in model.parameters.map(\.name) {
      composite.variables[name] = federated.variables[name]
    }
    let start = federated.variables["head.W1.weight"]
    for step in 0..<30 {
      let losses = (federated.step(step), composite.step(step))
      #expect(abs(losses.0 - losses.1) < 1e-6 * (1 + losses.1))
    }
    #expect(federated.variables["head.W1.weight"] != start)
    for name in model.parameters.map(\.name) {
      for (a, b) in zip(federated.variables[name], composite.variables[name]) {
        #expect(abs(a - b) < 1e-6 * (1 + abs(b)), "\(name)")
      }
    }
  }

  @Test(arguments: ["sgd", "momentum", "adam", "adamw"])
  func aRoundNobodyComesBackFromLeavesEverythingAsItIs(_ optimizer: String) throws {
    let run = try run(["optimizer": optimizer, "last-layer": "personal"])
    for step in 0..<3 { run.step(step) }
    func bits() -> [[UInt32]] {
      run.variables.entries.map(\.name).filter { !$0.hasPrefix("exchanged.") }
        .map { run.variables[$0].map(\.bitPattern) }
    }
    let before = bits()
    var knobs = try knobs(["optimizer": optimizer, "last-layer": "personal", "lost": "1"])
    run.feed.apply(knobs, seed: 1)
    for step in 3..<9 { run.step(step) }
    #expect(bits() == before)
    #expect(run.variables["exchanged.rounds"] == [9])
    #expect(run.variables["exchanged.sent"] == [36] && run.variables["exchanged.returned"] == [12])
    try knobs.set("lost", to: "0")
    run.feed.apply(knobs, seed: 1)
    run.step(9)
    #expect(bits() != before)
  }

  /// Of those who take part only who came back is changed: embedding, what the optimiser remembers of it,
  /// and layers that a client keeps.
  @Test func whoDropsOutIsNotChanged() throws {
    let run = try run(["optimizer": "adam", "lost": "0.5", "last-layer": "personal"])
    let names = run.variables.entries.filter { $0.shape.dimensions.first == 9 }.map(\.name)
    #expect(names.count == 6, "\(names)")
    var lost = 0
    for step in 0..<20 {
      let before = names.map { run.variables[$0] }
      run.step(step)
      let clients = run.plan.input("clients").map { Int($0) }
      let arrived = Array(run.plan.input("arrived"))
      lost += arrived.count { $0 == 0 }
      for (name, before) in zip(names, before) {
        let after = run.variables[name]
        let size = before.count / 9
        for client in 0..<9 {
          let range = client * size..<(client + 1) * size
          let cameBack = zip(clients, arrived).contains { $0 == client && $1 == 1 }
          #expect((before[range] != after[range]) == cameBack, "\(name) of \(client)")
        }
      }
    }
    #expect((20...60).contains(lost), "about half of 80")
  }

  @Test func attendanceIsDrawnAsTheKnobsSay() throws {
    let run = try run(["stragglers": "0.5", "local-steps": "5", "lost": "0.25"])
    var (slow, lost) = (0, 0)
    for step in 0..<200 {
      run.feed.write(step: step)
      let takes = run.plan.input("takes")
      for client in 0..<4 {
        let taken = (0..<5).map { takes[$0 * 4 + client] }
        // The first ones, and at least one.
        #expect(taken == taken.sorted(by: >) && taken[0] == 1)
        slow += taken[4] == 0 ? 1 : 0
      }
      lost += run.plan.input("arrived").count { $0 == 0 }
    }
    #expect((340...460).contains(slow), "of 800 every second")
    #expect((150...250).contains(lost), "of 800 every fourth")
  }

  /// The same seed makes the same bits, whatever became of the rounds; another seed makes others.
  @Test func roundsReplayToTheSameBits() throws {
    func bits(seed: UInt64) throws -> [UInt32] {
      let run = try run(
        ["lost": "0.3", "stragglers": "0.3", "noise": "0.2", "optimizer": "adam"], seed: seed)
      for step in 0..<10 { run.step(step) }
      return run.variables.block.map(\.bitPattern)
    }
    let first = try bits(seed: 5)
    #expect(try bits(seed: 5) == first)
    #expect(try bits(seed: 6) != first)
  }

  /// Weights go down to every client of a round, and a change comes up from each that returns, of the
  /// layers that are generated: 64 · 3 + 3 numbers, and 3 · 10 + 10 of the last one.
  @Test(arguments: [("generated", 235), ("personal", 195)])
  func bytesAreThoseThatAreExchanged(_ layer: String, numbers: Int) throws {
    let run = try run(["last-layer": layer, "lost": "0.5"])
    var returned = 0
    for step in 0..<7 {
      run.step(step)
      returned += Int(run.plan.input("arrived").reduce(0, +))
    }
    #expect(
      run.model.scheme.traffic(of: run.model, run.variables)
        == Traffic(rounds: 7, bytesDown: 4 * numbers * 28, bytesUp: 4 * numbers * returned))
    #expect(returned < 28)
  }

  // MARK: Rows

  /// Nobody shares an image, everybody sees as many classes as were asked for, and a late client's images
  /// are nobody's either. Some digits are written alike to the last pixel.
  @Test(arguments: [(10, 2), (50, 2), (100, 2), (7, 3), (4, 10)])
  func noTwoClientsShareARow(clients: Int, classes: Int) throws {
    let family = try ClientDigits(clients: clients, classes: classes, split: 3)
    let rows = family.rows
    #expect(rows.training.count == clients && rows.unseen.count == clients)
    #expect(family.heldOutTasks.count == max(clients / 10, 1))
    var seen: Set<[Float]> = []
    var total = 0
    var covered = 0
    for client in 0..<clients {
      let all = [rows.training[client], rows.unseen[client]]
      #expect(all[0].lowerBound == covered && all[1].lowerBound == all[0].upperBound)
      covered = all[1].upperBound
      for range in all {
        var labels: Set<Int> = []
        for row in range {
          seen.insert(Array(rows.x[row * 64..<(row + 1) * 64]))
          labels.insert((0..<10).first { rows.y[row * 10 + $0] == 1 } ?? -1)
          total += 1
        }
        #expect(labels.count == classes)
      }
      #expect(all[0].count == rows.training[0].count && all[1].count == rows.unseen[0].count)
    }
    #expect(covered * 64 == rows.x.count)
    #expect(total - seen.count <= 2)
    #expect(total > 1200)
  }

  @Test func tooManyClientsAreRefused() {
    #expect {
      _ = try ClientDigits(clients: 100, classes: 10, split: 0)
    } throws: { "\($0)".contains("choose fewer clients or classes") }
  }

  /// Clients with few unseen rows are measured on each of them equally often where that is possible.
  @Test func unseenRowsCountEqually() {
    func client(_ unseen: Int) -> ClientRows.Client {
      ClientRows.Client(
        training: [(x: [0], y: [0])], unseen: (0..<unseen).map { (x: [Float($0)], y: [0]) })
    }
    let rows = ClientRows([client(4), client(3), client(1)], inputs: 1, outputs: 1)
    #expect(rows.evaluationCount == 12)
    for (index, count) in [4, 3, 1].enumerated() {
      let places = (0..<12).map { rows.unseenRow($0, of: index) - rows.unseen[index].lowerBound }
      #expect(places == places.sorted())
      #expect((0..<count).allSatisfy { row in places.count { $0 == row } == 12 / count })
    }
    #expect(
      ClientRows([7, 11, 13, 17].map(client), inputs: 1, outputs: 1).evaluationCount == 360)
  }

  /// Rows a late client gives are different ones, as many as it is asked for.
  @Test func aLateClientGivesDifferentRows() throws {
    let family = try ClientDigits(clients: 50, classes: 2, split: 0)
    let late = family.heldOutTasks.lowerBound
    let key = RandomKey(seed: 1, stream: .support, step: late)
    let batch = Batch(family, tasks: [late], examples: 26, key: key)
    let images = Set((0..<26).map { Array(batch.x[$0 * 64..<($0 + 1) * 64]) })
    #expect(images.count == 26)
    #expect(family.mostShots == 26)
  }
}
