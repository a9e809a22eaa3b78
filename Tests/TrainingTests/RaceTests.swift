import Foundation
import Learning
import Synchronization
import Testing
import Training

/// Races: on a queue of their own, by steps, and through files.
struct RaceTests {
  private static let methods = ["standard", "hypernetwork", "lora", "maml"]

  private func comparison(
    steps: Int = 60, seeds: Int = 1, methods: [String] = methods
  ) throws -> sending Comparison {
    var setup = try ComparisonSetup(
      contest: "sine-family", words: "seeds=\(seeds) steps=\(steps)")
    setup.methods = methods
    return try setup.make()
  }

  /// All that a standing says, bit for bit, but for times.
  private func numbers(_ standing: Standing) -> [String] {
    standing.rows.map { row in
      let estimates = ([row.trainingTasks] + row.newTasks.map { $0 }).map {
        "\($0.map { "\($0.mean.bitPattern) \($0.interval?.bitPattern ?? 0)" } ?? "none")"
      }
      let curves = row.history.series.map { series in
        series.map { "\($0.mean.bitPattern) \($0.count)" }.joined(separator: ",")
      }
      return "\(row.label) \(row.step)/\(row.total) \(row.failure ?? "") "
        + "\(row.multiplyAdds ?? 0) \(estimates) \(row.history.stride) \(curves)"
    }
  }

  private func wait(for race: Race, _ what: (RaceSnapshot) -> Bool) throws -> RaceSnapshot {
    let end = Date(timeIntervalSinceNow: 60)
    while Date() < end {
      if let latest = race.latest, what(latest) { return latest }
      usleep(2000)
    }
    throw SessionError("gave up waiting")
  }

  private func raced(_ comparison: sending Comparison) throws -> RaceSnapshot {
    let race = Race(comparison, onStanding: {})
    race.send(.run)
    return try wait(for: race) { $0.state == .done }
  }

  private func stepped(_ comparison: sending Comparison) -> RaceSnapshot? {
    let race = SteppedRace(comparison)
    race.send(.run)
    while race.advance() {}
    return race.latest
  }

  @Test func twoRacesGiveTheSameNumbersWhateverTheSlices() throws {
    let first = try raced(comparison())
    let second = try raced(comparison())
    let third = try #require(try stepped(comparison()))
    #expect(numbers(first.standing) == numbers(second.standing))
    #expect(numbers(first.standing) == numbers(third.standing))
    #expect(first.standing.isDone && first.standing.progress == 1)
    #expect(first.standing.rows.allSatisfy { $0.newTasks.count == Measurement.steps.count })
    // The curve of new tasks has a point after every 24th of the way.
    #expect(first.standing.rows[0].history.series[1].count { $0.count > 0 } == 24)
  }

  @Test func aRaceThatWasSavedGoesOnWithTheSameBits() throws {
    let scratch = try Scratch()
    let whole = try #require(try stepped(comparison(seeds: 2)))
    for slices in [1, 5, 11, 17, 30] {
      let race = SteppedRace(try comparison(seeds: 2))
      race.send(.run)
      for _ in 0..<slices { _ = race.advance() }
      race.send(.pause)
      race.send(.save(path: scratch.file("r.json")))
      let saved = try #require(race.latest)
      #expect(saved.isSaved && saved.notice?.isWrong == false)
      let again = SteppedRace(try ComparisonFile.open(scratch.file("r.json")))
      let opened = try #require(again.latest)
      #expect(numbers(opened.standing) == numbers(saved.standing))
      again.send(.run)
      while again.advance() {}
      let rest = try #require(again.latest)
      #expect(numbers(rest.standing) == numbers(whole.standing), "after \(slices) slices")
    }
  }

  @Test func commandsTakeEffect() throws {
    let scratch = try Scratch()
    let calls = Mutex(0)
    let race = Race(try comparison(steps: 100_000)) { calls.withLock { $0 += 1 } }
    #expect(race.latest?.state == .paused)
    race.send(.toggle)
    _ = try wait(for: race) { $0.state == .running && $0.standing.progress > 0 }
    race.send(.save(path: scratch.file("r.json")))
    _ = try wait(for: race) { $0.path == scratch.file("r.json") }
    race.send(.toggle)
    let paused = try wait(for: race) { $0.state == .paused }
    usleep(50_000)
    #expect(race.latest?.standing.progress == paused.standing.progress)
    #expect(calls.withLock { $0 } > 2)
    race.send(.restart)
    let anew = try wait(for: race) { $0.standing.progress == 0 }
    #expect(anew.state == .paused && anew.path == nil)
    race.send(.run)
    race.send(.stop)
    race.finish()
    #expect(race.latest?.state == .paused)
  }

  @Test func aRaceThatIsKeptSavesItselfWhenItIsStopped() throws {
    let scratch = try Scratch()
    let file = scratch.file("r.json")
    try ComparisonFile.write(comparison(), to: file)
    let race = Race(try ComparisonFile.open(file), path: file, keeps: true, onStanding: {})
    race.send(.run)
    _ = try wait(for: race) { $0.standing.progress > 0 }
    race.send(.stop)
    race.finish()
    let last = try #require(race.latest)
    #expect(last.isSaved)
    #expect(numbers(try ComparisonFile.open(file).standing) == numbers(last.standing))
  }

  @Test func aRaceThatIsKeptIsOnTheDiskWhenItIsDone() throws {
    let scratch = try Scratch()
    let file = scratch.file("r.json")
    try ComparisonFile.write(comparison(methods: ["pooled"]), to: file)
    let race = Race(try ComparisonFile.open(file), path: file, keeps: true, onStanding: {})
    race.send(.run)
    let done = try wait(for: race) { $0.state == .done }
    #expect(done.isSaved)
    #expect(done.notice?.text.hasPrefix("the race is done") == true)
    #expect(try ComparisonFile.open(file).isDone)
  }

  @Test func whatIsNoComparisonIsNotOverwritten() throws {
    let scratch = try Scratch()
    let file = try scratch.write("a diary", to: "diary.json")
    let race = SteppedRace(try comparison())
    race.send(.save(path: file))
    #expect(race.latest?.notice?.isWrong == true)
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "a diary")
    race.send(.save(path: scratch.file("no/such/folder.json")))
    #expect(race.latest?.notice?.text.contains("there is no such folder") == true)
  }

  @Test func aListKnowsComparisons() throws {
    let scratch = try Scratch()
    let race = SteppedRace(try comparison(seeds: 2))
    race.send(.run)
    for _ in 0..<9 { _ = race.advance() }
    race.send(.save(path: scratch.file("r.json")))
    let summary = try #require(SessionFile.list([scratch.path]).first)
    #expect(summary.problem == nil)
    #expect(summary.experiment == "sine-family")
    let told = try #require(summary.race)
    #expect(told.methods == 4 && told.seeds == 2 && !told.isDone)
    #expect(told.progress == race.latest?.standing.progress)
    // A run is not made of it, and the reason is a sentence.
    let error = #expect(throws: SessionError.self) {
      _ = try SessionFile.open(scratch.file("r.json"), threads: 1)
    }
    #expect(error?.description.contains("a comparison of methods") == true)
  }

  @Test func aSetupReadsWords() throws {
    let setup = try ComparisonSetup(
      contest: "sine-family",
      words: "family=lowrank-wide methods=full,low-rank seeds=1 steps=9 parameters=90000 "
        + "set=target-widths=32 set=rank=2 vary=contexts=4,8")
    #expect(setup.contest == "lowrank-wide" && setup.seeds == [1])
    let comparison = try setup.make()
    #expect(comparison.contest.name == "lowrank-wide")
    #expect(comparison.knobs.integer("rank") == 2)
    #expect(comparison.entries.count == 4)
    #expect(comparison.methods.allSatisfy { $0.trainableCount <= 90_000 })
    let open = try ComparisonSetup(contest: "sine-family", words: "family=sinusoids methods=maml")
    #expect(try open.make().methods.count == 1)
    for (words, sentence) in [
      ("family=chess", "no family 'chess'"), ("parameters=0", "above 0"),
      ("set=rank", "knob=value"),
      ("set=rank=x", "rank"), ("vary=rank", "--vary"), ("horses=3", "family=NAME"),
    ] {
      let error = #expect(throws: KnobError.self) {
        _ = try ComparisonSetup(contest: "sine-family", words: words).make()
      }
      #expect(
        error?.description.contains(sentence) == true, "\(words): \(error?.description ?? "")")
    }
  }

  /// To choose a learning rate costs more than a point of a curve does: it is not done for each.
  @Test func measuringOnTheWayIsCheap() throws {
    var setup = try ComparisonSetup(
      contest: "lowrank-wide", words: "seeds=1 steps=48 methods=low-rank set=rank=8")
    setup.settings.append("target-widths=128-128")
    let comparison = try setup.make()
    var (training, glancing) = (0.0, 0.0)
    while comparison.progress < 1 {
      let isMeasuring = if case .measuring = comparison.activity { true } else { false }
      let begin = Date()
      comparison.advance(seconds: 0.01)
      let seconds = Date().timeIntervalSince(begin)
      if isMeasuring { glancing += seconds } else { training += seconds }
    }
    #expect(training > 0)
    // 24 points in 48 steps; with a choice of seven rates for each it was 10 times that of training.
    #expect(glancing < 4 * training, "\(glancing) s beside \(training) s of training")
  }

  // MARK: Broken files

  /// A file changed in one place, with a checksum that fits what it says now.
  private func edited(
    _ text: String, _ pattern: String, _ replacement: String
  ) throws -> String {
    let mark = "\n  \"checksum\": \"crc32 "
    let start = try #require(text.range(of: mark, options: .backwards))
    let body = text[..<start.lowerBound].replacingOccurrences(
      of: pattern, with: replacement, options: .regularExpression)
    try #require(body != text[..<start.lowerBound], "\(pattern) is not there")
    let digits = String(crc32(Array(body.utf8)), radix: 16)
    return body + mark + String(repeating: "0", count: 8 - digits.count) + digits + "\"\n}\n"
  }

  private func crc32(_ bytes: [UInt8]) -> UInt32 {
    var crc = ~UInt32(0)
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 {
        let carry = crc & 1
        crc >>= 1
        if carry == 1 { crc ^= 0xEDB8_8320 }
      }
    }
    return ~crc
  }

  @Test func brokenFilesAreSentences() throws {
    let scratch = try Scratch()
    let race = SteppedRace(try comparison(methods: ["pooled", "maml"]))
    race.send(.run)
    while race.advance() {}
    race.send(.save(path: scratch.file("r.json")))
    let text = try String(contentsOfFile: scratch.file("r.json"), encoding: .utf8)
    var cases: [(text: String, words: String)] = []
    cases.append(("", "not a comparison"))
    cases.append(("{}", "not a comparison"))
    for cut in [text.count - 400, text.count / 2, 40] {
      cases.append((String(text.dropLast(cut)), "cut short"))
    }
    cases.append((text.replacingOccurrences(of: "\"step\":60", with: "\"step\":61"), "checksum"))
    let edits: [[String]] = [
      ["\"version\" : 1", "\"version\" : 2", "newer Weft"],
      ["\"version\" : 1", "\"version\" : \"1\"", "damaged"],
      ["\"contest\" : \"[a-z-]*\"", "\"contest\" : \"chess\"", "chess"],
      ["\"method\" : \"maml\"", "\"method\" : \"magic\"", "magic"],
      ["\"method\" : \"maml\"", "\"method\" : \"prefix\"", "transformer"],
      ["\"seeds\" : \\[\\s*1\\s*\\]", "\"seeds\" : []", "do not go together"],
      ["\"seeds\" : \\[\\s*1\\s*\\]", "\"seeds\" : [1, 2]", "do not go together"],
      ["\"seeds\" : \\[\\s*1\\s*\\]", "\"seeds\" : [-1]", "damaged"],
      ["\"steps\" : 60", "\"steps\" : 9000000000000000000", "impossible"],
      ["\"total\":60", "\"total\":4611686018427387904", "impossible"],
      ["\"total\":60", "\"total\":0", "impossible"],
      ["\"total\":60", "\"total\":1e300", "damaged"],
      ["\"step\":60", "\"step\":-1", "damaged"],
      ["\"step\":60", "\"step\":true", "damaged"],
      ["\"stride\":1", "\"stride\":3", "damaged"],
      ["\"seconds\":[0-9.e-]+", "\"seconds\":\"nan\"", "damaged"],
      ["\"counts\":\\[1,", "\"counts\":[-1,", "damaged"],
      ["\"values\":\"[^\"]{8}", "\"values\":\"", "do not fit"],
      ["\"values\":\"[^\"]*\"", "\"values\":\"%\"", "damaged"],
      ["\"newTasks\":\\[\\[[^]]*\\],", "\"newTasks\":[[],", "measurements"],
      ["\"multiplyAdds\":[0-9.e]+", "\"multiplyAdds\":\"inf\"", "measurements"],
    ]
    for edit in edits { cases.append((try edited(text, edit[0], edit[1]), edit[2])) }
    for (index, (text, words)) in cases.enumerated() {
      let file = try scratch.write(text, to: "broken-\(index).json")
      let error = #expect(throws: SessionError.self, "case \(index), \(words)") {
        _ = try ComparisonFile.open(file)
      }
      let sentence = error?.description ?? ""
      #expect(sentence.hasPrefix(file) && sentence.contains(words), "case \(index): \(sentence)")
      #expect(!sentence.contains("\n"))
    }
  }

  /// What adaptation may come to is no damage.
  @Test func numbersThatAreNoneAreKept() throws {
    let scratch = try Scratch()
    let race = SteppedRace(try comparison(methods: ["pooled"]))
    race.send(.run)
    while race.advance() {}
    race.send(.save(path: scratch.file("r.json")))
    let text = try String(contentsOfFile: scratch.file("r.json"), encoding: .utf8)
    let file = try scratch.write(
      edited(text, "\"trainingTasks\":\\[[0-9.e-]+", "\"trainingTasks\":[\"nan\""), to: "nan.json")
    let comparison = try ComparisonFile.open(file)
    #expect(comparison.standing.rows[0].trainingTasks?.mean.isNaN == true)
    try ComparisonFile.write(comparison, to: file)
    #expect(ComparisonTable(try ComparisonFile.open(file).standing).text.contains("nan"))
  }
}
