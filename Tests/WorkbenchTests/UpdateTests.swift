import Learning
import Terminal
import Testing
import Training
import Workbench

struct UpdateTests {
  // MARK: Context

  @Test func scrubbingMovesOneComponent() {
    var model = SampleRun().model()
    #expect(model.context == [1, -0.5])
    model.press("l")
    #expect(model.context == [1.05, -0.5])
    model.press("j", "H")
    #expect(model.context == [1.05, -1])
    #expect(model.followed == nil)
    model.press("0")
    #expect(model.context == [1.05, 0])
  }

  @Test func aValueIsTyped() {
    var model = SampleRun().model()
    model.press("ENTER")
    model.type("0.25")
    model.press("ENTER")
    #expect(model.context == [0.25, -0.5])
    #expect(model.overlay == nil)
  }

  @Test(arguments: ["x", "nan", "inf", "1e30", ""])
  func whatIsNoNumberStaysInThePrompt(text: String) throws {
    var model = SampleRun().model()
    model.press("ENTER", "C-u")
    model.type(text)
    model.press("ENTER")
    guard case .prompt(let prompt) = model.overlay else {
      Issue.record("the prompt is gone")
      return
    }
    #expect(prompt.problem != nil)
    #expect(model.context == [1, -0.5])
    model.press("ESC")
    #expect(model.overlay == nil)
  }

  @Test func digitsGoToPanesExceptInPrompts() {
    var model = SampleRun().model()
    model.press("3")
    #expect(model.focus == .loss)
    #expect(model.front == .loss)
    model.press("7", "ENTER", "3")
    #expect(model.focus == .context)
  }

  @Test func anchorsSpanAWay() {
    var model = SampleRun().model()
    model.press("]")
    #expect(model.toast?.kind == .warning)
    model.press("a")
    model.say("task s2")
    model.press("b")
    #expect(model.anchors.t == 1)
    #expect(model.context == [2, -1])
    for _ in 0..<10 { model.press("[") }
    #expect(model.anchors.t == 0.5)
    #expect(model.context == [1.5, -0.75])
    for _ in 0..<30 { model.press("[") }
    #expect(model.context == [1, -0.5])
  }

  @Test func playingGoesThereAndBack() throws {
    var model = SampleRun().model()
    model.press("a")
    model.say("task s2")
    model.press("b", at: 10)
    for _ in 0..<20 { model.press("[") }
    #expect(model.changesAt == model.toast?.until)
    model.press("p", at: 20)
    let next = try #require(model.changesAt)
    #expect(next > 20 && next < 20.04)
    _ = model.update(.time, now: 22)
    #expect(model.anchors.t == 0.5)
    #expect(model.context == [1.5, -0.75])
    _ = model.update(.time, now: 26)
    #expect(model.anchors.t == 0.5)
    _ = model.update(.time, now: 27)
    #expect(model.anchors.t == 0.25)
    model.press("p", at: 27)
    #expect(model.anchors.playing == nil)
    _ = model.update(.time, now: 40)
    #expect(model.changesAt == nil)
    #expect(model.context == [1.25, -0.625])
    // All of the ride is one change.
    model.press("u", at: 41)
    #expect(model.context == [1, -0.5])
  }

  @Test func snappingFindsTheNearestTask() {
    var model = SampleRun().model()
    model.say("task s1")
    for _ in 0..<16 { model.press("l") }
    #expect(model.reference == 1)
    model.press(".")
    #expect(model.context == [2, -1])
    #expect(model.followed == 1)
  }

  @Test func theHandStaysOnATaskThatIsLearned() {
    var run = SampleRun()
    var model = run.model()
    run.revision = 2
    run.shift = 0.125
    _ = model.update(.snapshot(run.snapshot), now: 1)
    #expect(model.context == [1.125, -0.375])
    model.press("l")
    run.revision = 3
    run.shift = 0.5
    let moved = model.context
    _ = model.update(.snapshot(run.snapshot), now: 2)
    #expect(model.context == moved)
  }

  @Test(arguments: ["ENTER", "."])
  func aHeldOutTaskIsFittedAndFollowed(key: String) {
    var run = SampleRun()
    var model = run.model(focus: .tasks)
    model.press("J")
    #expect(model.tasks.cursor == 3)
    let requests = model.press(key)
    guard case .fit(3)? = requests.commands.first else {
      Issue.record("no fit was asked for: \(requests)")
      return
    }
    #expect(model.reference == 3)
    #expect(model.context == [1, -0.5])
    run.revision = 2
    run.fitted = [0.3, 0.4]
    _ = model.update(.snapshot(run.snapshot), now: 1)
    #expect(model.context == [0.3, 0.4])
  }

  @Test func movingOnTheMapFollowsItsAxes() {
    var model = SampleRun().model(focus: .space)
    // The tasks lie on a line along (1, −½): its ends are √5 apart, a fortieth of it is a step.
    model.press("l")
    #expect(abs(model.context[0] - 1.05) < 1e-5)
    #expect(abs(model.context[1] + 0.525) < 1e-5)
    model.press("h")
    #expect(abs(model.context[0] - 1) < 1e-5)
  }

  // MARK: Knobs

  @Test func nudgesOfAKnobAddUpBeforeTheRunFollows() throws {
    var run = SampleRun()
    var model = run.model(focus: .knobs)
    model.press("l", "l")
    let command = try #require(model.press("l").commands.first)
    guard case .set("rate", .real(0.1)) = command else {
      Issue.record("\(command)")
      return
    }
    // The run has come as far as the first nudge.
    run.revision = 2
    run.knobValues = ["rate": .real(0.02)]
    _ = model.update(.snapshot(run.snapshot), now: 0.1)
    guard case .set("rate", .real(0.2))? = model.press("l").commands.first else {
      Issue.record("the nudge started from what the run had, not from what was asked")
      return
    }
  }

  @Test func aKnobIsTyped() {
    var model = SampleRun().model(focus: .knobs)
    model.press("j", "j", "ENTER")
    model.type("rmsprop")
    #expect(model.press("ENTER").isEmpty)
    guard case .prompt(let prompt) = model.overlay else {
      Issue.record("the prompt is gone")
      return
    }
    #expect(prompt.problem?.contains("adam, sgd") == true)
    model.press("C-u")
    model.type("sgd")
    guard case .set("optimizer", .choice("sgd"))? = model.press("ENTER").commands.first else {
      Issue.record("the knob was not turned")
      return
    }
  }

  @Test func noticesOfTheRunAreToldOnce() {
    var run = SampleRun()
    var model = run.model()
    run.revision = 2
    run.notice = .init(number: 1, text: "learning rate 0.02, live")
    _ = model.update(.snapshot(run.snapshot), now: 1)
    #expect(model.toast?.text == "learning rate 0.02, live")
    _ = model.update(.time, now: 100)
    #expect(model.toast == nil)
    run.revision = 3
    _ = model.update(.snapshot(run.snapshot), now: 101)
    #expect(model.toast == nil)
  }

  @Test func aRebuildDropsWhatFittedTheOldNetworks() {
    var run = SampleRun()
    var model = run.model()
    model.press("a", "l", "b", "c", "d", "j", "j")
    #expect(model.pin != nil)
    run.revision = 2
    run.contextCount = 5
    run.step = 0
    run.knobValues = ["contexts": .integer(5)]
    run.notice = .init(number: 1, text: "context length 5: networks built anew")
    _ = model.update(.snapshot(run.snapshot), now: 1)
    #expect(model.context == run.context(of: 0))
    #expect(model.anchors == Anchors())
    #expect(model.pin == nil)
    #expect(model.probe == nil)
    #expect(!model.weights.showsDifference)
    #expect(model.toast?.text.contains("the anchors and the pin") == true)
    model.press("u")
    #expect(model.context.count == 5)
  }

  // MARK: Weights

  @Test func aTypedWeightShiftsTheHeadsBias() throws {
    var model = SampleRun().model(focus: .weights)
    model.press("l", "ENTER")
    model.type("0.7")
    let command = try #require(model.press("ENTER").commands.first)
    guard case .write("head.W1.bias", 1, let value) = command else {
      Issue.record("\(command)")
      return
    }
    // The weight was 0 and the bias 0.5.
    #expect(abs(value - 1.2) < 1e-6)
    let explanation = model.toast?.text
    #expect(explanation?.contains("every context") == true)
    // The run's own word on it says less, and does not take its place.
    var run = SampleRun()
    run.revision = 2
    run.notice = .init(number: 1, text: "head.W1.bias[1] is now 1.2")
    _ = model.update(.snapshot(run.snapshot), now: 0.1)
    #expect(model.toast?.text == explanation)
  }

  @Test func pinAndDifference() {
    var model = SampleRun().model(focus: .weights)
    model.press("d")
    #expect(!model.weights.showsDifference)
    model.press("c", "d")
    #expect(model.weights.showsDifference)
    model.press("c")
    #expect(model.pin == nil)
    #expect(!model.weights.showsDifference)
  }

  @Test func layersGoRoundAndCursorsStayInside() {
    var model = SampleRun().model(focus: .weights)
    model.press("L", "J")
    #expect(model.weights.column == 2)
    #expect(model.weights.row == 0)
    model.press("[")
    #expect(model.weights.tensor == 3)
    #expect(model.weights.column == 0)
  }

  // MARK: Loss

  @Test func theCrosshairReadsStepsAndFindsTheNewest() {
    var model = SampleRun().model(focus: .loss)
    model.press("h")
    #expect(model.loss.crosshair == 99)
    model.press("H")
    #expect(model.loss.crosshair == 89)
    model.press("L", "L")
    #expect(model.loss.crosshair == nil)
    model.press("ENTER")
    model.type("40")
    model.press("ENTER")
    #expect(model.loss.crosshair == 40)
    model.press("ESC")
    #expect(model.loss.crosshair == nil)
  }

  @Test func zoomKeepsTheTailOrStays() {
    var run = SampleRun()
    var model = run.model(focus: .loss)
    model.press("i", "i")
    #expect(model.loss.range == 75...100)
    run.revision = 2
    run.step = 110
    _ = model.update(.snapshot(run.snapshot), now: 1)
    #expect(model.loss.range == 85...110)
    model.press("f")
    run.revision = 3
    run.step = 130
    _ = model.update(.snapshot(run.snapshot), now: 2)
    #expect(model.loss.range == 85...110)
    model.press("o", "o", "o")
    #expect(model.loss.range == nil)
    run.revision = 4
    run.step = 0
    _ = model.update(.snapshot(run.snapshot), now: 3)
    #expect(model.lossRange == 0...1)
  }

  @Test func smoothingAndScaleGoRound() {
    var model = SampleRun().model(focus: .loss)
    model.press("x")
    #expect(model.loss.smoothing == 0.99)
    model.press("x")
    #expect(model.loss.smoothing == 0)
    model.press("v")
    #expect(!model.loss.isLogarithmic)
  }

  // MARK: Failure, panes, overlays

  @Test func aFailureOffersTheLastGoodState() {
    var run = SampleRun()
    var model = run.model()
    run.revision = 2
    run.state = .failed(
      .init(sentence: "loss is not a number at step 99", tensor: "loss", step: 99, lastGoodStep: 50)
    )
    _ = model.update(.snapshot(run.snapshot), now: 1)
    #expect(model.toast?.kind == .failure)
    // Short and first, for a narrow screen cuts off the end.
    #expect(model.toast?.text.hasPrefix("B goes back to step 50 · ") == true)
    // It neither goes away nor costs a tick.
    #expect(model.changesAt == nil)
    guard case .restoreLastGood? = model.press("B").commands.first else {
      Issue.record("B did not ask for the last good state")
      return
    }
  }

  @Test func escapeLeavesOneThingAtATime() {
    var model = SampleRun().model(focus: .loss)
    model.press("h", "z", "?")
    model.press("ESC")
    #expect(model.isZoomed)
    model.press("ESC")
    #expect(!model.isZoomed)
    #expect(model.loss.crosshair != nil)
    model.press("ESC")
    #expect(model.loss.crosshair == nil)
  }

  @Test func filteringKeepsTheCursorOnWhatIsSeen() {
    var model = SampleRun().model(focus: .tasks)
    model.press("/")
    model.type("h")
    #expect(model.visibleTasks == [3])
    #expect(model.tasks.cursor == 3)
    model.press("ENTER")
    #expect(model.tasks.filter == "h")
    model.press("ESC")
    #expect(model.visibleTasks == [0, 1, 2, 3])
  }

  @Test func helpRunsWhatItLists() {
    var model = SampleRun().model()
    model.press("?")
    model.type("run or pause")
    guard case .toggle? = model.press("ENTER").commands.first else {
      Issue.record("the selected row did not run")
      return
    }
    #expect(model.overlay == nil)
  }

  @Test func themesAreLookedForWhenTheyAreWanted() {
    var model = SampleRun().model()
    let byKey = model.press("t")
    #expect(byKey.contains { if case .nextTheme("loom") = $0 { true } else { false } })
    let byPalette = model.press(":")
    #expect(byPalette.contains { if case .listThemes = $0 { true } else { false } })
    _ = model.update(.themes(["loom", "paper", "night"]), now: 1)
    #expect(
      CommandTable.palette(matching: "theme ni", in: model).map(\.line) == ["theme night"])
  }

  @Test func thePaletteRunsLines() {
    var model = SampleRun().model()
    model.press(":")
    model.type("set rate 0.25")
    guard case .set("rate", .real(0.25))? = model.press("ENTER").commands.first else {
      Issue.record("the line did not run")
      return
    }
    model.press("C-p")
    model.type("pape")
    model.press("ENTER")
    #expect(model.overlay == nil)
  }

  @Test(arguments: [
    "nonsense", "set rate", "set rate fast", "set nothing 1", "seed -1", "task s9", "fit s1",
    "start nothing", "speed 17", "export xls", "open", "undo 3",
  ])
  func wrongLinesAreToldInASentence(line: String) {
    var model = SampleRun().model()
    let requests = model.say(line)
    #expect(requests.isEmpty)
    #expect(model.toast?.kind == .failure)
    #expect((model.toast?.text.count ?? 0) > 10)
  }

  @Test func theBrowserOpensWhatIsSelected() {
    var model = SampleRun().model()
    guard case .listSessions? = model.press("O").first else {
      Issue.record("sessions were not listed")
      return
    }
    let session = SessionSummary(
      path: "/x/0001-a.json", experiment: "a", step: 3, seed: 1, trainingLoss: 1,
      validationLoss: nil, size: 10, modified: 0, thumbnail: [], problem: nil)
    _ = model.update(.sessions([session]), now: 1)
    model.type("0001")
    guard case .open(let path)? = model.press("ENTER").first else {
      Issue.record("nothing was opened")
      return
    }
    #expect(path == "/x/0001-a.json")
  }

  @Test func copyGoesToTheClipboardByPane() {
    var model = SampleRun().model()
    func copied(_ requests: [Request]) -> String? {
      guard case .terminal(.copy(let text))? = requests.first else { return nil }
      return text
    }
    #expect(copied(model.press("y")) == "1.0,-0.5")
    model.press("2")
    #expect(copied(model.press("y")) == "rate=0.01")
    model.press("4", "l", "l")
    #expect(copied(model.press("y"))?.hasPrefix("0.1") == true)
    model.press("1")
    #expect(copied(model.press("y"))?.hasPrefix("s1\ttraining") == true)
    model.press("3")
    #expect(copied(model.press("y"))?.hasPrefix("step 100\ttrain ") == true)
    model.press("6")
    #expect(copied(model.press("y")) == "0.35")
    #expect(copied(model.press("Y"))?.hasPrefix("x,prediction,truth\r\n") == true)
  }

  @Test func anotherRunKeepsWhatThePersonLikes() {
    var model = SampleRun().model(focus: .loss)
    model.press("x", "a", "v")
    var other = SampleRun()
    other.contextCount = 4
    other.widths = [2, 5, 5, 3]
    _ = model.update(.opened(other.snapshot), now: 1)
    #expect(model.context == other.context(of: 0))
    #expect(model.anchors == Anchors())
    #expect(model.focus == .loss)
    #expect(!model.loss.isLogarithmic)
    #expect(model.history.done.isEmpty)
    #expect(model.themeNames == ["loom", "paper"])
  }

  @Test func afterAFailedSaveAnotherFileIsAskedFor() {
    var run = SampleRun()
    var model = run.model()
    guard case .save(nil)? = model.press("w").commands.first else {
      Issue.record("nothing was saved")
      return
    }
    run.revision = 2
    run.saved = .init(path: "/full/run.json", step: nil, time: nil, error: "the disk is full")
    _ = model.update(.snapshot(run.snapshot), now: 1)
    #expect(model.toast?.text == "the disk is full")
    #expect(model.press("w").isEmpty)
    model.press("C-u")
    model.type("/other.json")
    guard case .save("/other.json")? = model.press("ENTER").commands.first else {
      Issue.record("the other file was not saved to")
      return
    }
  }

  @Test func whetherItIsSavedIsSaidWithoutAClock() {
    var run = SampleRun()
    #expect(run.model().savedWords == "not saved")
    run.saved.step = 100
    #expect(run.model().savedWords == "saved")
    run.saved.step = 99
    #expect(run.model().savedWords == "saved 1 step ago")
  }
}
