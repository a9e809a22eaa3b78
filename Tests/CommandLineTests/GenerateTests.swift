import Foundation
import Learning
import Testing
import Training

/// `weft generate`: the file, and whether others compute with it what Weft computes.
struct GenerateTests {
  /// A safetensors file taken apart by its description, without Weft's own code.
  struct WeightFile {
    var metadata: [String: String]
    var tensors: [String: (shape: [Int], values: [Float])]

    init(_ path: String) throws {
      let data = try Data(contentsOf: URL(fileURLWithPath: path))
      let length = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
      try #require(length <= data.count - 8)
      #expect(length % 8 == 0)
      let header = try JSONSerialization.jsonObject(with: data[8..<8 + length]) as? [String: Any]
      let members = try #require(header)
      metadata = try #require(members["__metadata__"] as? [String: String])
      tensors = [:]
      var spans: [Range<Int>] = []
      for (name, value) in members where name != "__metadata__" {
        let member = try #require(value as? [String: Any])
        #expect(member["dtype"] as? String == "F32")
        let shape = try #require(member["shape"] as? [Int])
        let offsets = try #require(member["data_offsets"] as? [Int])
        #expect(offsets[1] - offsets[0] == 4 * shape.reduce(1, *))
        spans.append(offsets[0]..<offsets[1])
        let bytes = data[(8 + length + offsets[0])..<(8 + length + offsets[1])]
        let values = stride(from: bytes.startIndex, to: bytes.endIndex, by: 4).map { start in
          Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << (8 * $1) })
        }
        tensors[name] = (shape, values)
      }
      // No gaps, no overlap, nothing after the last.
      spans.sort { $0.lowerBound < $1.lowerBound }
      #expect(spans.first?.lowerBound == 0)
      for (a, b) in zip(spans, spans.dropFirst()) { #expect(a.upperBound == b.lowerBound) }
      #expect(spans.last?.upperBound == data.count - 8 - length)
    }
  }

  @Test func theFileHasTheTargetNetworksTensors() throws {
    let program = try Program()
    try program.run("train", "sine-family", "--steps", "20", "--save", "s.json")
    let ending = try program.run("generate", "s.json", "--task", "s2", "--output", "w.safetensors")
    #expect(ending.status == 0)
    #expect(ending.output == "" && ending.complaints == "")
    let file = try WeightFile(program.file("w.safetensors"))
    #expect(
      file.tensors.mapValues(\.shape) == [
        "W1": [1, 40], "b1": [40], "W2": [40, 40], "b2": [40], "W3": [40, 1], "b3": [1],
      ])
    #expect(file.metadata["experiment"] == "sine-family")
    #expect(file.metadata["step"] == "20")
  }

  @Test func aContextIsTheSameHoweverItIsSaid() throws {
    let program = try Program()
    try program.run("train", "sine-family", "--steps", "20", "--save", "s.json")
    let shown = try #require(try program.run("show", "s.json", "--json").objects().first)
    let tasks = try #require(shown["tasks"] as? [[String: Any]])
    let context = try #require(tasks[1]["context"] as? [Double])
    let numbers = context.map { "\(Float($0))" }.joined(separator: ",")
    for (name, options) in [
      ("name", ["--task", "s2"]), ("number", ["--task", "2"]), ("numbers", ["--context", numbers]),
      ("place", ["--between", "s2", "s5", "0"]), ("end", ["--between", "s5", "s2", "1"]),
    ] {
      let ending = try program.start(
        ["generate", "s.json", "--output", "\(name).safetensors"] + options
      ).end()
      #expect(ending.status == 0, "\(ending.complaints)")
    }
    let byName = try WeightFile(program.file("name.safetensors")).tensors.mapValues(\.values)
    for name in ["number", "numbers", "place"] {
      #expect(
        try WeightFile(program.file("\(name).safetensors")).tensors.mapValues(\.values) == byName)
    }
    // z_a + 1 (z_b − z_a) rounds.
    let end = try WeightFile(program.file("end.safetensors")).tensors.mapValues(\.values)
    for (name, values) in byName {
      for (a, b) in zip(values, try #require(end[name])) { #expect(abs(a - b) < 1e-5) }
    }
  }

  @Test func whatCannotBeMeantIsASentence() throws {
    let program = try Program()
    try program.run("train", "three-polynomials", "--steps", "10", "--save", "s.json")
    for (options, status, word) in [
      (["--task", "lineer"], 2, "linear"), (["--context", "1,2,3"], 2, "2 numbers"),
      (["--between", "linear", "cubic", "x"], 2, "'x'"),
    ] as [([String], Int32, String)] {
      let ending = try program.start(["generate", "s.json", "--output", "w"] + options).end()
      #expect(ending.status == status)
      #expect(ending.complaints.contains(word), "\(ending.complaints)")
    }
    let folder = try program.run(
      "generate", "s.json", "--task", "linear", "--output", program.folder.path)
    #expect(folder.status == 2)
    let device = try program.run("generate", "s.json", "--task", "linear", "--output", "/dev/null")
    #expect(device.status == 2)
    let nowhere = try program.run(
      "generate", "s.json", "--task", "linear", "--output", "s.json/w.safetensors")
    #expect(nowhere.status == 2)
  }

  // MARK: Next to NumPy

  @Test(
    .enabled(if: Python.hasSafetensors, "python3 with numpy and safetensors is not installed"),
    arguments: [("sine-family", "s14"), ("sine-family", "h3"), ("three-polynomials", "linear")])
  func numPyComputesTheSameCurve(_ experiment: String, _ task: String) throws {
    let (inputs, outputs, behaviour) = try Python.behaviour(of: experiment, task: task)
    guard case .curve(let curve) = behaviour else {
      Issue.record("\(experiment) shows no curve")
      return
    }
    #expect(inputs == curve.x.map { [$0] })
    #expect(outputs.count == curve.prediction.count)
    for (theirs, ours) in zip(outputs, curve.prediction) {
      #expect(abs(theirs[0] - ours) < 1e-5, "\(theirs[0]) and \(ours)")
    }
  }

  @Test(.enabled(if: Python.hasSafetensors, "python3 with numpy and safetensors is not installed"))
  func numPyComputesTheSameProbabilities() throws {
    let (_, outputs, behaviour) = try Python.behaviour(of: "digit-views", task: nil)
    guard case .images(let images) = behaviour else {
      Issue.record("digit-views shows no images")
      return
    }
    #expect(!images.examples.isEmpty)
    for (scores, example) in zip(outputs, images.examples) {
      let exponentials = scores.map { exp($0 - (scores.max() ?? 0)) }
      let sum = exponentials.reduce(0, +)
      for (theirs, ours) in zip(exponentials, example.probabilities) {
        #expect(abs(theirs / sum - ours) < 1e-5)
      }
    }
  }
}

extension GenerateTests {
  /// Beside the weights: what the workbench shows, input for input.
  @Test func predictionsAreThoseTheWorkbenchShows() throws {
    let (inputs, behaviour, program) = try Python.trained("three-polynomials", task: "quadratic")
    let ending = try program.run(
      "generate", "s.json", "--task", "quadratic", "--output", "w.safetensors", "--predictions",
      "p.csv")
    #expect(ending.status == 0)
    guard case .curve(let curve) = behaviour else {
      Issue.record("three-polynomials shows no curve")
      return
    }
    let text = try String(contentsOfFile: program.file("p.csv"), encoding: .utf8)
    let lines = text.split(separator: "\n")
    #expect(lines.first == "x1,y1")
    #expect(lines.count == inputs.count + 1)
    for (line, (x, y)) in zip(lines.dropFirst(), zip(inputs, curve.prediction)) {
      #expect(line == "\(x[0]),\(y)")
    }
  }

  @Test func aSessionIsNeverOverwrittenByWeights() throws {
    let program = try Program()
    try program.run("train", "three-polynomials", "--steps", "10", "--save", "s.json")
    let before = try program.session("s.json")
    for output in ["s.json", "nowhere/w.safetensors", "/dev/stdout", ""] {
      let ending = try program.run("generate", "s.json", "--task", "1", "--output", output)
      #expect(ending.status == 2, "\(output)")
      #expect(ending.complaints.contains("weft: "))
    }
    #expect(try program.session("s.json") == before)
  }
}

/// A Python beside Weft.
enum Python {
  static let hasSafetensors = has("numpy, safetensors")
  static let hasTorch = has("numpy, torch")

  private static func has(_ modules: String) -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", "import \(modules)"]
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }

  /// Trains a little, generates the weights of a task (nil: its first) and runs `forward.py` on
  /// them; returns the inputs, NumPy's outputs, and what Weft says about the same context.
  static func behaviour(
    of experiment: String, task: String?
  ) throws -> (inputs: [[Float]], outputs: [[Float]], behaviour: Behaviour) {
    let (inputs, behaviour, program) = try trained(experiment, task: task)
    let process = Process()
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("forward.py").path
    let inputPath = program.file("inputs.json")
    try JSONEncoder().encode(inputs).write(to: URL(fileURLWithPath: inputPath))
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", script, program.file("w.safetensors")]
    process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: inputPath))
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let outputs = try JSONDecoder().decode([[Float]].self, from: data)
    return (inputs, outputs, behaviour)
  }

  /// A run that was trained a little (`s.json`) and the weights of one of its tasks
  /// (`w.safetensors`), with what is shown of it: the inputs and what Weft makes of them.
  static func trained(
    _ experiment: String, task: String?
  ) throws -> (inputs: [[Float]], behaviour: Behaviour, program: Program) {
    let program = try Program()
    try program.run("train", experiment, "--steps", "60", "--save", "s.json")
    let trained = try SessionFile.open(program.file("s.json"), threads: 1)
    let name = task ?? trained.description.tasks[0].name
    let ending = try program.run("generate", "s.json", "--task", name, "--output", "w.safetensors")
    try #require(ending.status == 0, "\(ending.complaints)")
    let reference = trained.description.tasks.firstIndex { $0.name == name }
    let context = try trained.context(.task(name))
    let model = try #require(
      try trained.experiment.model(trained.knobs) as? HypernetworkModel)
    let trainer = Trainer(
      trained, saving: Saving(path: nil, autosavePath: nil), onSnapshot: {})
    let prober = Prober {}
    prober.ask(
      .init(context: context, reference: reference, snapshot: try #require(trainer.latest)))
    prober.finish()
    let answer = try #require(prober.latest)

    let width = model.family.inputCount
    var x = [Float](repeating: 0, count: model.family.pictureCount * width)
    x.withUnsafeMutableBufferPointer { model.family.fillPicture(reference: reference, x: $0) }
    let inputs = stride(from: 0, to: x.count, by: width).map { Array(x[$0..<$0 + width]) }
    return (inputs, answer.behaviour, program)
  }
}
