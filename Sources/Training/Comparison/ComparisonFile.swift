import Foundation
import Learning

/// Comparisons on disk, one JSON file each. A comparison that was opened goes on where it stood.
public enum ComparisonFile {
  private static let format = "weft-comparison"

  private struct Document: Codable {
    struct Setting: Codable {
      var knob: String
      var value: String
    }
    struct Entry: Codable {
      var method: String
      var settings: [Setting]
    }
    struct Series: Codable {
      var means: Data
      var lows: Data
      var highs: Data
      var counts: [Int]
    }
    struct Contestant: Codable {
      var step: Int
      var total: Int
      var seconds: Double
      var failure: String?
      var stride: Int
      var series: [Series]
      var values: Data
      var measurement: Measurement?
    }

    var format: String
    var version: Int
    var contest: String
    var knobs: [Setting]
    var entries: [Entry]
    var seeds: [UInt64]
    var steps: Int?
    var seconds: Double?
    /// By entry and seed.
    var contestants: [[Contestant]]
  }

  /// Whether a file looks like a comparison.
  public static func isComparison(_ path: String) -> Bool {
    guard let head = try? Files.read(path, limit: 1 << 26) else { return false }
    struct Head: Decodable { var format: String }
    return (try? JSONDecoder().decode(Head.self, from: head))?.format == format
  }

  public static func write(_ comparison: Comparison, to path: String) throws(SessionError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let bytes: Data
    do { bytes = try encoder.encode(document(of: comparison)) } catch {
      throw SessionError("\(path): the comparison cannot be put into JSON")
    }
    try Files.write(bytes, to: path, makingFolders: false)
  }

  private static func document(of comparison: Comparison) -> Document {
    var document = Document(
      format: format, version: 1, contest: comparison.contest.name,
      knobs: comparison.knobs.knobs.compactMap { knob in
        comparison.knobs[knob.name].map { .init(knob: knob.name, value: $0.description) }
      },
      entries: comparison.entries.map { entry in
        .init(
          method: entry.choice.rawValue,
          settings: entry.settings.map { .init(knob: $0.knob, value: $0.value.description) })
      },
      seeds: comparison.seeds, contestants: [])
    switch comparison.budget {
    case .steps(let steps): document.steps = steps
    case .seconds(let seconds): document.seconds = seconds
    }
    document.contestants = comparison.contestants.enumerated().map { entry, contestants in
      contestants.enumerated().map { seed, contestant in
        .init(
          step: contestant.step, total: contestant.total, seconds: contestant.seconds,
          failure: contestant.failure, stride: contestant.history.stride,
          series: contestant.history.series.map { buckets in
            .init(
              means: LittleEndian.data(buckets.map(\.mean)[...]),
              lows: LittleEndian.data(buckets.map(\.low)[...]),
              highs: LittleEndian.data(buckets.map(\.high)[...]), counts: buckets.map(\.count))
          },
          values: LittleEndian.data(Array(contestant.variables.block)[...]),
          measurement: comparison.measurements[.init(entry: entry, seed: seed)])
      }
    }
    return document
  }

  /// Reads a comparison. Whatever is wrong with the file, the error says so in a sentence.
  public static func open(_ path: String) throws(SessionError) -> Comparison {
    func error(_ text: String) -> SessionError { SessionError("\(path): \(text)") }
    let bytes = try Files.read(path, limit: SessionFormat.sizeLimit)
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let document = try? decoder.decode(Document.self, from: bytes),
      document.format == format
    else { throw error("this is not a comparison of Weft, or a damaged one") }
    guard document.version == 1 else {
      throw error("it was saved by a newer Weft (version \(document.version) of the format)")
    }
    guard let contest = Contests.named(document.contest) else {
      throw error("it is about “\(document.contest.prefix(40))”, which this Weft does not have")
    }
    guard !document.seeds.isEmpty, !document.entries.isEmpty,
      document.contestants.count == document.entries.count,
      document.contestants.allSatisfy({ $0.count == document.seeds.count })
    else { throw error("its methods, seeds and numbers do not go together") }
    let comparison: Comparison
    do throws(KnobError) {
      var knobs = KnobValues(contest.knobs)
      for setting in document.knobs { try knobs.set(setting.knob, to: setting.value) }
      var entries: [Comparison.Entry] = []
      for entry in document.entries {
        let word = ([entry.method] + entry.settings.map { "\($0.knob)=\($0.value)" })
          .joined(separator: ":")
        entries.append(try Comparison.Entry(word, knobs: contest.knobs))
      }
      let totals = document.contestants.map { $0[0].total }
      guard totals.allSatisfy({ (1...100_000_000).contains($0) }) else {
        throw KnobError("it sets impossible numbers of steps")
      }
      comparison = try Comparison(
        contest, knobs: knobs, entries: entries, seeds: document.seeds,
        budget: document.seconds.map { .seconds($0) } ?? .steps(document.steps ?? totals[0]),
        totals: totals)
    } catch let problem { throw error("it cannot be set up again: \(problem)") }
    for (entry, contestants) in document.contestants.enumerated() {
      for (seed, saved) in contestants.enumerated() {
        try restore(saved, comparison, .init(entry: entry, seed: seed), error)
      }
    }
    return comparison
  }

  private static func restore(
    _ saved: Document.Contestant, _ comparison: Comparison, _ key: Comparison.Key,
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
      guard measurement.newTasks.count == Measurement.steps.count, saved.step == contestant.total
      else { throw error("its measurements are damaged") }
    }
    contestant.restore(
      step: saved.step, seconds: saved.seconds, values: values, history: history,
      failure: saved.failure)
    comparison.restore(key, measurement: saved.measurement)
  }
}
