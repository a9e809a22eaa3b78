import Learning
import Synchronization

/// The server's side of a federation: who is there, what is agreed with them, and questions to them all at
/// once. A client that is gone, slow, or answers wrongly is left out; it may come back.
package final class PartyServer: ClientExchange {
  /// Where a client stands.
  struct Member {
    /// Numbers of questions that it still owes an answer to.
    var owes: Set<Int> = []
    /// Whether it has rows and networks as agreed.
    var isReady = false
  }

  /// What was agreed with all.
  struct Agreement {
    /// Clients in order: those that are trained with, then those that come late.
    var names: [String]
    /// How many of them are trained with.
    var trained: Int
    var terms: [ClientTerms]
    var sums: [RowSums]
  }

  /// What clients were told before all agreed. They answer about nothing else, so that whoever asks again
  /// asks the same.
  struct Settlement {
    var layout: TableLayout
    /// Known once sums were asked for.
    var outcomes: [String]?
    /// Everybody who was asked how many rows there are.
    var names: Set<String> = []
  }

  struct State {
    var members: [String: Member] = [:]
    var settlement: Settlement?
    var agreement: Agreement?
    var lastID = 0
    var known: Set<String> = []
    /// Answers by the number of their question.
    var answers: [Int: PartyMessage] = [:]
    /// Questions that begin a client's return.
    var returns: [Int: String] = [:]
    var closed: String?
    /// Whether everybody was told that there is no more to do.
    var isOver = false
  }

  let wire: any PartyWire
  /// How long an answer is waited for, in seconds.
  let patience: Double
  private let tell: @Sendable (PartyNews) -> Void
  /// Whether whoever runs it wants to end: then nobody is waited for.
  private let isInterrupted: @Sendable () -> Bool
  private let state = Mutex(State())

  package init(
    _ wire: any PartyWire, patience: Double,
    isInterrupted: @escaping @Sendable () -> Bool = { false },
    tell: @escaping @Sendable (PartyNews) -> Void
  ) {
    self.isInterrupted = isInterrupted
    self.wire = wire
    self.patience = patience
    self.tell = tell
  }

  /// Why there is no way to clients any more; nil while there is.
  package var closed: String? { state.withLock { $0.closed } }

  // MARK: Events

  /// Handles what happens within some seconds, or until something has.
  /// - Returns: whether anything did.
  @discardableResult
  package func pump(within seconds: Double) -> Bool {
    guard let event = wire.next(within: seconds) else { return false }
    switch event {
    case .listening(let address): tell(.listening(address))
    case .joined(let name): join(name)
    case .message(let name, let bytes): receive(bytes, from: name)
    case .left(let name, let why):
      let why = Self.clean(why)
      // Of whoever was turned away, or told that it is over, it is known already.
      let isNews = state.withLock { state in
        state.members.removeValue(forKey: name) != nil && !state.isOver
      }
      if isNews { tell(.left(name, why)) }
    case .refused(let address, let why): tell(.refused(Self.clean(address), Self.clean(why)))
    case .closed(let why): state.withLock { $0.closed = why }
    }
    return true
  }

  private func join(_ name: String) {
    let (isBack, terms, isStranger) = state.withLock { state in
      defer {
        state.members[name] = Member()
        state.known.insert(name)
      }
      let place = state.agreement?.names.firstIndex(of: name)
      return (
        state.known.contains(name), place.flatMap { state.agreement?.terms[$0] },
        state.agreement != nil && place == nil
      )
    }
    if isStranger {
      turnAway(name, "training has begun without it; only clients that were there may come back")
      return
    }
    tell(.joined(name, isBack: isBack))
    if let terms {
      let id = send(.begin(terms), to: name)
      state.withLock { $0.returns[id] = name }
    }
  }

  private func receive(_ bytes: [UInt8], from name: String) {
    guard let message = PartyMessage(bytes) else {
      turnAway(name, "it sent \(bytes.count) bytes that are no message")
      return
    }
    let isExpected = state.withLock { state in
      state.members[name]?.owes.remove(message.id) != nil
    }
    guard isExpected else {
      turnAway(name, "it answered a question that it was not asked")
      return
    }
    if case .problem(let why) = message.body {
      turnAway(name, why)
      return
    }
    if state.withLock({ $0.returns.removeValue(forKey: message.id) }) != nil {
      takeBack(name, message)
      return
    }
    state.withLock { $0.answers[message.id] = message }
  }

  /// A client that was gone has made its rows and networks again.
  private func takeBack(_ name: String, _ message: PartyMessage) {
    let isSame = state.withLock { state in
      guard let place = state.agreement?.names.firstIndex(of: name),
        case .sums(let sums) = message.body, sums == state.agreement?.sums[place]
      else { return false }
      state.members[name]?.isReady = true
      return true
    }
    if !isSame { turnAway(name, "it came back with other rows than before") }
  }

  /// Ends a client's connection, and says why to it and here.
  func turnAway(_ name: String, _ words: String) {
    let why = Self.clean(words)
    state.withLock { $0.members[name] = nil }
    wire.dismiss(name, saying: why)
    tell(.refused(name, why))
  }

  /// Words from elsewhere as they can be shown: in one line, of a length, nothing that moves a cursor.
  private static func clean(_ words: String) -> String {
    String(
      String.UnicodeScalarView(
        words.unicodeScalars.prefix(300).map { scalar in
          switch scalar.properties.generalCategory {
          case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
            .paragraphSeparator:
            "?"
          default: scalar
          }
        }))
  }

  @discardableResult
  private func send(_ body: PartyMessage.Body, numbers: [Float] = [], to name: String) -> Int {
    let id = state.withLock { state in
      state.lastID += 1
      state.members[name]?.owes.insert(state.lastID)
      return state.lastID
    }
    wire.send(PartyMessage(id, body, numbers: numbers).encoded, to: name)
    return id
  }

  // MARK: Questions

  /// Asks, and waits for all who answer in time.
  /// - Parameter goesOn: whether a round goes on without those who do not, which is said.
  /// - Returns: answers in the order of the questions; nil of those who are gone or too slow.
  private func ask(
    _ questions: [(name: String, body: PartyMessage.Body, numbers: [Float])], goesOn: Bool
  ) -> [PartyMessage?] {
    var waiting: [Int: String] = [:]
    let ids = questions.map { question -> Int? in
      let isThere = state.withLock { $0.members[question.name] != nil }
      guard isThere else { return nil }
      let id = send(question.body, numbers: question.numbers, to: question.name)
      waiting[id] = question.name
      return id
    }
    let clock = ContinuousClock()
    let end = clock.now + .seconds(patience)
    while closed == nil {
      let isOver = state.withLock { state in
        waiting = waiting.filter { id, name in
          state.answers[id] == nil && state.members[name]?.owes.contains(id) == true
        }
        return waiting.isEmpty
      }
      if isOver { break }
      if isInterrupted() {
        waiting = [:]
        break
      }
      let left = clock.now.duration(to: end).inSeconds
      guard left > 0 else { break }
      pump(within: min(left, 0.1))
    }
    if goesOn { for name in Set(waiting.values).sorted() { tell(.slow(name, seconds: patience)) } }
    return state.withLock { state in
      let answers = ids.map { id in id.flatMap { state.answers[$0] } }
      // What comes later is nobody's any more.
      state.answers = [:]
      return answers
    }
  }

  /// Weights to clients, and what they make of them. Who still owes an answer is not asked.
  package func ask(_ requests: [ClientRequest]) -> [ClientReply?] {
    // What is no number helps nobody; the run finds out by itself.
    guard requests.allSatisfy({ $0.weights.allSatisfy(\.isFinite) }) else {
      return requests.map { _ in nil }
    }
    // What came in meanwhile: who is back, who owes nothing any more.
    while pump(within: 0) {}
    let (names, isAsked) = state.withLock { state in
      let names = state.agreement?.names ?? []
      // Of what was asked before nothing is waited for.
      state.answers = [:]
      return (
        names,
        requests.map { request in
          let member = state.members[names[request.client]]
          return member?.isReady == true && member?.owes.isEmpty == true
        }
      )
    }
    let asked = requests.indices.filter { isAsked[$0] }
    let answers = ask(
      asked.map {
        (
          names[requests[$0].client], .work(requests[$0].work),
          [requests[$0].rate, requests[$0].momentum] + requests[$0].weights
        )
      }, goesOn: true)
    var replies = [ClientReply?](repeating: nil, count: requests.count)
    for (place, answer) in zip(asked, answers) {
      guard let answer else { continue }
      let request = requests[place]
      switch Self.reply(answer, to: request) {
      case .success(let reply): replies[place] = reply
      case .failure(let wrong): turnAway(names[request.client], wrong.words)
      }
    }
    return replies
  }

  private struct Wrong: Error { let words: String }

  /// What an answer says, looked at from all sides: numbers from elsewhere end up in the server's.
  private static func reply(
    _ answer: PartyMessage, to request: ClientRequest
  ) -> Result<ClientReply, Wrong> {
    guard case .done(let hasMetric, let names) = answer.body,
      names.allSatisfy(Self.measures.contains), Set(names).count == names.count
    else {
      return .failure(Wrong(words: "it answered something else than it was asked"))
    }
    let numbers = answer.numbers
    let wanted =
      2 + names.count + (request.work.returnsChange ? request.weights.count : 0)
    guard numbers.count == wanted else {
      return .failure(Wrong(words: "it sent \(numbers.count) numbers where \(wanted) were due"))
    }
    if let wrong = numbers.firstIndex(where: { !$0.isFinite }) {
      return .failure(
        Wrong(words: "number \(wrong + 1) of \(numbers.count) that it sent is not finite"))
    }
    let (metrics, change) = (numbers[1..<2 + names.count], numbers[(2 + names.count)...])
    guard 0...Self.largestLoss ~= numbers[0], metrics.allSatisfy({ 0...1 ~= $0 }),
      change.allSatisfy({ abs($0) <= Self.largestChange })
    else { return .failure(Wrong(words: "it sent numbers that are out of all proportion")) }
    return .success(
      ClientReply(
        change: Array(change), loss: numbers[0], metric: hasMetric ? numbers[1] : nil,
        measures: zip(names, numbers[2...]).map { ClientReply.Measure(name: $0, value: $1) }))
  }

  /// What a client may measure beside its loss.
  private static let measures: Set<String> = ["accuracy", "auc"]
  /// No honest client's cross-entropy or step comes near.
  private static let largestLoss: Float = 100
  private static let largestChange: Float = 1000

  // MARK: Who is there

  /// Whether anybody is there who could answer.
  package var hasAnyone: Bool {
    state.withLock { $0.members.values.contains { $0.isReady && $0.owes.isEmpty } }
  }

  /// The names of those that are connected.
  package var connected: [String] { state.withLock { $0.members.keys.sorted() } }

  func questions(
    _ names: [String], _ body: (Int) -> PartyMessage.Body
  ) -> [PartyMessage.Body?] {
    ask(names.enumerated().map { ($1, body($0), []) }, goesOn: false).map { $0?.body }
  }

  var settlement: Settlement? { state.withLock { $0.settlement } }

  /// Where nobody is left who was told anything, all is open again.
  func forgetSettlement(unlessAmong names: [String]) {
    state.withLock { state in
      guard let told = state.settlement?.names.intersection(names) else { return }
      state.settlement?.names = told
      if told.isEmpty { state.settlement = nil }
    }
  }

  /// Clients are told a layout.
  func settle(_ layout: TableLayout, with names: [String]) {
    state.withLock { state in
      var settled = state.settlement ?? Settlement(layout: layout)
      settled.names.formUnion(names)
      state.settlement = settled
    }
  }

  /// Clients are told the outcomes.
  func settle(_ outcomes: [String]) { state.withLock { $0.settlement?.outcomes = outcomes } }

  /// Says which columns are looked at, and which ones clients have beside these.
  func report(_ layout: TableLayout, clients: [String], columns: [[String]]) {
    let used = Set(layout.columns + [layout.label])
    let unused = zip(clients, columns).map { client, columns in
      PartyNews.Unused(
        client: client, columns: columns.filter { !used.contains($0) }.map(Self.clean))
    }
    tell(
      .columns(
        label: Self.clean(layout.label), used: layout.columns.map(Self.clean),
        unused: unused.filter { !$0.columns.isEmpty }))
  }

  func agree(_ agreement: Agreement) {
    state.withLock { state in
      state.agreement = agreement
      for name in agreement.names { state.members[name]?.isReady = true }
    }
    // Who came while the others agreed.
    for name in connected where !agreement.names.contains(name) {
      turnAway(name, "there are \(agreement.names.count) clients already")
    }
    tell(
      .agreed(
        trained: Array(agreement.names.prefix(agreement.trained)),
        late: Array(agreement.names.dropFirst(agreement.trained))))
  }

  /// Tells everybody that it is over, and waits until they know.
  package func end() {
    state.withLock { $0.isOver = true }
    _ = questions(connected) { _ in .over }
    for name in connected { wire.dismiss(name, saying: "") }
  }
}

extension Duration {
  var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
