import Foundation
import Glibc
import Testing

/// Training without a screen: what it reports, saves, and resumes.
struct TrainTests {
  @Test func reportsAsJSON() throws {
    let program = try Program()
    let ending = try program.run(
      "train", "sine-family", "--steps", "120", "--seed", "7", "--json", "--save", "s.json")
    #expect(ending.status == 0)
    #expect(ending.complaints == "")
    let events = try ending.objects()
    let steps = events.filter { $0["event"] as? String == "step" }
    #expect(steps.map { $0["step"] as? Int } == [50, 100])
    for step in steps {
      #expect(Set(step.keys) == ["event", "step", "train_loss", "validation_loss", "seconds"])
      #expect((step["validation_loss"] as? Double ?? .nan) > 0)
    }
    let done = try #require(events.last)
    #expect(done["event"] as? String == "done")
    #expect(done["experiment"] as? String == "sine-family")
    #expect(done["seed"] as? Int == 7)
    #expect(done["step"] as? Int == 120)
    #expect((done["seconds"] as? Double ?? 0) > (steps.last?["seconds"] as? Double ?? .infinity))
    #expect((done["train_loss"] as? Double ?? .nan) > 0)
    let metrics = try #require(done["metrics"] as? [String: Double])
    for name in ["training_mse", "shuffled_mse", "held_out_fitted_mse"] {
      #expect((metrics[name] ?? .nan).isFinite)
    }
  }

  @Test func reportsToPeopleOnTwoStreams() throws {
    let ending = try Program().run("train", "three-polynomials", "--steps", "60")
    #expect(ending.status == 0)
    #expect(ending.output.contains("step"))
    #expect(ending.output.contains("training_mse"))
    // Not a terminal: no bar, no escape sequences.
    #expect(!ending.complaints.contains("\u{1B}"))
    #expect(!ending.complaints.contains("\r"))
  }

  @Test(arguments: ["three-polynomials", "sine-family"])
  func resumesBitForBit(_ experiment: String) throws {
    let program = try Program()
    let options = ["train", "--seed", "3", "--json"]
    _ = try program.start(options + [experiment, "--steps", "300", "--save", "whole.json"]).end()
    _ = try program.start(options + [experiment, "--steps", "100", "--save", "part.json"]).end()
    let resumed = try program.run(
      "train", "part.json", "--steps", "300", "--save", "part.json", "--threads", "1")
    #expect(resumed.status == 0)
    let (whole, part) = (try program.session("whole.json"), try program.session("part.json"))
    #expect(part["step"] as? Int == 300)
    for member in ["variables", "history", "tasks", "step", "seed", "train_loss"] {
      #expect(
        (part[member] as? NSObject) == (whole[member] as? NSObject), "\(member) differs")
    }
  }

  @Test func aSessionIsNotTrainedBackwards() throws {
    let program = try Program()
    try program.run("train", "three-polynomials", "--steps", "20", "--save", "s.json")
    let before = try program.run("train", "s.json", "--steps", "10")
    #expect(before.status == 2)
    #expect(before.complaints.contains("step 20"))
    let still = try program.run("train", "s.json", "--steps", "20", "--json")
    #expect(still.status == 0)
    #expect(try still.objects().last?["step"] as? Int == 20)
  }

  @Test func whatWouldLoseTheTrainingIsRefused() throws {
    let program = try Program()
    try program.run("train", "three-polynomials", "--steps", "20", "--save", "s.json")
    let seed = try program.run("train", "s.json", "--seed", "9")
    #expect(seed.status == 2)
    #expect(seed.complaints.contains("seed"))
    let knob = try program.run("train", "s.json", "--set", "contexts=3")
    #expect(knob.status == 2)
    #expect(knob.complaints.contains("contexts"))
    let live = try program.run(
      "train", "s.json", "--set", "beta=0.5", "--steps", "40", "--save", "t.json")
    #expect(live.status == 0)
    let knobs = try program.session("t.json")["knobs"] as? [String: Any]
    #expect(knobs?["beta"] as? Double == 0.5)
  }

  @Test func anotherSessionIsKeptAside() throws {
    let program = try Program()
    for seed in ["1", "2"] {
      let ending = try program.run(
        "train", "three-polynomials", "--steps", "10", "--seed", seed, "--save", "s.json")
      #expect(ending.status == 0)
    }
    #expect(try program.session("s.json")["seed"] as? Int == 2)
    #expect(try program.session("s.json~")["seed"] as? Int == 1)
  }

  @Test func whatIsNoSessionIsNotOverwritten() throws {
    let program = try Program()
    let text = "precious\n"
    try text.write(toFile: program.file("notes.txt"), atomically: true, encoding: .utf8)
    let ending = try program.run(
      "train", "three-polynomials", "--steps", "10", "--save", "notes.txt")
    #expect(ending.status == 2)
    #expect(ending.complaints.contains("notes.txt"))
    #expect(try String(contentsOfFile: program.file("notes.txt"), encoding: .utf8) == text)
  }

  @Test func aPlaceThatCannotBeWrittenIsToldAtOnce() throws {
    let program = try Program()
    try "".write(toFile: program.file("file"), atomically: true, encoding: .utf8)
    let ending = try program.run(
      "train", "three-polynomials", "--steps", "1000000000", "--save", "file/s.json")
    #expect(ending.status == 2)
    #expect(ending.complaints.contains("file"))
    #expect(ending.complaints.split(separator: "\n").count == 1)
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func aSignalSavesAndEnds(_ signal: Int32) throws {
    let program = try Program()
    let running = try program.start(
      "train", "three-polynomials", "--steps", "1000000000", "--save", "s.json", "--json")
    try running.wait(for: "a step") { running.output.contains("\"step\"") }
    running.signal(signal)
    let ending = running.end()
    #expect(ending.status == 128 + signal)
    #expect(ending.complaints.contains("weft train s.json"))
    let last = try #require(try ending.objects().last)
    #expect(last["event"] as? String == "interrupted")
    #expect(last["signal"] as? Int == Int(signal))
    let step = try #require(last["step"] as? Int)
    #expect(try program.session("s.json")["step"] as? Int == step)
    #expect(step > 0)
  }

  @Test func withoutAFileASignalSavesAmongOnesOwn() throws {
    let program = try Program()
    let running = try program.start(
      "train", "three-polynomials", "--steps", "1000000000", "--json")
    try running.wait(for: "a step") { running.output.contains("\"step\"") }
    running.signal(SIGTERM)
    let ending = running.end()
    #expect(ending.status == 143)
    let names = try FileManager.default.contentsOfDirectory(atPath: program.file("own"))
    #expect(names.filter { $0.hasSuffix("-three-polynomials.json") }.count == 1)
  }

  @Test func divergenceIsToldAndTheLastGoodStateSaved() throws {
    let program = try Program()
    let first = try program.run(
      "train", "sine-family", "--steps", "100", "--save", "s.json", "--seed", "1")
    #expect(first.status == 0)
    let ending = try program.run(
      "train", "s.json", "--steps", "5000", "--save", "s.json", "--json",
      "--set", "rate=1", "--set", "clip=0")
    // At so large a rate the loss either leaves the numbers or grows out of all proportion.
    #expect(ending.status == 1)
    let last = try #require(try ending.objects().last)
    #expect(last["event"] as? String == "failed")
    let step = try #require(last["step"] as? Int)
    let tensor = try #require(last["tensor"] as? String)
    #expect(step >= 100)
    #expect(ending.complaints.contains("step \(step)"))
    #expect(ending.complaints.contains(tensor))
    let session = try program.session("s.json")
    #expect(session["step"] as? Int == last["last_good_step"] as? Int)
    #expect(try program.run("show", "s.json").status == 0)
  }

  @Test func aReaderThatGoesAwayDoesNotLoseTheTraining() throws {
    let program = try Program()
    let pipe = Pipe()
    let running = try program.start(
      ["train", "three-polynomials", "--steps", "1000000000", "--json", "--save", "s.json"],
      to: pipe.fileHandleForWriting)
    try pipe.fileHandleForWriting.close()
    _ = pipe.fileHandleForReading.availableData
    try pipe.fileHandleForReading.close()
    #expect(running.end().status == 141)
    #expect((try program.session("s.json")["step"] as? Int ?? 0) > 0)
  }

  /// Training ends at the first evaluation at which the loss is small enough.
  @Test func untilALoss() throws {
    let program = try Program()
    let whole = try program.run(
      "train", "sine-family", "--seed", "1", "--steps", "600", "--json", "--set",
      "hyper-widths=32-8")
    let steps = try whole.objects().filter { $0["event"] as? String == "step" }
    let losses = steps.compactMap { $0["train_loss"] as? Double }
    let limit = try #require(losses.dropFirst(4).min())
    let first = try #require(losses.firstIndex { $0 <= limit })
    let expected = try #require(steps[first]["step"] as? Int)
    let ending = try program.run(
      "train", "sine-family", "--seed", "1", "--steps", "600", "--json", "--set",
      "hyper-widths=32-8",
      "--until", "\(limit)")
    let done = try #require(try ending.objects().last)
    #expect(ending.status == 0 && done["step"] as? Int == expected)
    #expect((done["until"] as? [String: Any])?["step"] as? Int == expected)
    let text = try program.run(
      "train", "sine-family", "--seed", "1", "--steps", "100", "--until", "0")
    #expect(text.output.contains("until 0.0") && text.output.contains("not reached"))
    #expect(try program.run("train", "sine-family", "--until", "nan").status == 2)
  }
}

/// Meshes of a person's own, and what is wrong with them.
struct MeshDataTests {
  private static let tetrahedron =
    "OFF\n4 4 6\n0 0 0\n1 0 0\n0 1 0\n0 0 1\n3 0 2 1\n3 0 1 3\n3 0 3 2\n3 1 2 3\n"

  @Test func aMeshOfOnesOwnIsLearned() throws {
    let program = try Program()
    try Self.tetrahedron.write(
      toFile: program.file("corner.off"), atomically: true, encoding: .utf8)
    let ending = try program.run(
      "train", "shapes", "--data", "corner.off", "--steps", "20", "--set", "target-widths=16",
      "--json", "--save", "s.json")
    #expect(ending.status == 0)
    let metrics = try #require(
      try ending.objects().last?["metrics"] as? [String: Any])
    #expect(metrics["corner_iou_64"] is Double)
    let object = try #require(try program.run("show", "s.json", "--json").objects().first)
    let tasks = try #require(object["tasks"] as? [[String: Any]])
    #expect(tasks.map { $0["name"] as? String } == ["corner"])
    let more = try program.run("train", "s.json", "--steps", "30", "--json")
    #expect(more.status == 0)
  }

  @Test func brokenMeshesAreNoCrash() throws {
    let program = try Program()
    let whole = Self.tetrahedron
    for (name, text, words) in [
      ("open.off", whole.replacingOccurrences(of: "4 4 6", with: "4 3 6").dropLast(8), "open"),
      ("nan.off", whole.replacingOccurrences(of: "1 0 0", with: "nan 0 0")[...], "finite"),
      ("many.off", "OFF\n8 10000000 0\n", "10000000 faces"), ("empty.off", "", "empty"),
      ("count.off", whole.replacingOccurrences(of: "4 4 6", with: "5 4 6")[...], "ends after"),
      ("cut.off", whole.prefix(40), "cut short"),
      ("twice.obj", "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\nf 1 2 3\nf 1 2 3\n", "no manifold"),
    ] as [(String, Substring, String)] {
      try String(text).write(toFile: program.file(name), atomically: true, encoding: .utf8)
      let ending = try program.run("train", "shapes", "--data", name, "--steps", "1")
      #expect(ending.status == 65, "\(name)")
      #expect(ending.complaints.split(separator: "\n").count == 1)
      #expect(ending.complaints.contains(name) && ending.complaints.contains(words), "\(name)")
    }
    let missing = try program.run("train", "shapes", "--data", "none.off", "--steps", "1")
    #expect(missing.status == 65)
  }
}
