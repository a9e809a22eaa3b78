import Dispatch
import Foundation
import Learning
import Synchronization
import Terminal
import Testing
import Training
import Workbench

/// The workbench with a real trainer and probe behind it.
struct WorkbenchTests {
  /// A workbench that is woken by polling, as a loop on a terminal would wake it.
  private final class Stage {
    let workbench: Workbench
    let wakes: Wakes
    var now = 0.0

    /// How often other threads had news.
    final class Wakes: Sendable {
      private let count = Mutex(0)
      func add() { count.withLock { $0 += 1 } }
      func take() -> Bool {
        count.withLock { count in
          defer { count = 0 }
          return count > 0
        }
      }
    }

    init(
      _ experiment: any Experiment = ThreePolynomials(),
      saving: Saving = Saving(path: nil, autosavePath: nil)
    ) throws {
      let wakes = Wakes()
      self.wakes = wakes
      workbench = Workbench(
        run: try Run(experiment, seed: 5), saving: saving, theme: .loom, size: Size(120, 36),
        capabilities: Capabilities(colors: .palette256, unicode: true), wake: { wakes.add() })
      workbench.handle(.resize(Size(120, 36)), now: 0)
    }

    func press(_ names: String...) {
      for name in names {
        workbench.handle(.key(Key(name: name) ?? Key(.escape)), now: now)
      }
    }

    func type(_ text: String) {
      for scalar in text.unicodeScalars { workbench.handle(.key(.character(scalar)), now: now) }
    }

    /// Draws, as the loop does when a frame is wanted.
    func draw() {
      let buffer = CellBuffer(Size(120, 36))
      workbench.render(
        on: buffer.canvas, capabilities: Capabilities(colors: .palette256, unicode: true), now: now)
    }

    /// Passes news on until something holds; false after ten seconds.
    func until(_ condition: () -> Bool) -> Bool {
      let end = DispatchTime.now().uptimeNanoseconds + 10_000_000_000
      while DispatchTime.now().uptimeNanoseconds < end {
        if wakes.take() { workbench.handle(.wake, now: now) }
        if condition() { return true }
        now += 0.002
        if let due = workbench.wakeAt, due <= now { workbench.handle(.time, now: now) }
        usleep(2000)
      }
      return false
    }
  }

  @Test func theFirstPictureIsWantedAtOnceAndTheProbeAnswers() throws {
    let stage = try Stage()
    #expect(stage.workbench.needsFrame)
    #expect(stage.until { stage.workbench.model.probe != nil })
  }

  @Test func pausedAndIdleNothingIsWanted() throws {
    let stage = try Stage()
    #expect(
      stage.until {
        stage.workbench.model.probe != nil && stage.workbench.model.examination != nil
      })
    stage.now += 60
    stage.workbench.handle(.time, now: stage.now)
    stage.draw()
    #expect(!stage.workbench.needsFrame)
    #expect(stage.workbench.wakeAt == nil)
    // A wake without news, or a time that nobody asked for, changes nothing.
    stage.workbench.handle(.wake, now: stage.now)
    stage.workbench.handle(.time, now: stage.now)
    #expect(!stage.workbench.needsFrame)
    #expect(stage.workbench.wakeAt == nil)
  }

  @Test func aKeyIsDrawnAtOnceNewsThirtyTimesASecond() throws {
    let stage = try Stage()
    #expect(stage.until { stage.workbench.model.probe != nil })
    stage.draw()
    stage.press("l")
    #expect(stage.workbench.needsFrame)
    stage.draw()
    // The answer to a key is drawn at once as well.
    let moved = stage.workbench.model.context
    #expect(stage.until { stage.workbench.model.probe?.context == moved })
    #expect(stage.workbench.needsFrame)
    stage.draw()
    let drawn = stage.now
    stage.workbench.handle(.key(.character(" ")), now: stage.now)
    stage.draw()
    let step = stage.workbench.model.snapshot.step
    for _ in 0..<10_000 where stage.workbench.model.snapshot.step == step {
      if stage.wakes.take() { stage.workbench.handle(.wake, now: drawn) }
      usleep(1000)
    }
    #expect(!stage.workbench.needsFrame)
    let due = try #require(stage.workbench.wakeAt)
    #expect(due <= drawn + 1.0 / 30 + 1e-9)
    stage.workbench.handle(.time, now: drawn + 1.0 / 30 + 1e-6)
    #expect(stage.workbench.needsFrame)
    stage.press("q")
  }

  @Test func theRunIsTrainedAndTheHandFollowsIt() throws {
    let stage = try Stage()
    let first = stage.workbench.model.context
    stage.press("SPACE")
    #expect(stage.until { stage.workbench.model.snapshot.step > 200 })
    stage.press("SPACE")
    #expect(stage.until { stage.workbench.model.snapshot.state == .paused })
    #expect(stage.workbench.model.context != first)
    let step = stage.workbench.model.snapshot.step
    #expect(stage.until { stage.workbench.model.probe?.step == step })
  }

  @Test func aTypedWeightIsTheGeneratedOneAfterwards() throws {
    let stage = try Stage()
    #expect(stage.until { stage.workbench.model.probe != nil })
    stage.press("4", "l", "ENTER")
    stage.type("1.5")
    stage.press("ENTER")
    #expect(
      stage.until {
        abs((stage.workbench.model.probe?.weights[0].values[1] ?? 0) - 1.5) < 1e-5
      })
    // For every context, by the same amount.
    stage.press("n")
    let other = stage.workbench.model.context
    #expect(stage.until { stage.workbench.model.probe?.context == other })
  }

  @Test func aContextLengthIsTurnedWithoutLosingStep() throws {
    let stage = try Stage()
    stage.press("SPACE", "a", "b", ":")
    stage.type("set contexts 7")
    stage.press("ENTER")
    #expect(stage.until { stage.workbench.model.context.count == 7 })
    #expect(stage.until { stage.workbench.model.probe?.context.count == 7 })
    #expect(stage.workbench.model.anchors == Anchors())
  }

  @Test func anExperimentIsStartedAndAFaultyFileIsNot() throws {
    let stage = try Stage()
    stage.press(":")
    stage.type("open /nowhere/at-all.json")
    stage.press("ENTER")
    #expect(stage.until { stage.workbench.model.toast?.kind == .failure })
    #expect(stage.workbench.model.snapshot.description.experiment == "three-polynomials")
    stage.press(":")
    stage.type("start sine-family")
    stage.press("ENTER")
    #expect(
      stage.until { stage.workbench.model.snapshot.description.experiment == "sine-family" })
    #expect(stage.until { stage.workbench.model.probe?.context.count == 8 })
    stage.press("s")
    #expect(stage.until { stage.workbench.model.snapshot.step == 1 })
  }

  @Test(arguments: [(Int32(15), Int32(143)), (1, 129), (2, 0)])
  func endingSavesAndSaysWhy(signal: Int32, status: Int32) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "weft-end-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("run.json").path
    let stage = try Stage(saving: Saving(path: nil, autosavePath: file))
    stage.press("s", "s", "s")
    #expect(stage.workbench.exitStatus == nil)
    stage.workbench.handle(.end(signal: signal), now: 1)
    #expect(stage.workbench.exitStatus == status)
    #expect(SessionFile.summary(file).step == 3)
    #expect(SessionFile.summary(file).problem == nil)
  }

  @Test func whereSavingFailsQuittingTwiceLeaves() throws {
    let stage = try Stage(saving: Saving(path: nil, autosavePath: "/proc/nowhere/run.json"))
    stage.press("s", "q")
    #expect(stage.workbench.exitStatus == nil)
    #expect(stage.workbench.model.toast?.kind == .failure)
    // What can be done stays to be read when the run reports the failure itself.
    let words = "w names another file, q again leaves without saving"
    #expect(stage.workbench.model.toast?.text.contains(words) == true)
    #expect(stage.until { stage.workbench.model.snapshot.saved.error != nil })
    for _ in 0..<20 {
      stage.workbench.handle(.wake, now: stage.now)
      usleep(2000)
    }
    #expect(stage.workbench.model.toast?.text.contains(words) == true)
    stage.press("q")
    #expect(stage.workbench.exitStatus == 0)
    #expect(stage.workbench.problemAtEnd != nil)
  }

  @Test func writingSavesAndLeaves() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "weft-wq-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("named.json").path
    let stage = try Stage()
    stage.press("s", "s", ":")
    stage.type("wq \(file)")
    stage.press("ENTER")
    #expect(stage.workbench.exitStatus == 0)
    #expect(SessionFile.summary(file).step == 2)
  }

  @Test(arguments: ["save", "export"])
  func aMistypedFolderIsNotMade(command: String) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "weft-none-\(UUID().uuidString)")
    let stage = try Stage()
    #expect(stage.until { stage.workbench.model.probe != nil })
    stage.press(":")
    stage.type("\(command) \(folder.path)/deep/run.\(command == "save" ? "json" : "csv")")
    stage.press("ENTER")
    #expect(
      stage.until {
        stage.workbench.model.toast?.text.contains("deep: there is no such folder") == true
      })
    #expect(!FileManager.default.fileExists(atPath: folder.path))
  }

  /// An export takes no session's place.
  @Test func sessionsAreNotExportedOver() throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(
      "weft-kept-\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: file) }
    try SessionFile.write(try Run(ThreePolynomials(), seed: 5), to: file.path)
    let before = try Data(contentsOf: file)
    let stage = try Stage()
    #expect(stage.until { stage.workbench.model.probe != nil })
    stage.press(":")
    stage.type("export json \(file.path)")
    stage.press("ENTER")
    #expect(
      stage.until { stage.workbench.model.toast?.text.contains("this is a session") == true })
    #expect(try Data(contentsOf: file) == before)
  }

  @Test func anUntouchedSessionCountsAsSaved() throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(
      "weft-open-\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: file) }
    let run = try Run(ThreePolynomials(), seed: 5)
    run.advance()
    try SessionFile.write(run, to: file.path)
    let stage = try Stage()
    #expect(stage.workbench.model.savedWords == "not saved")
    stage.press(":")
    stage.type("open \(file.path)")
    stage.press("ENTER")
    #expect(stage.until { stage.workbench.model.snapshot.step == 1 })
    #expect(stage.workbench.model.savedWords == "saved")
    stage.press("s")
    #expect(stage.until { stage.workbench.model.savedWords == "saved 1 step ago" })
  }

  @Test func themesAndTheMouseAreAskedForByKeys() throws {
    let stage = try Stage()
    stage.press("t")
    #expect(stage.workbench.model.theme.name != "loom")
    stage.press("m", "y", "C-l", "C-z")
    let requests = stage.workbench.takeRequests()
    #expect(requests.first == .mouse(true))
    #expect(requests.suffix(2) == [.redraw, .suspend])
    #expect(stage.workbench.takeRequests().isEmpty)
    stage.workbench.handle(.resumed, now: 2)
    #expect(stage.workbench.takeRequests() == [.redraw, .mouse(true)])
  }

  @Test func methodsRaceBesideARunThatWaits() throws {
    let stage = try Stage(SineFamily())
    stage.press("SPACE")
    #expect(stage.until { stage.workbench.model.snapshot.state == .running })
    stage.press(":")
    stage.type("compare seeds=1 steps=72 methods=pooled,maml")
    stage.press("ENTER")
    #expect(stage.until { stage.workbench.model.comparison.race != nil })
    #expect(stage.workbench.model.focus == .compare)
    stage.draw()
    stage.press("SPACE")
    #expect(stage.until { stage.workbench.model.comparison.race?.state == .done })
    #expect(stage.workbench.model.snapshot.state == .paused)
    stage.draw()
    // Another one takes its place.
    stage.press(":")
    stage.type("compare seeds=1 steps=9 methods=heads")
    stage.press("ENTER")
    #expect(stage.until { stage.workbench.model.comparison.rows.first?.label == "heads" })
    stage.press("q")
    #expect(stage.workbench.exitStatus == 0)
  }
}
