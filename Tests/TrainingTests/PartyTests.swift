import Foundation
import Learning
import Synchronization
import Testing
import Training

/// A server and clients that hold tables, without a network between them.
@Suite struct PartyTests {
  /// Three institutions that come in time and one that comes late, and the same in a folder.
  private static let split = 0

  private static func tables(
    _ experiment: any FederatedExperiment, _ knobs: [(String, String)] = []
  ) throws -> [(client: String, text: String)] {
    var values = KnobValues(experiment.knobs)
    for (name, text) in knobs { try values.set(name, to: text) }
    return try experiment.tables(values)
  }

  private static func hospitals() throws -> [(client: String, text: String)] {
    Array(
      try tables(Hospitals()).filter { $0.text.split(separator: "\n").count > 12 }.prefix(4))
  }

  private static func clients(
    _ tables: [(client: String, text: String)]
  ) throws -> [String: PartyClient] {
    var clients: [String: PartyClient] = [:]
    for (name, text) in tables {
      clients[name] = PartyClient(try CSVTable(Data(text.utf8), named: name))
    }
    return clients
  }

  private static func run(
    _ experiment: any FederatedExperiment, _ knobs: [(String, String)], _ wire: Loopback,
    clients: Int, seed: UInt64 = 5
  ) throws -> (run: Run, server: PartyServer) {
    var values = KnobValues(experiment.knobs)
    for (name, text) in knobs { try values.set(name, to: text) }
    let server = PartyServer(wire, patience: 0.2) { wire.hear($0) }
    let plan = PartyPlan(
      experiment, knobs: values, seed: seed, clients: clients, layout: .init())
    let distant = try #require(server.agree(plan, isOver: { wire.isStuck }))
    return (try Run(distant, knobs: values, seed: seed), server)
  }

  private static func train(_ run: Run, _ steps: Int) {
    for _ in 0..<steps {
      run.advance()
      if run.isEvaluationDue { run.evaluate() }
    }
  }

  @Test func hospitalsElsewhereGiveTheSameBits() throws {
    let tables = try Self.hospitals()
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in tables {
      try Data(text.utf8).write(to: folder.appendingPathComponent("\(name).csv"))
    }
    let knobs = [("clients-per-round", "2"), ("lost", "0.2"), ("stragglers", "0.3")]
    var together = KnobValues(Hospitals().knobs)
    for (name, text) in knobs + [("data", folder.path)] { try together.set(name, to: text) }
    let one = try Run(Hospitals(), knobs: together, seed: 5)
    let (many, _) = try Self.run(
      Hospitals(), knobs, Loopback(try Self.clients(tables)), clients: tables.count)
    Self.train(one, 40)
    Self.train(many, 40)
    #expect(one.description.tasks.map(\.name) == many.description.tasks.map(\.name))
    #expect(one.description.tasks.map(\.attributes) == many.description.tasks.map(\.attributes))
    #expect(one.state.values == many.state.values)
    #expect(one.statuses.map(\.loss) == many.statuses.map(\.loss))
    #expect(one.statuses.map(\.metric) == many.statuses.map(\.metric))
    let (expected, found) = (one.finalMetrics(), many.finalMetrics())
    #expect(expected.map(\.name) == found.map(\.name))
    for (a, b) in zip(expected, found) {
      #expect(abs(a.value - b.value) <= 1e-4 * max(1, abs(a.value)), "\(a.name)")
    }
  }

  @Test func digitsElsewhereGiveTheSameBits() throws {
    let knobs = [("clients", "4"), ("clients-per-round", "3")]
    let tables = try Self.tables(NonIIDDigits(), knobs)
    var together = KnobValues(NonIIDDigits().knobs)
    for (name, text) in knobs { try together.set(name, to: text) }
    let one = try Run(NonIIDDigits(), knobs: together, seed: 5)
    let (many, _) = try Self.run(
      NonIIDDigits(), knobs, Loopback(try Self.clients(tables)), clients: 4)
    Self.train(one, 20)
    Self.train(many, 20)
    #expect(one.state.values == many.state.values)
    #expect(one.statuses.map(\.metric) == many.statuses.map(\.metric))
  }

  @Test func aRoundGoesOnWithoutWhoIsGoneSlowOrWrong() throws {
    let tables = try Self.hospitals()
    let wire = Loopback(try Self.clients(tables))
    let (run, server) = try Self.run(
      Hospitals(), [("clients-per-round", "3")], wire, clients: tables.count)
    let names = run.description.tasks.map(\.name)
    Self.train(run, 3)
    for (name, fault) in [
      (names[0], Loopback.Fault.notFinite), (names[1], .tooMany), (names[0], .noMessage),
      (names[1], .silent),
      (names[0], .huge),
    ] {
      let before = wire.news.count
      wire.fail(name, fault)
      Self.train(run, 3)
      #expect(run.state.values.allSatisfy { $0.isFinite })
      let told = wire.news.dropFirst(before).contains {
        switch $0 {
        case .refused(name, _), .slow(name, _): true
        default: false
        }
      }
      #expect(told, "\(fault)")
      wire.comeBack(name)
      while server.pump(within: 0) {}
      Self.train(run, 1)
    }
    #expect(run.step == 23)
  }

  @Test func whoComesBackWithOtherRowsIsTurnedAway() throws {
    let tables = try Self.hospitals()
    let wire = Loopback(try Self.clients(tables))
    let (run, server) = try Self.run(Hospitals(), [], wire, clients: tables.count)
    let name = run.description.tasks[0].name
    wire.replace(name, by: try Self.clients([(name, tables[3].text)])[name])
    wire.comeBack(name)
    while server.pump(within: 0) {}
    #expect(wire.news.contains(.refused(name, "it came back with other rows than before")))
    wire.join("stranger")
    while server.pump(within: 0) {}
    #expect(
      wire.news.contains {
        if case .refused("stranger", _) = $0 { true } else { false }
      })
  }

  @Test func tablesThatDoNotGoTogetherAreTurnedAway() throws {
    var tables = try Self.hospitals()
    let good = tables
    // No such column; a third outcome; too few rows.
    tables[0].text = tables[0].text.replacing("age", with: "years")
    tables[1].text =
      tables[1].text.split(separator: "\n").dropLast().joined(separator: "\n")
      + "\n60,1,1,80,80,800,1,perhaps\n"
    tables[2].text = tables[2].text.split(separator: "\n").prefix(4).joined(separator: "\n")
    for wrong in 0..<3 {
      var some = good
      some[wrong] = tables[wrong]
      let wire = Loopback(try Self.clients(some))
      let server = PartyServer(wire, patience: 0.2) { wire.hear($0) }
      let experiment = Hospitals()
      let plan = PartyPlan(
        experiment, knobs: KnobValues(experiment.knobs), seed: 1, clients: 4,
        layout: .init())
      #expect(server.agree(plan, isOver: { wire.isStuck }) == nil)
      #expect(
        wire.news.contains { if case .refused = $0 { true } else { false } }, "\(wrong)")
    }
  }

  @Test func noNumberOfARowGoesOut() throws {
    var tables = try Self.hospitals()
    // A value that nobody else has, and no sum is by chance.
    let mark: Float = 4242.625
    tables[0].text += "\(mark),1,1,80,80,800,\(mark),1\n"
    let wire = Loopback(try Self.clients(tables))
    let (run, _) = try Self.run(Hospitals(), [], wire, clients: 4)
    Self.train(run, 20)
    let heard = wire.heard
    #expect(heard.count > 40)
    let pattern = withUnsafeBytes(of: mark.bitPattern.littleEndian) { Array($0) }
    for bytes in heard {
      #expect(!bytes.contains(Array("4242.625".utf8)) && !bytes.contains(pattern))
    }
  }

  /// What is wrong with a table is said at the client; a server is asked to be content with one way to read it.
  @Test func nothingOfATableIsToldBesides() throws {
    var (_, text) = try Self.hospitals()[0]
    let good = text
    text += "Secret-Smith,1,1,80,80,800,1,1\n"
    let client = PartyClient(try CSVTable(Data(text.utf8), named: "mine"))
    let columns = ["age", "sex", "ph.ecog", "ph.karno", "pat.karno", "meal.cal", "wt.loss"]
    let layout = TableLayout(label: "died", columns: columns, missing: ["na"])
    func ask(_ client: PartyClient, _ body: PartyMessage.Body) throws -> (
      PartyMessage.Body, [UInt8]
    ) {
      let bytes = try #require(client.answer(PartyMessage(1, body).encoded))
      return (try #require(PartyMessage(bytes)).body, bytes)
    }
    let (answer, bytes) = try ask(client, .count(layout))
    guard case .problem = answer else { throw Wrong() }
    #expect(!String(decoding: bytes, as: UTF8.self).contains("Smith"))
    #expect(try #require(client.problem).contains("Secret-Smith"))

    let other = PartyClient(try CSVTable(Data(good.utf8), named: "mine"))
    guard case .counts = try ask(other, .count(layout)).0 else { throw Wrong() }
    // The same again is the same; other columns, or other parts, would tell rows by the difference.
    guard case .counts = try ask(other, .count(layout)).0 else { throw Wrong() }
    var second = layout
    second.label = "age"
    second.columns = ["sex"]
    guard case .problem = try ask(other, .count(second)).0 else { throw Wrong() }
    func sum(_ split: Int, _ client: String) -> PartyMessage.Body {
      .sum(outcomes: ["0", "1"], parting: .drawn, split: split, client: client, fewest: 8)
    }
    let long = String(repeating: "c", count: 2000)
    for (split, client) in [(-1, "c"), (1_000_000, "c"), (0, long)] {
      guard case .problem = try ask(other, sum(split, client)).0 else { throw Wrong() }
    }
    guard case .sums = try ask(other, sum(0, "c")).0 else { throw Wrong() }
    guard case .problem = try ask(other, sum(1, "c")).0 else { throw Wrong() }
    guard case .problem = try ask(other, sum(0, "d")).0 else { throw Wrong() }
  }

  private struct Wrong: Error {}

  /// A sum of one value is the value.
  @Test func aColumnOfOneValueIsNotSummed() throws {
    let head = "age,dose,died\n"
    let rows = (0..<12).map { "\(40 + $0),\($0 == 5 ? "4242.625" : "NA"),\($0 % 2)\n" }
    let layout = TableLayout(label: "died", columns: ["age", "dose"], missing: ["na"])
    var refused = 0
    for index in 0..<6 {
      let client = PartyClient(try CSVTable(Data((head + rows.joined()).utf8), named: "mine"))
      _ = client.answer(PartyMessage(1, .count(layout)).encoded)
      let question = PartyMessage.Body.sum(
        outcomes: ["0", "1"], parting: .drawn, split: 0, client: "c\(index)", fewest: 8)
      let bytes = try #require(client.answer(PartyMessage(2, question).encoded))
      #expect(!bytes.contains(Array("4242.625".utf8)))
      if case .problem = PartyMessage(bytes)?.body { refused += 1 }
    }
    // As often as the row is one of those to train on.
    #expect(refused > 0)
  }

  @Test func whoComesWhileTheOthersAgreeIsToldSo() throws {
    let tables = try Self.hospitals()
    let wire = Loopback(try Self.clients(tables))
    wire.join("more")
    // It joins when the four are asked already.
    let (_, server) = try Self.run(Hospitals(), [], wire, clients: 4)
    while server.pump(within: 0) {}
    #expect(
      wire.news.contains { if case .refused("more", _) = $0 { true } else { false } })
    #expect(!server.connected.contains("more"))
  }

  /// Four of which `h0` cannot take part, so that `z` does once it was turned away; and who agreed.
  private func agreement(
    without fault: Loopback.Fault? = nil, _ spoil: (String) -> String
  ) throws -> (clients: [String], refused: [String]) {
    var tables = try Self.hospitals().enumerated().map { (client: "h\($0)", text: $1.text) }
    tables.append(("z", tables[0].text))
    tables[0].text = spoil(tables[0].text)
    let wire = Loopback(try Self.clients(tables), joining: tables.dropLast().map(\.client))
    if let fault { wire.fail("h0", fault) }
    let server = PartyServer(wire, patience: 0.2) { news in
      wire.hear(news)
      if case .refused("h0", _) = news { wire.join("z") }
    }
    let experiment = Hospitals()
    let plan = PartyPlan(
      experiment, knobs: KnobValues(experiment.knobs), seed: 1, clients: 4, layout: .init())
    #expect(server.agree(plan, isOver: { wire.isStuck }) != nil)
    let agreed = wire.news.compactMap { news -> [String]? in
      if case .agreed(let trained, let late) = news { trained + late } else { nil }
    }
    return (
      try #require(agreed.first),
      wire.news.compactMap { if case .refused(let name, _) = $0 { name } else { nil } }
    )
  }

  /// Whoever cannot take part makes room, whatever it is first in, and the order is that of the names.
  @Test(arguments: ["values", "columns", "outcomes", "rows", "silence"])
  func whoCannotTakePartMakesRoom(_ wrong: String) throws {
    let (clients, refused) = try agreement(without: wrong == "silence" ? .silent : nil) { text in
      var lines = text.split(separator: "\n").map {
        $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      }
      switch wrong {
      // Few values of a column, whose sum would tell them: found when sums are asked for.
      case "values": for line in lines.indices where line > 3 { lines[line][0] = "" }
      case "columns": lines = lines.map { [$0.joined(separator: ";")] }
      case "outcomes":
        for line in lines.indices.dropFirst() {
          lines[line][lines[line].count - 1] = lines[line].last == "1" ? "yes" : "no"
        }
      case "rows": lines = Array(lines.prefix(4))
      default: break
      }
      return lines.map { $0.joined(separator: ",") }.joined(separator: "\n")
    }
    #expect(refused == ["h0"])
    let (others, none) = try agreement { $0 }
    #expect(none.isEmpty)
    // With h0 in the place of z, which is the last by name.
    let order = ["h0", "h1", "h2", "h3"].map { name in others.firstIndex(of: name) }
    #expect(["h1", "h2", "h3", "z"].map { name in clients.firstIndex(of: name) } == order)
  }

  @Test func columnsThatNobodyLooksAtAreNamed() throws {
    var tables = try Self.hospitals()
    tables[1].text = tables[1].text.split(separator: "\n").enumerated().map {
      $0 == 0 ? "shoe," + $1 : "40," + $1
    }.joined(separator: "\n")
    let wire = Loopback(try Self.clients(tables))
    _ = try Self.run(Hospitals(), [], wire, clients: 4)
    let unused = wire.news.compactMap { news -> [PartyNews.Unused]? in
      if case .columns(_, _, let unused) = news { unused } else { nil }
    }
    #expect(unused == [[PartyNews.Unused(client: tables[1].client, columns: ["shoe"])]])
  }

  @Test func messagesAreReadAsTheyWereWritten() throws {
    let message = PartyMessage(
      7, .work(.train(round: 3, position: 1, steps: 4, planned: 5, examples: 16)),
      numbers: [1, -0.0, .pi])
    #expect(PartyMessage(message.encoded) == message)
    for cut in 0..<message.encoded.count {
      let part = PartyMessage(Array(message.encoded.prefix(cut)))
      // Numbers may be missing; words may not.
      #expect(part == nil || part?.body == message.body)
    }
  }
}

/// Clients in the same process, some of which can be made to fail.
private final class Loopback: PartyWire {
  enum Fault { case notFinite, huge, tooMany, noMessage, silent }

  private struct State: @unchecked Sendable {
    var clients: [String: PartyClient]
    var events: [PartyEvent] = []
    var faults: [String: Fault] = [:]
    var news: [PartyNews] = []
    var heard: [[UInt8]] = []
    var idle = 0
  }

  private let state: Mutex<State>

  /// - Parameter joining: who is there from the beginning; nil is everybody.
  init(_ clients: sending [String: PartyClient], joining: [String]? = nil) {
    let events = (joining ?? clients.keys.sorted()).map { PartyEvent.joined($0) }
    state = Mutex(State(clients: clients, events: events))
  }

  var news: [PartyNews] { state.withLock { $0.news } }
  /// What clients said.
  var heard: [[UInt8]] { state.withLock { $0.heard } }
  /// Whether nothing happens any more.
  var isStuck: Bool { state.withLock { $0.idle > 3 && $0.events.isEmpty } }

  func hear(_ news: PartyNews) { state.withLock { $0.news.append(news) } }
  func fail(_ name: String, _ fault: Fault) { state.withLock { $0.faults[name] = fault } }
  func join(_ name: String) { state.withLock { $0.events.append(.joined(name)) } }

  func replace(_ name: String, by client: sending PartyClient?) {
    state.withLock { [client] in $0.clients[name] = client }
  }

  func comeBack(_ name: String) {
    state.withLock {
      $0.faults[name] = nil
      $0.events += [.left(name, "gone"), .joined(name)]
    }
  }

  func send(_ message: [UInt8], to client: String) {
    state.withLock { state in
      guard var answer = state.clients[client]?.answer(message) else { return }
      switch state.faults[client] {
      case .silent: return
      case .noMessage: answer = [1, 2, 3]
      case .notFinite, .huge, .tooMany:
        if var message = PartyMessage(answer), !message.numbers.isEmpty {
          if state.faults[client] == .tooMany { message.numbers.append(1) }
          if state.faults[client] == .notFinite { message.numbers[3] = .nan }
          if state.faults[client] == .huge { message.numbers[0] = 3e38 }
          answer = message.encoded
        }
      case nil: break
      }
      state.heard.append(answer)
      state.events.append(.message(client, answer))
    }
  }

  func dismiss(_ client: String, saying reason: String) {
    state.withLock { $0.events.append(.left(client, reason)) }
  }

  func next(within seconds: Double) -> PartyEvent? {
    state.withLock { state in
      state.idle = state.events.isEmpty ? state.idle + 1 : 0
      return state.events.isEmpty ? nil : state.events.removeFirst()
    }
  }
}

/// What clients come to without the hypernetwork, beside a run that somebody looks at.
@Suite struct ClientRivalsTests {
  @Test func clientsStandBesideLocalAndPooledTraining() throws {
    let experiment = NonIIDDigits()
    let trainer = SteppedTrainer(
      try Run(experiment, seed: 3), saving: Saving(path: nil, autosavePath: nil))
    trainer.send(.run)
    var behind = 0
    for _ in 0..<200 {
      _ = trainer.advance()
      trainer.refresh()
      if let rivals = trainer.latest?.rivals, rivals.step < trainer.step - 20 { behind += 1 }
    }
    let snapshot = try #require(trainer.latest)
    let rivals = try #require(snapshot.rivals)
    #expect(rivals.names == ["local", "pooled"] && rivals.step == 200 && behind == 0)
    #expect(rivals.scores.map(\.count) == [9, 9])
    // Two digits a client are learned by its own network; one network of three units cannot tell ten.
    let means = rivals.scores.map { $0.reduce(0, +) / Float($0.count) }
    #expect(means[0] > 0.9 && means[0] > means[1] + 0.1, "\(means)")
    // Late clients have none.
    #expect(rivals.scores(of: 9).isEmpty && rivals.scores(of: 0).count == 2)
  }

  @Test func othersHaveNone() throws {
    let trainer = SteppedTrainer(
      try Run(SineFamily(), seed: 3), saving: Saving(path: nil, autosavePath: nil))
    trainer.send(.run)
    for _ in 0..<60 { _ = trainer.advance() }
    trainer.refresh()
    #expect(trainer.latest?.rivals == nil)
  }
}
