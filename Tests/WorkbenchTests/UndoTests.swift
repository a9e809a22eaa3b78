import Learning
import Testing
import Training
import Workbench

struct UndoTests {
  @Test func nudgesWithinHalfASecondAreOneChange() {
    var model = SampleRun().model()
    model.press("l", at: 1)
    model.press("l", at: 1.4)
    model.press("l", at: 1.8)
    model.press("l", at: 2.5)
    #expect(model.history.done.count == 2)
    model.press("u", at: 3)
    #expect(abs(model.context[0] - 1.15) < 1e-6)
    model.press("u", at: 3)
    #expect(model.context == [1, -0.5])
    #expect(model.followed == 0)
    model.press("u", at: 3)
    #expect(model.toast?.text == "nothing to undo")
    model.press("C-r", "C-r", at: 3)
    #expect(abs(model.context[0] - 1.2) < 1e-6)
  }

  @Test func nudgesOfDifferentThingsStayApart() {
    var model = SampleRun().model()
    model.press("l", "j", "l")
    #expect(model.history.done.count == 2)
    model.press("u")
    #expect(model.context == [1.05, -0.5])
  }

  @Test func aNewChangeForgetsWhatWasUndone() {
    var model = SampleRun().model()
    model.press("l", "u", "j", "l", "C-r")
    #expect(model.toast?.text == "nothing to do again")
  }

  @Test func anchorsComeBack() {
    var model = SampleRun().model()
    model.press("a")
    model.say("task s3")
    model.press("a")
    #expect(model.anchors.a == [3, -1.5])
    model.press("u")
    #expect(model.anchors.a == [1, -0.5])
    #expect(model.context == [3, -1.5])
    model.press("u", "u")
    #expect(model.anchors.a == nil)
  }

  @Test func knobsAreTurnedBack() {
    var model = SampleRun().model(focus: .knobs)
    model.press("l", at: 0)
    model.press("l", at: 0.1)
    let back = model.press("u", at: 1).commands.first
    guard case .set("rate", .real(0.01))? = back else {
      Issue.record("\(String(describing: back))")
      return
    }
    let again = model.press("C-r", at: 1).commands.first
    guard case .set("rate", .real(0.05))? = again else {
      Issue.record("\(String(describing: again))")
      return
    }
  }

  @Test func aWeightEditIsTakenBackThoughTrainingWentOn() {
    var run = SampleRun()
    var model = run.model(focus: .weights)
    model.press("l", "ENTER")
    model.type("0.75")
    model.press("ENTER")
    run.revision = 2
    run.bias = 1.5
    run.step = 120
    _ = model.update(.snapshot(run.snapshot), now: 1)
    guard case .write("head.W1.bias", 1, let value)? = model.press("u").commands.first else {
      Issue.record("nothing was written")
      return
    }
    // 0.5 became 1.25; training made it 1.5; the shift of 0.75 goes.
    #expect(abs(value - 0.75) < 1e-6)
  }

  @Test func rewindingForgetsWeightEdits() {
    var run = SampleRun()
    var model = run.model(focus: .weights)
    model.press("l", "ENTER")
    model.type("0.75")
    model.press("ENTER")
    run.revision = 2
    run.step = 0
    _ = model.update(.snapshot(run.snapshot), now: 1)
    #expect(model.press("u").isEmpty)
  }

  @Test func theHistoryIsBounded() {
    var history = UndoHistory()
    for i in 0..<2000 {
      history.record(.knob(name: "rate", from: .integer(i), to: .integer(i + 1)), at: Double(i))
    }
    #expect(history.done.count == UndoHistory.limit)
  }
}
