import Foundation
import Glibc
import Learning
import Testing
import Training
import Workbench
import weft

/// Mutated sessions, themes, scripts and command lines: no crash, no hang, no memory beyond a bound.
///
/// `make fuzz` gives each of the three readers its share of 10⁵ inputs (`WEFT_FUZZ`, seed
/// `WEFT_FUZZ_SEED`); `make test` a few hundred. The input being read stands in a file
/// (`weft-fuzz-*` in the temporary folder), so that one that crashes is not lost.
@Suite(.serialized) struct FuzzTests {
  private static let environment = ProcessInfo.processInfo.environment
  /// Inputs for all readers together.
  private static let count = Int(environment["WEFT_FUZZ"] ?? "") ?? 600
  private static let seed = UInt64(environment["WEFT_FUZZ_SEED"] ?? "") ?? 1
  /// The longest that reading one input may take, in seconds.
  private static let longest = 5.0
  /// How far the peak of resident memory may rise above where it stood when a reader began. Only
  /// looked at when fuzzing is all the process does.
  private static let memoryBound = 256 << 20

  // MARK: Readers

  @Test func commandLines() throws {
    let words = Vocabulary.commandLine
    try fuzz("command line", count: Self.count / 3) { source in
      let arguments = (0..<source.below(9)).map { _ in
        source.chance(0.8)
          ? words[source.below(words.count)]
          : String(
            decoding: source.mutated(Array(words[source.below(words.count)].utf8)), as: UTF8.self)
      }
      return Data(arguments.joined(separator: "\n").utf8)
    } read: { data in
      let arguments = String(decoding: data, as: UTF8.self).components(separatedBy: "\n")
      do {
        let command = try Weft.parseAsRoot(arguments)
        if let train = command as? Train {
          for experiment in Experiments.all { _ = try? train.options.values(for: experiment) }
          _ = try? Subject(train.subject)
        }
      } catch {
        let ending = Ending(error, arguments: arguments)
        #expect([0, 2].contains(ending.status), "\(arguments)")
        if !ending.isAnswer {
          #expect(!ending.text.isEmpty && !ending.text.contains("\n"), "\(arguments)")
        }
      }
    }
  }

  @Test func themes() throws {
    let schemes = [Vocabulary.base16, Vocabulary.palette].map { Array($0.utf8) }
    for scheme in schemes { _ = try Scheme(yaml: Data(scheme), name: "whole") }
    try fuzz("theme", count: Self.count / 3) { source in
      Data(source.mutated(schemes[source.below(schemes.count)]))
    } read: { data in
      _ = try? Scheme(yaml: data, name: "fuzz")
      _ = try? Script(String(decoding: data.prefix(2000), as: UTF8.self), name: "fuzz")
    }
  }

  @Test func sessions() throws {
    let folder = FileManager.default.temporaryDirectory
    let path = folder.appendingPathComponent("weft-fuzz-\(getpid()).json").path
    defer { unlink(path) }
    var wholes: [[UInt8]] = []
    for (experiment, settings) in Vocabulary.sessions {
      let experiment = try #require(Experiments.named(experiment))
      var knobs = KnobValues(experiment.knobs)
      for (name, value) in settings { try knobs.set(name, to: value) }
      let run = try Run(experiment, knobs: knobs, seed: 1)
      for _ in 0..<experiment.evaluationInterval { run.advance() }
      run.evaluate()
      try SessionFile.write(run, to: path)
      wholes.append(Array(try Data(contentsOf: URL(fileURLWithPath: path))))
    }
    var opened = 0
    try fuzz("session", count: Self.count / 3) { source in
      var bytes = source.mutated(wholes[source.below(wholes.count)])
      // Behind a checksum that fits, mutations reach what stands behind it.
      if source.chance(0.7) { Checksum.repair(&bytes) }
      return Data(bytes)
    } read: { data in
      try data.write(to: URL(fileURLWithPath: path))
      let summary = SessionFile.summary(path)
      do throws(SessionError) {
        let run = try SessionFile.open(path, threads: 1)
        opened += 1
        #expect(run.isFinite)
        // What opens can be trained.
        run.advance()
      } catch {
        #expect(!error.description.isEmpty && !error.description.contains("\n"), "\(error)")
      }
      #expect(summary.problem != "")
    }
    // Some mutations do no harm (a digit of a loss); were there none, nothing was tested.
    #expect(opened > 0)
  }

  // MARK: The loop

  private func fuzz(
    _ name: String, count: Int, make: (inout ByteSource) -> Data, read: (Data) throws -> Void
  ) throws {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("weft-fuzz-input-\(getpid())-\(name.prefix(5)).bin").path
    let before = Memory.peak()
    var slowest = 0.0
    for index in 0..<count {
      var source = ByteSource(seed: Self.seed, index: index)
      let data = make(&source)
      try data.write(to: URL(fileURLWithPath: file))
      let begin = Saver.now
      try read(data)
      slowest = max(slowest, Saver.now - begin)
      if slowest > Self.longest {
        Issue.record("\(name) \(index) took \(slowest) s; it is in \(file)")
        return
      }
    }
    unlink(file)
    if Self.environment["WEFT_FUZZ"] != nil {
      let rise = Memory.peak() - before
      #expect(rise < Self.memoryBound, "\(name): memory rose by \(rise >> 20) MB")
      print("\(name): \(count) inputs, slowest \(slowest) s, memory +\(rise >> 20) MB")
    }
  }
}

/// What a process holds in memory.
enum Memory {
  /// The largest resident size so far, in bytes; 0 where the kernel does not say.
  static func peak() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    let number = line?.split(whereSeparator: \.isWhitespace).dropFirst().first
    return (number.flatMap { Int($0) } ?? 0) * 1024
  }
}

/// The checksum of a session file: CRC-32 (ISO 3309) of every byte before its line.
enum Checksum {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
  }

  static func repair(_ bytes: inout [UInt8]) {
    let mark = Array("\n  \"checksum\": \"crc32 ".utf8)
    guard bytes.count > mark.count + 8 else { return }
    var start = bytes.count - mark.count - 8
    while start >= 0, bytes[start] != mark[0] || !bytes[start...].starts(with: mark) { start -= 1 }
    guard start >= 0, start + mark.count + 8 <= bytes.count else { return }
    let sum = ~bytes[..<start].reduce(UInt32.max) { table[Int(($0 ^ UInt32($1)) & 255)] ^ $0 >> 8 }
    let digits = Array(String(sum, radix: 16).utf8)
    let padded = Array(repeating: UInt8(ascii: "0"), count: 8 - digits.count) + digits
    bytes.replaceSubrange((start + mark.count)..<(start + mark.count + 8), with: padded)
  }
}
