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

  /// The file with another first number in one of its tensors.
  private func poisoned(_ name: String, with number: Float) throws -> Data {
    let length = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let header = try JSONSerialization.jsonObject(with: file.dropFirst(8).prefix(length))
    let tensors = try #require(header as? [String: [String: Any]])
    let entry = try #require(tensors[name], "\(tensors.keys.sorted())")
    let start = try #require((entry["data_offsets"] as? [Int])?.first)
    let first = 8 + length + start
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
