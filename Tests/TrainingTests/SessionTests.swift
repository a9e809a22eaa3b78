import Foundation
import Learning
import Testing
import Training

struct SessionTests {
  /// Saved at an odd step and continued from the file, a run ends with the bits it ends with if it
  /// is left alone: parameters, optimiser, curves and tasks.
  @Test(arguments: [
    ("sine-family", 7, 23, ["tasks-per-step": "5", "noise": "0.1"]),
    ("sine-family", 51, 60, ["optimizer": "momentum"]),
    ("digit-views", 3, 9, ["examples": "2"]),
    ("non-iid-digits", 3, 9, ["lost": "0.3", "stragglers": "0.3", "last-layer": "personal"]),
    ("shapes", 3, 9, ["shapes": "solids", "noise": "0.1"]),
    ("architectures", 3, 9, ["tasks-per-step": "2"]),
    ("architectures", 3, 9, ["space": "mlp", "generator": "smash"]),
    ("three-polynomials", 3999, 4013, [:]),
    ("three-polynomials", 4001, 4003, [:]),
    ("split-digits", 13, 27, ["steps-per-task": "10"]),
    ("split-digits", 10, 21, ["steps-per-task": "10", "old-tasks": "2", "strategy": "chunked"]),
    ("split-digits", 13, 27, ["steps-per-task": "10", "method": "ewc"]),
    ("split-digits", 13, 27, ["steps-per-task": "10", "method": "si"]),
    ("permuted-digits", 13, 27, ["steps-per-task": "10", "method": "film"]),
    ("permuted-digits", 13, 27, ["steps-per-task": "10", "method": "joint"]),
    (
      "few-shot-glyphs", 3, 6,
      ["channels": "3", "feature-channels": "4", "model": "32", "tasks-per-step": "2"]
    ),
  ])
  func aContinuedRunIsTheRunLeftAlone(
    name: String, pause: Int, end: Int, settings: [String: String]
  ) throws {
    let scratch = try Scratch()
    let run = try smallRun(name, seed: 99, settings)
    train(run, to: pause)
    try SessionFile.write(run, to: scratch.file("a.json"))
    let reopened = try SessionFile.open(scratch.file("a.json"), threads: 1)
    #expect(reopened.state == run.state)
    #expect(reopened.seed == 99)
    #expect(reopened.knobs == run.knobs)
    train(run, to: end)
    train(reopened, to: end)
    #expect(run.step == end)
    #expect(reopened.state == run.state)
  }

  @Test func savingWhatWasReadGivesTheSameBytes() throws {
    let scratch = try Scratch()
    let run = try smallRun("sine-family", seed: .max)
    train(run, to: 120)
    let heldOut = try #require(run.description.tasks.firstIndex { $0.role == .heldOut })
    _ = run.fit(task: heldOut)
    try SessionFile.write(run, to: scratch.file("a.json"))
    let reopened = try SessionFile.open(scratch.file("a.json"), threads: 1)
    #expect(reopened.path == scratch.file("a.json"))
    #expect(reopened.seed == .max)
    #expect(reopened.statuses[heldOut].context == run.statuses[heldOut].context)
    try SessionFile.write(reopened, to: scratch.file("b.json"))
    let files = try ["a.json", "b.json"].map {
      try Data(contentsOf: URL(fileURLWithPath: scratch.file($0)))
    }
    #expect(files[0] == files[1])
  }

  @Test func theFileIsReadableJSON() throws {
    let scratch = try Scratch()
    let run = try smallRun("three-polynomials", seed: 3, ["beta": "0.02"])
    train(run, to: 60)
    try SessionFile.write(run, to: scratch.file("a.json"))
    let bytes = try Data(contentsOf: URL(fileURLWithPath: scratch.file("a.json")))
    let json = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
    #expect(json["format"] as? String == "weft-session")
    #expect(json["version"] as? Int == 1)
    #expect(json["step"] as? Int == 60)
    #expect((json["knobs"] as? [String: Any])?["beta"] as? Double == 0.02)
    let tasks = try #require(json["tasks"] as? [[String: Any]])
    #expect(tasks.map { $0["name"] as? String } == ["linear", "quadratic", "cubic"])
    #expect(tasks.allSatisfy { ($0["embedding"] as? [Double])?.count == 2 })
    let history = try #require(json["history"] as? [String: Any])
    let series = try #require(history["series"] as? [[String: Any]])
    #expect(
      series.map { $0["name"] as? String } == [
        "train", "validation", "linear", "quadratic", "cubic",
      ])
    #expect((series[0]["mean"] as? [Double])?.count == 60)
    #expect(series[1]["at"] as? [Int] == [49])
    let variables = try #require(json["variables"] as? [[String: Any]])
    let embedding = try #require(variables.first)
    #expect(embedding["name"] as? String == "embedding")
    #expect(embedding["shape"] as? [Int] == [3, 2])
    let data = try #require(Data(base64Encoded: embedding["data"] as? String ?? ""))
    #expect(data.count == 24)
    // The readable embeddings are the binary ones.
    let readable = try #require(tasks[0]["embedding"] as? [Double])
    let binary = data.withUnsafeBytes { $0.loadUnaligned(as: Float.self) }
    #expect(Float(readable[0]) == binary)
    // The last line seals every byte before it.
    let text = String(decoding: bytes, as: UTF8.self)
    let mark = try #require(text.range(of: "\n  \"checksum\"", options: .backwards))
    let checksum = referenceCRC32(Array(text[..<mark.lowerBound].utf8))
    #expect(json["checksum"] as? String == String(format: "crc32 %08x", checksum))
  }

  @Test func aRunWithNumbersThatAreNotFiniteIsNotSaved() throws {
    let scratch = try Scratch()
    let run = try smallRun(
      "sine-family", ["optimizer": "sgd", "rate": "1", "clip": "0", "spread": "10"])
    try SessionFile.write(run, to: scratch.file("a.json"))
    let before = try Data(contentsOf: URL(fileURLWithPath: scratch.file("a.json")))
    for _ in 0..<400 where run.isFinite { run.advance() }
    try #require(!run.isFinite)
    let error = #expect(throws: SessionError.self) {
      try SessionFile.write(run, to: scratch.file("a.json"))
    }
    #expect(error?.description.contains("not finite") == true)
    #expect(try Data(contentsOf: URL(fileURLWithPath: scratch.file("a.json"))) == before)
  }

  // MARK: What is not a session

  private func refusal(_ path: String) -> String {
    do throws(SessionError) {
      _ = try SessionFile.open(path, threads: 1)
      return ""
    } catch { return error.description }
  }

  @Test func everythingElseIsRefusedInASentence() throws {
    let scratch = try Scratch()
    let run = try smallRun("three-polynomials")
    train(run, to: 10)
    let good = scratch.file("good.json")
    try SessionFile.write(run, to: good)
    let text = try String(contentsOfFile: good, encoding: .utf8)

    func refused(_ name: String, _ content: String, _ words: String, line: Int = #line) throws {
      let path = try scratch.write(content, to: "x.json")
      let sentence = refusal(path)
      #expect(sentence.contains(words), "\(name): \(sentence)")
      #expect(sentence.hasPrefix(path), "\(name): \(sentence)")
      #expect(!sentence.contains("\n") && sentence.count < 400, "\(name): \(sentence)")
      #expect(SessionFile.summary(path).path == path)
    }
    func replaced(_ old: String, _ new: String) throws -> String {
      try #require(text.contains(old), "\(old)")
      return resealed(text.replacingOccurrences(of: old, with: new))
    }

    try refused("empty", "", "empty")
    try refused("text", "hello", "not a Weft session")
    try refused("list", "[1, 2]", "not a Weft session")
    try refused("binary", "\u{0}\u{1}\u{2}", "not a Weft session")
    try refused("foreign", #"{"name": "weft", "version": "1.0"}"#, "not a Weft session")
    try refused("foreign", #"{"format": "other", "version": 1}"#, "not a Weft session")
    try refused("deep", String(repeating: "[", count: 100_000), "not a Weft session")
    try refused(
      "deep",
      #"{"format": "weft-session", "version": 1, "a": "#
        + String(repeating: "[", count: 100_000), "nested")
    try refused(
      "many", #"{"format": "weft-session", "a": ["# + String(repeating: "1,", count: 1_000_001),
      "values")
    for length in [40, 300, 3000, text.utf8.count - 40, text.utf8.count - 2] {
      let part = String(decoding: text.utf8.prefix(length), as: UTF8.self)
      try refused("cut at \(length)", part, "cut short")
    }
    try refused(
      "flipped", text.replacingOccurrences(of: "\"step\": 10", with: "\"step\": 11"), "checksum")
    try refused("newer", try replaced("\"version\": 1", "\"version\": 2"), "newer")
    try refused("version 0", try replaced("\"version\": 1", "\"version\": 0"), "version")
    try refused("experiment", try replaced("\"three-polynomials\"", "\"four\""), "“four”")
    try refused("step", try replaced("\"step\": 10", "\"step\": -1"), "step")
    try refused("step", try replaced("\"step\": 10", "\"step\": 9000000000000000"), "step")
    try refused("step", try replaced("\"step\": 10", "\"step\": 1e400"), "damaged")
    try refused("seed", try replaced("\"seed\": 1", "\"seed\": -1"), "damaged")
    try refused("knob", try replaced("\"examples\": 32", "\"examples\": 1000000000000"), "examples")
    try refused("knob", try replaced("\"examples\": 32", "\"examples\": 3.5"), "examples")
    try refused("knob", try replaced("\"examples\": 32", "\"exemplars\": 32"), "exemplars")
    try refused("knob", try replaced("\"rate\": 0.01", "\"rate\": \"fast\""), "rate")
    try refused(
      "widths", try replaced("\"hyper-widths\": [10, 10]", "\"hyper-widths\": [10, 100000]"),
      "hyper-widths")
    // Wider networks than the data are for: found before anything is allocated.
    try refused(
      "widths", try replaced("\"target-widths\": [10, 10]", "\"target-widths\": [256, 256]"),
      "shape")
    try refused(
      "shape", try replaced("\"shape\": [3, 2]", "\"shape\": [1000000000000, 1000000000000]"),
      "embedding")
    try refused(
      "variable", try replaced("\"name\": \"embedding\"", "\"name\": \"other\""), "embedding")
    try refused(
      "task", try replaced("\"name\": \"linear\", \"role\"", "\"name\": \"x\", \"role\""), "tasks")
    try refused("stride", try replaced("\"stride\": 1", "\"stride\": 3"), "stride")
    try refused("stride", try replaced("\"stride\": 1", "\"stride\": 0"), "stride")
    try refused("curve", try replaced("\"at\": [0, 1, 2", "\"at\": [0, 2, 1"), "curve")
    try refused("curve", try replaced("\"at\": [0, 1, 2", "\"at\": [0, 1, 9000000000000"), "curve")
    try refused("curve", try replaced("\"at\": [0, 1, 2", "\"at\": [0, 1"), "curve")
    try refused("kind", try replaced("\"knobs\": {", "\"knobs\": [], \"x\": {"), "knobs")
    // A NaN among the parameters: four bytes of every base64 datum replaced.
    let data = try #require(text.range(of: "\"data\": \""))
    let nan = text.replacingCharacters(
      in: data.upperBound..<text.index(data.upperBound, offsetBy: 8), with: "AADAfwAA")
    try refused("NaN", resealed(nan), "finite")
    let short = text.replacingCharacters(
      in: data.upperBound..<text.index(data.upperBound, offsetBy: 4), with: "")
    try refused("short", resealed(short), "base64")

    #expect(refusal(scratch.path).contains("not a file"))
    #expect(refusal(scratch.file("nothing.json")).contains("No such file"))
    #expect(refusal("/dev/zero").contains("not a file"))
    #expect(refusal(good) == "")
  }

  /// Any bytes at all: a run or a sentence, never a crash.
  @Test func twoThousandDamagedFilesAreSurvived() throws {
    let scratch = try Scratch()
    let run = try smallRun("three-polynomials", ["hyper-widths": "3", "target-widths": "2"])
    train(run, to: 5)
    let path = scratch.file("x.json")
    try SessionFile.write(run, to: path)
    let good = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    let words = [
      "1e999", "-1", "999999999999999999999", "null", "[]", "{}", "\"\"", "0", ",", "[[[[",
      "\u{FFFF}", "true", "NaN", "}", "\\", "\"",
    ].map { Array($0.utf8) }
    let url = URL(fileURLWithPath: path)
    for round in 0..<2000 {
      let key = RandomKey(seed: 2, stream: .evaluation, step: round)
      var bytes = good
      for change in 0...key.integer(below: 3, index: 0) {
        let place = key.integer(below: bytes.count, index: 3 * change + 1)
        let value = key.integer(below: 256, index: 3 * change + 2)
        switch key.integer(below: 5, index: 3 * change + 3) {
        case 0: bytes[place] = UInt8(value)
        case 1: bytes.removeSubrange(place..<min(place + value, bytes.count))
        case 2: bytes.insert(contentsOf: words[value % words.count], at: place)
        case 3:
          let other = key.integer(below: bytes.count, index: 100 + change)
          bytes.insert(contentsOf: bytes[other..<min(other + value, bytes.count)], at: place)
        default: bytes.removeSubrange(place...)
        }
        if bytes.isEmpty { bytes = [0] }
      }
      // Most of them with a right checksum, so that what comes after it is met.
      if round % 4 != 0 {
        bytes = Array(resealed(String(decoding: bytes, as: UTF8.self)).utf8)
      }
      try Data(bytes).write(to: url)
      let sentence = refusal(path)
      #expect(sentence.count < 500 && !sentence.contains("\n"), "round \(round): \(sentence)")
    }
  }
}

/// The text with the checksum that fits it, if it has one.
func resealed(_ text: String) -> String {
  guard let mark = text.range(of: "\n  \"checksum\"", options: .backwards) else { return text }
  let body = text[..<mark.lowerBound]
  let checksum = String(format: "%08x", referenceCRC32(Array(body.utf8)))
  return body + "\n  \"checksum\": \"crc32 \(checksum)\"\n}\n"
}

/// CRC-32 as in RFC 1952, bit by bit.
func referenceCRC32(_ bytes: [UInt8]) -> UInt32 {
  var table: [UInt32] = []
  for index in 0..<256 {
    var value = UInt32(index)
    for _ in 0..<8 {
      let isOdd = value & 1 == 1
      value >>= 1
      if isOdd { value ^= 0xEDB8_8320 }
    }
    table.append(value)
  }
  var checksum = UInt32.max
  for byte in bytes {
    let index = Int((checksum ^ UInt32(byte)) & 0xFF)
    checksum = table[index] ^ (checksum >> 8)
  }
  return ~checksum
}
