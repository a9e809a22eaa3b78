import Foundation
import Learning

/// Comparisons on disk, one JSON file each. A comparison that was opened goes on where it stood, with the
/// same bits as one that was never interrupted.
///
/// What a list shows stands first in the file, then the numbers, last a checksum of all before it.
public enum ComparisonFile {
  private static let format = "weft-comparison"
  private static let version = 1
  /// The first member after the head.
  private static let headEnd = ",\n  \"contestants\": "
  private static let mostSeeds = 1000
  private static let mostEntries = 1000

  struct Setting: Codable {
    var knob: String
    var value: String
  }

  /// What was set, and how far it is.
  struct Head: Codable {
    struct Entry: Codable {
      var method: String
      var settings: [Setting]
    }

    var version: Int
    var contest: String
    var knobs: [Setting]
    var entries: [Entry]
    var seeds: [UInt64]
    var steps: Int?
    var seconds: Double?
    var progress: Double
    var isDone: Bool
  }

  private struct Contestant: Codable {
    struct Series: Codable {
      var means: Data
      var lows: Data
      var highs: Data
      var counts: [Int]
    }

    var step: Int
    var total: Int
    var seconds: Double
    var failure: String?
    var stride: Int
    var series: [Series]
    var values: Data
    /// Points of the curve of new tasks, and the learning rate of the last.
    var glances: Int?
    var glanceRate: Float?
    var measurement: Measurement?
  }

  private struct Document: Decodable {
    var head: Head
    /// By entry and seed.
    var contestants: [[Contestant]]

    enum CodingKeys: String, CodingKey { case contestants }

    init(from decoder: any Decoder) throws {
      head = try Head(from: decoder)
      contestants = try decoder.container(keyedBy: CodingKeys.self)
        .decode([[Contestant]].self, forKey: .contestants)
    }
  }

  // MARK: Recognition

  /// Whether a file looks like a comparison, a damaged one too.
  public static func isComparison(_ path: String) -> Bool {
    guard let head = try? Files.read(path, limit: 512, wholly: false) else { return false }
    return looksLikeComparison(head)
  }

  /// The same by the beginning of a file.
  static func looksLikeComparison(_ bytes: Data) -> Bool {
    bytes.first == UInt8(ascii: "{")
      && bytes.prefix(256).range(of: Data("\"\(format)\"".utf8)) != nil
  }

  /// The head of a file, given its beginning or all of it; nil where it is damaged.
  static func head(_ bytes: Data) -> Head? {
    guard let end = bytes.prefix(SessionFormat.headLimit).range(of: Data(headEnd.utf8)) else {
      return nil
    }
    return try? JSONDecoder().decode(
      Head.self, from: bytes[bytes.startIndex..<end.lowerBound] + Data("}".utf8))
  }

  // MARK: Writing

  public static func write(
    _ comparison: Comparison, to path: String, makingFolders: Bool = false
  ) throws(SessionError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let numbers = JSONEncoder()
    numbers.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    numbers.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    var bytes = Data("{\n  \"format\": \"\(format)\",".utf8)
    do {
      bytes += try encoder.encode(head(of: comparison)).dropFirst().dropLast(2)
      bytes += Data(headEnd.utf8)
      bytes += try numbers.encode(contestants(of: comparison))
    } catch { throw SessionError("\(path): the comparison cannot be put into JSON") }
    bytes.append(UInt8(ascii: ","))
    let checksum = Checksum.hexadecimal(Checksum.crc32(bytes))
    bytes += Data("\(SessionFormat.checksumStart)\(checksum)\"\n}\n".utf8)
    guard bytes.count <= SessionFormat.sizeLimit else {
      throw SessionError(
        "not saved: a comparison of this size (\(bytes.count >> 20) MB) could not be read again; "
          + "race fewer seeds or methods")
    }
    try Files.write(bytes, to: path, makingFolders: makingFolders)
  }

  private static func head(of comparison: Comparison) -> Head {
    var head = Head(
      version: version, contest: comparison.contest.name,
      knobs: comparison.knobs.knobs.compactMap { knob in
        comparison.knobs[knob.name].map { .init(knob: knob.name, value: $0.description) }
      },
      entries: comparison.entries.map { entry in
        .init(
          method: entry.choice.rawValue,
          settings: entry.settings.map { .init(knob: $0.knob, value: $0.value.description) })
      },
      seeds: comparison.seeds, progress: comparison.progress, isDone: comparison.isDone)
    switch comparison.budget {
    case .steps(let steps): head.steps = steps
    case .seconds(let seconds): head.seconds = seconds
    }
    return head
  }

  private static func contestants(of comparison: Comparison) -> [[Contestant]] {
    comparison.contestants.enumerated().map { entry, contestants in
      contestants.enumerated().map { seed, contestant in
        let glance = comparison.glances[.init(entry: entry, seed: seed)]
        return .init(
          step: contestant.step, total: contestant.total, seconds: contestant.seconds,
          failure: contestant.failure, stride: contestant.history.stride,
          series: contestant.history.series.map { buckets in
            .init(
              means: LittleEndian.data(buckets.map(\.mean)[...]),
              lows: LittleEndian.data(buckets.map(\.low)[...]),
              highs: LittleEndian.data(buckets.map(\.high)[...]), counts: buckets.map(\.count))
          },
          values: LittleEndian.data(Array(contestant.variables.block)[...]),
          glances: glance?.count ?? 0, glanceRate: glance?.rate,
          measurement: comparison.measurements[.init(entry: entry, seed: seed)])
      }
    }
  }

  // MARK: Reading

  /// Reads a comparison. Whatever is wrong with the file, the error says so in a sentence.
  public static func open(_ path: String) throws(SessionError) -> sending Comparison {
    func error(_ text: String) -> SessionError { SessionError("\(path): \(text)") }
    let bytes = try Files.read(path, limit: SessionFormat.sizeLimit)
    guard looksLikeComparison(bytes) else { throw error("this is not a comparison of Weft") }
    try SessionDecoding(path: path, bytes: bytes).checkChecksum()
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let document: Document
    do { document = try decoder.decode(Document.self, from: bytes) } catch let reason {
      throw error("it is damaged: \(SessionDecoding.reason(reason))")
    }
    let head = document.head
    guard head.version >= 1 else { throw error("its format version makes no sense") }
    guard head.version <= version else {
      throw error("it was saved by a newer Weft (version \(head.version) of the format)")
    }
    guard let contest = Contests.named(head.contest) else {
      throw error("it is about “\(head.contest.prefix(40))”, which this Weft does not have")
    }
    guard (1...mostSeeds).contains(head.seeds.count),
      (1...mostEntries).contains(head.entries.count),
      document.contestants.count == head.entries.count,
      document.contestants.allSatisfy({ $0.count == head.seeds.count })
    else { throw error("its methods, seeds and numbers do not go together") }
    let totals = document.contestants.map { $0.map(\.total) }
    guard totals.joined().allSatisfy({ 0...Comparison.mostSteps ~= $0 }),
      head.steps.map({ 1...Comparison.mostSteps ~= $0 }) ?? true,
      head.seconds.map({ $0.isFinite && $0 > 0 }) ?? true
    else { throw error("it sets impossible numbers of steps") }
    let comparison: Comparison
    do throws(KnobError) {
      var knobs = KnobValues(contest.knobs)
      for setting in head.knobs { try knobs.set(setting.knob, to: setting.value) }
      var entries: [Comparison.Entry] = []
      for entry in head.entries {
        let word = ([entry.method] + entry.settings.map { "\($0.knob)=\($0.value)" })
          .joined(separator: ":")
        entries.append(try Comparison.Entry(word, knobs: contest.knobs))
      }
      comparison = try Comparison(
        contest, knobs: knobs, entries: entries, seeds: head.seeds,
        budget: head.seconds.map { .seconds($0) } ?? .steps(head.steps ?? max(totals[0][0], 1)),
        totals: totals)
    } catch let problem { throw error("it cannot be set up again: \(problem)") }
    // Nothing but a method that trains nothing has no steps.
    guard
      zip(comparison.methods, totals).allSatisfy({ method, totals in
        totals.allSatisfy { ($0 == 0) == method.stages.isEmpty }
      })
    else { throw error("it sets impossible numbers of steps") }
    for (entry, contestants) in document.contestants.enumerated() {
      for (seed, saved) in contestants.enumerated() {
        try restore(saved, comparison, .init(entry: entry, seed: seed), error)
      }
    }
    return comparison
  }

  private static func restore(
    _ saved: Contestant, _ comparison: Comparison, _ key: Comparison.Key,
    _ error: (String) -> SessionError
  ) throws(SessionError) {
    let contestant = comparison.contestants[key.entry][key.seed]
    guard let values = LittleEndian.floats(saved.values),
      values.count == contestant.variables.block.count
    else { throw error("its numbers do not fit its networks") }
    var series: [[History.Bucket]] = []
    for part in saved.series {
      guard let means = LittleEndian.floats(part.means),
        let lows = LittleEndian.floats(part.lows), let highs = LittleEndian.floats(part.highs),
        [lows.count, highs.count, part.counts.count].allSatisfy({ $0 == means.count }),
        part.counts.allSatisfy({ (0...1 << 40).contains($0) })
      else { throw error("its curves are damaged") }
      series.append(
        means.indices.map {
          .init(mean: means[$0], low: lows[$0], high: highs[$0], count: part.counts[$0])
        })
    }
    guard series.count == 2, (0...contestant.total).contains(saved.step),
      saved.seconds.isFinite, saved.seconds >= 0,
      let history = History(stride: saved.stride, series: series)
    else { throw error("its curves are damaged") }
    if let measurement = saved.measurement {
      let newTasks = contestant.method.family.heldOutTasks.count
      guard measurement.newTasks.count == Measurement.steps.count,
        measurement.newTasks.allSatisfy({ $0.count == newTasks }),
        measurement.adaptationMilliseconds.isFinite, measurement.multiplyAdds.isFinite,
        saved.step == contestant.total, saved.failure == nil
      else { throw error("its measurements are damaged") }
    }
    contestant.restore(
      step: saved.step, seconds: saved.seconds, values: values, history: history,
      failure: saved.failure.map(printable))
    guard (0...max(contestant.total, Comparison.glanceCount)).contains(saved.glances ?? 0),
      saved.glanceRate?.isFinite ?? true
    else { throw error("its curves are damaged") }
    comparison.restore(
      key, measurement: saved.measurement,
      glance: saved.glances.map { .init(count: $0, rate: saved.glanceRate) })
  }

  /// A sentence of a file as it can be shown: without what moves a cursor or is wider than a cell.
  private static func printable(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.prefix(200).map { scalar in
          switch scalar.value {
          case 0x20...0x7E, 0xA1...0xAC, 0xAE...0x2FF, 0x370...0x3FF, 0x2010...0x2027: scalar
          default: "?"
          }
        }))
  }
}
