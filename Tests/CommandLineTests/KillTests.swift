import Foundation
import Glibc
import Learning
import Testing

/// Training killed without a chance to say goodbye, in the middle of saving: the session is never
/// lost, and in the end it is the one of a run that was left alone. `make kills` does it 200 times.
struct KillTests {
  @Test func noSessionIsLost() throws {
    let kills = Int(ProcessInfo.processInfo.environment["WEFT_KILLS"] ?? "") ?? 12
    let program = try Program()
    let begin = ["train", "three-polynomials", "--seed", "5", "--save", "s.json"]
    var step = 0
    // Where in a save the kill falls is a matter of microseconds: random, but the same every time.
    let random = RandomKey(seed: 1, stream: .batch, step: 0)
    for kill in 0..<kills {
      // Saves as often as it can, so that most kills fall into one.
      let subject = step == 0 ? begin : ["train", "s.json", "--save", "s.json"]
      let running = try program.start(
        subject + ["--steps", "1000000000", "--save-every", "0", "--json"])
      let reached = step
      try running.wait(for: "a step beyond \(reached)") {
        ((try? program.session("s.json"))?["step"] as? Int ?? 0) > reached
      }
      usleep(UInt32(random.integer(below: 30_000, index: kill)))
      running.signal(SIGKILL)
      #expect(running.end().status == 128 + SIGKILL)

      let shown = try program.run("show", "s.json", "--json")
      try #require(shown.status == 0, "after kill \(kill): \(shown.complaints)")
      let now = try #require(try shown.objects().first?["step"] as? Int)
      #expect(now > reached)
      step = now
    }
    let total = "\(step + 50)"
    #expect(try program.run("train", "s.json", "--save", "s.json", "--steps", total).status == 0)
    let whole = try program.run(
      "train", "three-polynomials", "--seed", "5", "--save", "whole.json", "--steps", total)
    #expect(whole.status == 0)
    let (killed, alone) = (try program.session("s.json"), try program.session("whole.json"))
    for member in ["variables", "history", "step"] {
      #expect(
        (killed[member] as? NSObject) == (alone[member] as? NSObject), "\(member) differs")
    }
    // A save that was cut off leaves at most one hidden file, which the next one took over.
    let left = try FileManager.default.contentsOfDirectory(atPath: program.folder.path)
    #expect(left.filter { $0.hasPrefix(".") } == [])
  }
}
