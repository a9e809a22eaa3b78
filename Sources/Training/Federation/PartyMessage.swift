import Foundation
import Learning

/// What a server and a client say to each other: words as JSON, then numbers as they are. The server asks,
/// and the client answers every question once, under its number.
package struct PartyMessage: Equatable, Sendable {
  package enum Body: Codable, Hashable, Sendable {
    /// What columns are there? Of nothing else is anything told before the server is known.
    case describe
    case description(columns: [String], rows: Int)
    /// How many rows of each outcome are there, read so?
    case count(TableLayout)
    case counts([String: Int], unknown: Int)
    /// The sums of the rows to train on, parted so.
    case sum(outcomes: [String], parting: RowParting, split: Int, client: String, fewest: Int)
    case sums(RowSums)
    /// This is agreed; the client answers with its sums again.
    case begin(ClientTerms)
    case work(ClientWork)
    /// - Parameter measures: names; their values follow loss and metric.
    case done(hasMetric: Bool, measures: [String])
    /// There is no more to do; the client says the same.
    case over
    /// The client cannot do it, in a sentence.
    case problem(String)
  }

  package var id: Int
  package var body: Body
  package var numbers: [Float]

  package init(_ id: Int, _ body: Body, numbers: [Float] = []) {
    self.id = id
    self.body = body
    self.numbers = numbers
  }

  private struct Head: Codable {
    var id: Int
    var body: Body
  }

  /// What words may take.
  private static let mostHead = 1 << 20

  /// The length of the JSON (4 bytes, little-endian), the JSON, and numbers of 4 bytes each.
  package var encoded: [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    // Numbers in terms and sums are finite, and there is nothing else that JSON does not hold.
    let head = (try? encoder.encode(Head(id: id, body: body))) ?? Data()
    let length = UInt32(head.count).littleEndian
    return withUnsafeBytes(of: length) { Array($0) } + head + LittleEndian.data(numbers[...])
  }

  /// Nil where the bytes are no message.
  package init?(_ bytes: [UInt8]) {
    guard bytes.count >= 4 else { return nil }
    let length = (0..<4).reduce(0) { $0 + Int(bytes[$1]) << (8 * $1) }
    guard length <= Self.mostHead, bytes.count - 4 >= length,
      let head = try? JSONDecoder().decode(Head.self, from: Data(bytes[4..<4 + length])),
      let numbers = LittleEndian.floats(Data(bytes[(4 + length)...]))
    else { return nil }
    self.init(head.id, head.body, numbers: numbers)
  }
}

/// How many rows a client trains on and is measured on, and the sums of the first.
package struct RowSums: Codable, Hashable, Sendable {
  package var training, unseen: Int
  package var columns: ColumnSums

  package init(training: Int, unseen: Int, columns: ColumnSums) {
    self.training = training
    self.unseen = unseen
    self.columns = columns
  }
}
