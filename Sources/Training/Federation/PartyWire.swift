/// What happens on the way to clients.
package enum PartyEvent: Sendable, Equatable {
  /// The server can be reached there.
  case listening(String)
  /// A client has come that proved its name.
  case joined(String)
  case message(String, [UInt8])
  /// A client is gone, and why.
  case left(String, String)
  /// Somebody at an address was turned away, and why.
  case refused(String, String)
  /// There is no way any more, and why.
  case closed(String)

  /// Whether a client hears nothing after it.
  package var isEnd: Bool {
    switch self {
    case .left, .refused, .closed: true
    case .listening, .joined, .message: false
    }
  }
}

/// The way to clients, each by the name it proved.
package protocol PartyWire: Sendable {
  func send(_ message: [UInt8], to client: String)
  /// Ends a client's connection, telling it why.
  func dismiss(_ client: String, saying reason: String)
  /// The next event, waited for at most so many seconds; nil where there was none.
  func next(within seconds: Double) -> PartyEvent?
}

/// What a person at the server is told of its clients.
package enum PartyNews: Sendable, Equatable {
  case listening(String)
  /// - Parameter isBack: whether it was there before.
  case joined(String, isBack: Bool)
  case left(String, String)
  /// Somebody at an address, or a client by its name, was turned away.
  case refused(String, String)
  /// A client's answer is not waited for any longer; a round goes on without it.
  case slow(String, seconds: Double)
  /// All are there and agree: clients that are trained with, and those that come late.
  case agreed(trained: [String], late: [String])
  /// What is predicted from which columns, and which columns clients have beside these.
  case columns(label: String, used: [String], unused: [Unused])

  /// A client's columns that nobody looks at.
  package struct Unused: Sendable, Equatable {
    package let client: String
    package let columns: [String]

    package init(client: String, columns: [String]) {
      self.client = client
      self.columns = columns
    }
  }
}
