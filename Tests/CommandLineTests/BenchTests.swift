import Foundation
import Testing

/// What `weft bench` says about memory and planning, and what it refuses.
struct BenchTests {
  /// The process as a whole uses little beside what a step needs.
  @Test(arguments: ["multitask-medium", "chunked-continual", "hyperlstm"])
  func memoryIsThatOfTheStep(_ workload: String) throws {
    let ending = try Program().run("bench", workload, "--seconds", "0", "--json")
    #expect(ending.status == 0, "\(ending.complaints)")
    let object = try #require(try ending.objects().first)
    func bytes(_ key: String) throws -> Double {
      try #require(object[key] as? NSNumber, "\(key)").doubleValue
    }
    let (parameters, state) = (try bytes("parameter_bytes"), try bytes("state_bytes"))
    // Adam's two moments, and its count of steps.
    #expect(state == 2 * parameters + 4)
    let needed = parameters + state + (try bytes("arena_bytes"))
    let peak = try bytes("peak_resident_bytes")
    #expect(peak > needed)
    #expect(peak <= 1.25 * needed + 40e6)
    #expect(try bytes("allocations_per_step") == 0)
  }

  /// A step with the loops of every instruction set that the processor has: sums have the same lanes
  /// everywhere, but only with AVX2 and AVX-512 are products added without rounding in between.
  @Test(arguments: ["maml-sine", "lstm", "chunked-continual"])
  func aStepWithFewerInstructions(_ workload: String) throws {
    let program = try Program()
    func step(_ instructions: String?) throws -> [UInt8] {
      let path = program.file("\(instructions ?? "all").safetensors")
      let ending = try program.start(
        ["bench", workload, "--parity", path],
        environment: instructions.map { ["WEFT_INSTRUCTIONS": $0] } ?? [:]
      ).end()
      #expect(ending.status == 0, "\(ending.complaints)")
      return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }
    func numbers(_ file: [UInt8]) -> [Float] {
      let header = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
      return stride(from: 8 + header, to: file.count - 3, by: 4).map { first in
        Float(bitPattern: (0..<4).reversed().reduce(0) { $0 << 8 | UInt32(file[first + $1]) })
      }
    }
    let all = try step(nil)
    let expected = numbers(all)
    let size = expected.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    for instructions in ["avx2", "baseline"] {
      let found = numbers(try step(instructions))
      let difference = zip(found, expected).reduce(0.0) {
        $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1)
      }
      #expect(found.count == expected.count)
      #expect(difference.squareRoot() <= 1e-5 * size, "\(instructions)")
    }
  }

  @Test func planningIsATable() throws {
    let program = try Program()
    let lines = try program.run("bench", "planning", "--set", "nodes=1000").lines
    #expect(lines.count == 2)
    #expect(lines.allSatisfy { $0.count == lines[0].count })
    let ending = try program.run("bench", "planning", "--set", "nodes=2000", "--json")
    let object = try #require(try ending.objects().first)
    #expect((object["nodes"] as? Int ?? 0) >= 2000)
    #expect((object["plan_steps"] as? Int ?? 0) > 0)
  }

  /// Whoever times several programs in turns starts each of them once.
  @Test func itIsTimedForEachLineOfInput() throws {
    let program = try Program()
    let lines = program.file("lines")
    try Data("\n\n\n".utf8).write(to: URL(fileURLWithPath: lines))
    let input = try #require(FileHandle(forReadingAtPath: lines))
    let ending = try program.start(
      "bench", "multitask-small", "--seconds", "0", "--turns", "--json", reading: input
    ).end()
    #expect(ending.status == 0, "\(ending.complaints)")
    let objects = try ending.objects()
    #expect(objects.count == 3)
    // It goes on training.
    #expect(Set(objects.compactMap { $0["loss_last"] as? Double }).count == 3)
  }

  /// Sizes nothing can have, of every workload, by the name of the first knob that is told.
  @Test(arguments: [
    "0", "-1", "1e18", "9223372036854775807", "9223372036854775808", "nan", "1.5", "", " 1", "4 4",
  ])
  func impossibleSizesAreASentence(_ value: String) throws {
    let program = try Program()
    for (workload, size) in [
      ("multitask-large", "width"), ("chunked-continual", "chunk"), ("lowrank-wide", "rank"),
      ("lstm", "length"), ("maml-sine", "points"), ("fewshot-hypertransformer", "heads"),
      ("planning", "nodes"),
    ] {
      let ending = try program.run("bench", workload, "--set", "\(size)=\(value)")
      #expect(ending.status == 2, "\(workload) \(size)=\(value)")
      #expect(ending.complaints.contains("'\(size)' takes a whole number from"))
    }
  }
}
