import Glibc
import Training

/// Tells what happens to clients: a line each on standard error, or JSON on standard output.
struct PartyReport: Sendable {
  let isJSON: Bool
  /// How many clients are waited for.
  let clients: Int

  func tell(_ news: PartyNews) {
    let (event, fields, text) = words(news)
    guard isJSON else {
      // A progress bar may stand in the line.
      let clear = Machine.columns(of: STDERR_FILENO) == nil ? "" : "\r\u{1B}[K"
      return Output.note(clear + text + "\n")
    }
    // Where nobody reads any more, the next event of training finds out.
    try? Output.line(JSON.object([("event", .string(event))] + fields).description)
  }

  private func words(
    _ news: PartyNews
  ) -> (event: String, fields: [(String, JSON)], text: String) {
    func named(_ name: String, _ why: String) -> [(String, JSON)] {
      [("name", .string(name)), ("why", .string(why))]
    }
    func list(_ names: [String]) -> JSON { .array(names.map { .string($0) }) }
    switch news {
    case .listening(let address):
      return (
        "listening", [("address", .string(address))],
        "listening at \(address), waiting for \(clients) clients"
      )
    case .joined(let name, let isBack):
      return (
        "joined", [("name", .string(name)), ("back", .boolean(isBack))],
        isBack ? "\(name) is back" : "\(name) joined"
      )
    case .left(let name, let why):
      return ("left", named(name, why), "\(name) left\(why.isEmpty ? "" : ": \(why)")")
    case .refused(let name, let why):
      return ("refused", named(name, why), "\(name) turned away: \(why)")
    case .slow(let name, let seconds):
      return (
        "slow", [("name", .string(name)), ("seconds", .double(seconds))],
        "\(name) did not answer within \(seconds) s; the round goes on without it"
      )
    case .columns(let label, let used, let unused):
      return (
        "columns",
        [
          ("label", .string(label)), ("used", list(used)),
          ("unused", JSON.object(unused.map { ($0.client, list($0.columns)) })),
        ],
        (["predicting '\(label)' from \(used.count) columns"] + unused.map(Self.words))
          .joined(separator: "; ")
      )
    case .agreed(let trained, let late):
      return (
        "agreed", [("trained", list(trained)), ("late", list(late))],
        "training with \(trained.joined(separator: ", ")); late: \(late.joined(separator: ", "))"
      )
    }
  }

  private static let mostColumns = 6

  private static func words(_ unused: PartyNews.Unused) -> String {
    let shown = unused.columns.prefix(mostColumns).map { "'\($0)'" }.joined(separator: ", ")
    let rest = unused.columns.count - mostColumns
    return "of \(unused.client) nobody looks at \(shown)" + (rest > 0 ? " and \(rest) more" : "")
  }
}
