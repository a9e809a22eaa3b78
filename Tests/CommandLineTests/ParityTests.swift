import Foundation
import Testing

/// `Benchmarks/parity.py`, which computes a step again: that it would notice.
@Suite(.enabled(if: Python.hasTorch, "python3 with numpy and torch is not installed"))
struct ParityTests {
  private let program: Program
  private let file: Data

  init() throws {
    program = try Program()
    let ending = try program.run(
      "bench", "maml-sine", "--set", "tasks=2", "--set", "points=3", "--set", "width=5", "--parity",
      "step")
    try #require(ending.status == 0, "\(ending.complaints)")
    file = try Data(contentsOf: URL(fileURLWithPath: program.file("step")))
  }

  @Test func aStepPasses() throws {
    let (status, complaints) = try check(file)
    #expect(status == 0, "\(complaints)")
  }

  /// Generated and meta-trained convolutions, the second derivatives of MAML included.
  @Test(arguments: ["hyper-transformer", "hyper-transformer:target=mlp", "maml", "prototypes"])
  func fewShotMethodsAreThoseOfPyTorch(_ method: String) throws {
    let ending = try program.run(
      "compare", "few-shot-glyphs", "--methods", method, "--set", "tasks-per-step=2", "--set",
      "channels=3", "--set", "shots=2", "--set", "examples=1", "--seeds", "1", "--parity", "few")
    try #require(ending.status == 0, "\(ending.complaints)")
    let (status, complaints) = try check(
      try Data(contentsOf: URL(fileURLWithPath: program.file("few"))))
    #expect(status == 0, "\(complaints)")
  }

  /// Methods of a comparison, and every stage of those that have two.
  @Test(arguments: [
    ["standard"], ["heads"], ["hypernetwork"], ["low-rank:rank=2"], ["chunked:chunk=64"], ["film"],
    ["hypernetwork:strategy=lora"], ["set-encoder"], ["embedding:strategy=lora"], ["maml"],
    ["reptile"], ["lora"], ["lora", "--stage", "2"], ["hyper-lora"],
    ["hyper-lora", "--stage", "2"], ["pfedhn"], ["pfedhn:strategy=film"], ["fedavg"],
  ])
  func methodsPass(_ words: [String]) throws {
    let command =
      ["compare", "sine-family", "--seeds", "1", "--set", "target-widths=6-5"]
      + ["--parity", "method", "--methods"] + words
    let ending = try program.start(command).end()
    try #require(ending.status == 0, "\(ending.complaints)")
    let step = try Data(contentsOf: URL(fileURLWithPath: program.file("method")))
    let (status, complaints) = try check(step)
    #expect(status == 0, "\(words) \(complaints)")
    // Numbers that begin at 0 would hide what they multiply.
    if words.last == "2" {
      let name = words[0] == "lora" ? "gradient/task.W2.left" : "gradient/head.W2.left.weight"
      #expect(try numbers(name, of: step).contains { abs($0) > 1e-6 })
    }
  }

  /// What holds earlier tasks in continual learning, a few steps into the next one.
  @Test(arguments: [
    "three-polynomials --steps 4003", "split-digits --steps 24",
    "split-digits --steps 24 --set lookahead=off --set strategy=chunked",
    "split-digits --steps 46 --set old-tasks=1 --set targets=stored --set strategy=low-rank",
    "permuted-digits --steps 24 --set method=film", "split-digits --steps 24 --set method=ewc",
    "split-digits --steps 24 --set method=si",
  ])
  func continualStepsPass(_ words: String) throws {
    let isDigits = words.contains("digits")
    let command =
      ["train"] + words.split(separator: " ").map(String.init)
      + (isDigits ? ["--set", "steps-per-task=20"] : []) + ["--parity", "step"]
    let ending = try program.start(command).end()
    try #require(ending.status == 0, "\(ending.complaints)")
    let (status, complaints) = try check(
      try Data(contentsOf: URL(fileURLWithPath: program.file("step"))))
    #expect(status == 0, "\(words) \(complaints)")
  }

  /// Messages over graphs, decoders and masked networks, against a network for each architecture.
  @Test(arguments: ["graph", "smash", "shared"], ["cnn", "mlp"])
  func generatorsOfArchitecturesPass(_ generator: String, _ space: String) throws {
    let ending = try program.start([
      "train", "architectures", "--steps", "5", "--set", "generator=\(generator)", "--set",
      "space=\(space)", "--set", "examples=3", "--set", "tasks-per-step=6", "--set", "rounds=2",
      "--parity", "step",
    ]).end()
    try #require(ending.status == 0, "\(ending.complaints)")
    let (status, complaints) = try check(
      try Data(contentsOf: URL(fileURLWithPath: program.file("step"))))
    #expect(status == 0, "\(complaints)")
  }

  /// The same with a transformer as the target network.
  @Test(arguments: [
    ["pooled"], ["heads"], ["hypernetwork"], ["chunked:chunk=64"], ["film"], ["low-rank:rank=2"],
    ["lora", "--stage", "2"], ["prefix"], ["prefix", "--stage", "2"], ["maml"],
  ])
  func methodsOnATransformerPass(_ words: [String]) throws {
    let command =
      ["compare", "digit-views", "--seeds", "1", "--set", "target=transformer"]
      + ["--set", "target-widths=6", "--set", "tasks-per-step=3", "--set", "examples=2"]
      + (words[0] == "maml" ? ["--set", "shots=2"] : [])
      + ["--parity", "method", "--methods"] + words
    let ending = try program.start(command).end()
    try #require(ending.status == 0, "\(ending.complaints)")
    let step = try Data(contentsOf: URL(fileURLWithPath: program.file("method")))
    let (status, complaints) = try check(step)
    #expect(status == 0, "\(words) \(complaints)")
    if words == ["prefix", "--stage", "2"] {
      for part in ["keys", "values"] {
        let gradient = try numbers("gradient/task.prefix1.\(part)", of: step)
        #expect(gradient.contains { abs($0) > 1e-6 }, "\(part)")
      }
    }
  }

  /// Next to the kink of a ReLU unit single precision may fall on the other side.
  @Test func kinksAreNoFalseAlarm() throws {
    let ending = try program.run(
      "compare", "lowrank-wide", "--methods", "low-rank:rank=16", "--seeds", "1", "--parity", "kink"
    )
    try #require(ending.status == 0, "\(ending.complaints)")
    let (status, complaints) = try check(
      Data(contentsOf: URL(fileURLWithPath: program.file("kink"))))
    #expect(status == 0, "\(complaints)")
  }

  @Test func aStageThatIsNotThereIsASentence() throws {
    for (words, sentence) in [
      (["--methods", "maml", "--parity", "x", "--stage", "2"], "has 1 stage"),
      (["--methods", "lora", "--parity", "x", "--stage", "3"], "has 2 stages"),
      (["--methods", "lora", "--stage", "2"], "--parity"),
    ] {
      let ending = try program.start(["compare", "sine-family"] + words).end()
      #expect(ending.status == 2 && ending.complaints.contains(sentence), "\(ending.complaints)")
    }
  }

  /// Each kind of number in the file: loss, gradient, updated parameter.
  @Test(arguments: ["loss", "gradient/w2", "updated/w2"], [Float.nan, .infinity, 1e9])
  func aWrongNumberIsNoticed(_ name: String, _ number: Float) throws {
    let (status, complaints) = try check(try poisoned(name, with: number))
    #expect(status == 1, "\(complaints)")
    #expect(!complaints.contains("Traceback"), "\(complaints)")
  }

  @Test func aBrokenFileIsASentence() throws {
    for broken in [Data(), file.prefix(5), file.prefix(200), file.prefix(file.count - 6)] {
      let (status, complaints) = try check(Data(broken))
      #expect(status == 1)
      #expect(complaints.hasPrefix("parity.py: ") && !complaints.contains("Traceback"))
    }
  }

  /// Where the bytes of one of a file's tensors are.
  private func place(of name: String, in file: Data) throws -> Range<Int> {
    let length = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let header = try JSONSerialization.jsonObject(with: file.dropFirst(8).prefix(length))
    let tensors = try #require(header as? [String: [String: Any]])
    let entry = try #require(tensors[name], "\(tensors.keys.sorted())")
    let offsets = try #require(entry["data_offsets"] as? [Int])
    return 8 + length + offsets[0]..<8 + length + offsets[1]
  }

  private func numbers(_ name: String, of file: Data) throws -> [Float] {
    let bytes = Data(file[try place(of: name, in: file)])
    return bytes.withUnsafeBytes { raw in
      (0..<raw.count / 4).map { raw.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
  }

  /// The file with another first number in one of its tensors.
  private func poisoned(_ name: String, with number: Float) throws -> Data {
    let first = try place(of: name, in: file).lowerBound
    return file.prefix(first) + withUnsafeBytes(of: number.bitPattern.littleEndian) { Data($0) }
      + file.dropFirst(first + 4)
  }

  private func check(_ bytes: Data) throws -> (status: Int32, complaints: String) {
    let path = program.file(UUID().uuidString)
    try bytes.write(to: URL(fileURLWithPath: path))
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Benchmarks/parity.py").standardizedFileURL.path
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", script, path]
    process.standardOutput = FileHandle.nullDevice
    let complaints = Pipe()
    process.standardError = complaints
    try process.run()
    let said = complaints.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: said, as: UTF8.self))
  }
}
