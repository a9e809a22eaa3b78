import Foundation
import Learning
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
    let all = try program.run("bench", "planning", "--json").objects()
    let names = all.compactMap { $0["graph"] as? String }
    #expect(names.suffix(Experiments.all.count) == Experiments.all.map(\.name)[...])
    let ending = try program.run("bench", "planning", "--set", "nodes=2000", "--json")
    let object = try #require(try ending.objects().first)
    #expect((object["nodes"] as? Int ?? 0) >= 2000)
    #expect((object["plan_steps"] as? Int ?? 0) > 0)
  }

  /// Where more than one thread pays, the others allocate nothing either.
  @Test func theThreadsOfAStepAllocateNothing() throws {
    guard ProcessInfo.processInfo.activeProcessorCount > 1 else { return }
    for workload in ["multitask-medium", "chunked-continual", "lstm", "shapes"] {
      let ending = try Program().run(
        "bench", workload, "--threads", "2", "--seconds", "0", "--json")
      #expect(ending.status == 0, "\(ending.complaints)")
      let object = try #require(try ending.objects().first)
      #expect(object["threads"] as? Int == 2)
      #expect(object["threads_used"] as? Int == 2, "\(workload)")
      #expect(object["allocations_per_step"] as? Double == 0, "\(workload)")
    }
  }

  /// A process that may not have the memory is told before any of it is asked for, and before there is
  /// a table.
  @Test(arguments: [
    "bench hyperlstm --set sequences=1024 --set hidden=512",
    "bench hyperlstm --set sequences=1024 --set hidden=512 --plan",
    "bench hyperlstm --set sequences=1024 --set hidden=512 --parity f",
    "bench large-hypernet",
    "train digit-views --set conditioning=input --set examples=256 --set target-widths=256",
  ])
  func moreMemoryThanThereIsIsASentence(_ line: String) throws {
    let (status, output, said) = try limited("-v 500000", Program(), line)
    #expect(output.isEmpty)
    #expect(status == 2, "\(said)")
    #expect(said.contains("of memory, and") && said.contains("choose smaller sizes"), "\(said)")
    #expect(said.split(separator: "\n").count == 1, "\(said)")
  }

  /// What is larger than a process may write leaves nothing behind.
  @Test func aLargerFileThanAllowedIsASentence() throws {
    let program = try Program()
    let (status, _, said) = try limited("-f 4", program, "bench maml-sine --parity f")
    #expect(status == 1 && said.contains("f: cannot be written: File too large"), "\(said)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: program.folder.path).isEmpty)
  }

  /// How the program ends under a limit of the shell's `ulimit`.
  private func limited(
    _ limit: String, _ program: Program, _ line: String
  ) throws -> (status: Int32, output: String, complaints: String) {
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/bash")
    shell.arguments = ["-c", "ulimit \(limit); exec '\(Program.path)' \(line)"]
    shell.currentDirectoryURL = program.folder
    let (output, complaints) = (Pipe(), Pipe())
    shell.standardOutput = output
    shell.standardError = complaints
    try shell.run()
    func text(_ pipe: Pipe) -> String {
      String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    }
    let said = text(complaints)
    let written = text(output)
    shell.waitUntilExit()
    return (shell.terminationStatus, written, said)
  }

  @Test func aPlanTellsWhatIsUsed() throws {
    let ending = try Program().run("bench", "maml-sine", "--plan", "--seconds", "0")
    #expect(ending.status == 0, "\(ending.complaints)")
    let first = try #require(ending.lines.first)
    #expect(first.contains("1 thread; planned in") && first.contains("parameters drawn in"))
  }

  @Test func sizesAreListed() throws {
    let program = try Program()
    let shown = try program.run("show", "maml-sine")
    #expect(shown.status == 0)
    for size in ["tasks", "points", "width"] { #expect(shown.output.contains("  \(size)")) }
    let object = try #require(try program.run("show", "maml-sine", "--json").objects().first)
    #expect((object["sizes"] as? [Any])?.count == 3)
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
