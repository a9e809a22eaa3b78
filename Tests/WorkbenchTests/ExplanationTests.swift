import Learning
import Terminal
import Testing
import Training
import Workbench

/// What is said must be true, and stay long enough to be read.
struct ExplanationTests {
  private static let failure = Snapshot.State.failed(
    .init(
      sentence: "loss grew to 4e9 at step 4002", tensor: "loss", step: 4002, lastGoodStep: 4000))

  private func picture(_ model: Model, _ size: Size) -> [Substring] {
    let buffer = CellBuffer(size)
    Screen.render(model, on: buffer.canvas)
    return buffer.text.split(separator: "\n", omittingEmptySubsequences: false)
  }

  @Test func theWayOutOfAFailureIsSeenOnSmallScreens() throws {
    var run = SampleRun()
    var model = run.model()
    run.revision = 2
    run.state = Self.failure
    _ = model.update(.snapshot(run.snapshot), now: 1)
    for size in [Size(60, 16), Size(80, 24), Size(120, 36)] {
      model.size = size
      let lines = picture(model, size).suffix(2)
      #expect(try #require(lines.first).contains("B goes back to step 4,000 · loss grew"))
      #expect(try #require(lines.last).contains("B back"))
      #expect(!(try #require(lines.last).contains("run/pause")))
    }
    // Without the toast the line says the same.
    let before = picture(model, Size(80, 24))
    model.toast = nil
    #expect(picture(model, Size(80, 24)).suffix(2).first?.contains("B goes back") == true)
    #expect(before.count == 24)
  }

  @Test(arguments: ["SPACE", "s", "S"])
  func aStoppedRunAnswersWithTheKeyThatHelps(key: String) {
    var run = SampleRun()
    run.state = Self.failure
    var model = run.model()
    #expect(model.press(key).isEmpty)
    #expect(model.toast?.text == "B goes back to the last good state, r rewinds")
  }

  @Test(arguments: [
    "learning rate 0.01, live", "learning rate 0.01: networks built anew, training starts over",
  ])
  func anUndoneKnobIsCalledUndone(notice: String) {
    var run = SampleRun()
    var model = run.model(focus: .knobs)
    model.press("l")
    run.revision = 2
    run.knobValues = ["rate": .real(0.02)]
    run.notice = .init(number: 1, text: "learning rate 0.02, live")
    _ = model.update(.snapshot(run.snapshot), now: 1)
    model.press("u")
    #expect(model.toast?.text.hasPrefix("undone: learning rate 0.01") == true)
    run.revision = 3
    run.knobValues = [:]
    run.notice = .init(number: 2, text: notice)
    _ = model.update(.snapshot(run.snapshot), now: 1.1)
    #expect(model.toast?.text == "undone: \(notice) (^R does it again)")
    // What comes later is news again.
    run.revision = 4
    run.notice = .init(number: 3, text: "learning rate 0.5, live")
    _ = model.update(.snapshot(run.snapshot), now: 2)
    #expect(model.toast?.text == "learning rate 0.5, live")
  }

  @Test func undoSaysWhatItTookBack() {
    var model = SampleRun().model(focus: .tasks)
    model.press("J", ".")
    #expect(model.reference == 3)
    model.press("u")
    #expect(model.reference == 0)
    #expect(model.toast?.text.hasPrefix("going to h1 undone") == true)
    model.press("7", "a", "u")
    #expect(model.toast?.text.hasPrefix("anchor A undone") == true)
    model.press("l", "b", "u")
    #expect(model.toast?.text.hasPrefix("anchor B undone") == true)
    model.press("u")
    #expect(model.toast?.text.hasPrefix("context undone") == true)
  }

  @Test func aFailedSaveIsToldAgainWhenItIsTriedAgain() {
    var run = SampleRun()
    var model = run.model()
    _ = model.update(.notSaved("/full/run.json: no space"), now: 0)
    run.revision = 2
    run.saved = .init(path: nil, step: nil, time: nil, error: "/full/run.json: no space")
    run.notice = .init(number: 1, text: "/full/run.json: no space")
    _ = model.update(.snapshot(run.snapshot), now: 0.1)
    #expect(model.toast?.text.contains("q again leaves") == true)
    model.say("save /full/run.json")
    run.revision = 3
    run.notice = .init(number: 2, text: "/full/run.json: no space")
    _ = model.update(.snapshot(run.snapshot), now: 0.2)
    #expect(model.toast?.text == "/full/run.json: no space")
  }

  @Test func aKeyThatIsNoneSaysSo() {
    var model = SampleRun().model()
    model.press("y")
    model.press("%")
    #expect(model.toast?.text == "% is no key here; ? shows all")
    model.press("x")
    #expect(model.toast?.text == "x is no key here; ? shows all")
  }

  @Test func theNewestValidationLossIsOneNumber() {
    var model = ModelFixture.sineFamily()
    model.snapshot.validationLoss = 7.89e-3
    let text = picture(model, Size(120, 36)).joined(separator: "\n")
    #expect(text.contains("val 7.89e-3 │"))
    #expect(text.contains("╍ val 7.89e-3"))
    // Under the crosshair it is the curve's.
    model.loss.crosshair = 6000
    let at = picture(model, Size(120, 36)).joined(separator: "\n")
    #expect(!at.contains("╍ val 7.89e-3"))
  }

  @Test(arguments: [Size(80, 24), Size(110, 30), Size(120, 36)])
  func whetherItIsSavedIsSeenAtEverySize(size: Size) {
    for (name, make) in ModelFixture.all {
      var model = make(size, .everything)
      model.snapshot.state = .running
      model.snapshot.step = 98_765
      for step in [98_765, 90_000] {
        model.snapshot.saved.step = step
        let top = picture(model, size)[0]
        #expect(top.contains("saved"), "\(name): \(top)")
        #expect(top.contains("unsaved") == (step < 98_765 && size.width < 100), "\(top)")
      }
    }
  }

  @Test func anActiveFilterIsSeenWherePanesTakeTurns() {
    var model = SampleRun().model(focus: .tasks)
    model.size = Size(80, 24)
    model.press("1", "/")
    model.type("s")
    let text = picture(model, model.size).joined(separator: "\n")
    #expect(text.contains("/s 3 of 4"))
  }

  @Test func headingsOfTheHelpAreWhole() {
    var model = ModelFixture.sineFamily(Size(80, 24))
    model.press("?")
    model.type("pin")
    let text = picture(model, model.size).joined(separator: "\n")
    #expect(text.contains(" Comparing and keeping "))
    #expect(text.contains("2 commands"))
  }

  @Test func aLongPathKeepsItsEnds() {
    var model = ModelFixture.sineFamily(Size(80, 24))
    model.snapshot.saved.path =
      "/home/somebody/with/a/long/name/.local/state/weft/sessions/0007-sine-family.json"
    let line = picture(model, Size(80, 24))[22]
    #expect(line.contains("autosave: /home/"))
    #expect(line.contains("0007-sine-family.json"))
    _ = model.update(.success("saved " + (model.snapshot.saved.path ?? "")), now: 1)
    let toast = picture(model, Size(80, 24))[22]
    #expect(toast.contains("saved /home/"))
    #expect(toast.contains("0007-sine-family.json"))
  }

  @Test func lossesComeBeforeConstantBounds() {
    let text = picture(ModelFixture.threePolynomials(), Size(120, 36)).joined(separator: "\n")
    #expect(text.contains("linear    ● 4.0e-3 "))
    // And the axis of x has a label at both ends.
    #expect(text.contains("-4.5") && text.contains(" 4.5│"))
  }
}
