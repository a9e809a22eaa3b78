import Terminal
import Testing
import Workbench

/// Moving in lists and in lines of text, with the keys of a shell and a pager.
struct LineTests {
  @Test func promptsAreEditedInTheMiddle() {
    var model = SampleRun().model()
    model.press("ENTER", "C-u")
    model.type("25")
    model.press("HOME")
    model.type("0.")
    model.press("END", "LEFT", "RIGHT")
    model.type("5")
    model.press("C-a", "RIGHT", "RIGHT", "DEL")
    model.press("ENTER")
    #expect(model.context[0] == 0.55)
  }

  @Test func thePaletteIsEditedInTheMiddle() {
    var model = SampleRun().model()
    model.press(":")
    model.type("rate 0.25")
    model.press("C-a")
    model.type("set ")
    model.press("C-e")
    guard case .palette(let state) = model.overlay else {
      Issue.record("the palette is gone")
      return
    }
    #expect(state.text == "set rate 0.25")
    model.press("C-w", "C-u")
    guard case .palette(let empty) = model.overlay else { return }
    #expect(empty.text.isEmpty)
    model.press("END")
    guard case .palette(let last) = model.overlay else { return }
    #expect(last.selection == CommandTable.rows.count - 1)
    model.press("C-b", "C-f", "C-u")
    guard case .palette(let half) = model.overlay else { return }
    #expect(half.selection == CommandTable.rows.count - 6)
  }

  @Test(arguments: [Pane.tasks, .knobs])
  func listsHaveEndsAndPages(pane: Pane) {
    var model = ModelFixture.sineFamily()
    model.focus = pane
    func cursor() -> Int { pane == .tasks ? model.tasks.cursor : model.knobs.cursor }
    let last = (pane == .tasks ? model.snapshot.tasks.count : model.snapshot.knobs.knobs.count) - 1
    model.press("G")
    #expect(cursor() == last)
    model.press("HOME")
    #expect(cursor() == 0)
    model.press("C-d")
    let half = cursor()
    #expect(half > 2)
    model.press("C-d")
    #expect(cursor() == half * 2)
    model.press("C-u", "C-u", "C-f")
    #expect(cursor() == half * 2 || cursor() == half * 2 + 1)
    model.press("C-b", "END", "PGUP", "PGDN")
    #expect(cursor() == last)
  }

  @Test func otherPanesHaveEndsToo() {
    var model = SampleRun().model(focus: .weights)
    model.press("END")
    #expect(model.weights.column == 2)
    model.press("HOME")
    #expect(model.weights.column == 0)
    model.press("3", "HOME")
    #expect(model.loss.crosshair == 0)
    model.press("G")
    #expect(model.loss.crosshair == nil)
    model.press("6", "END")
    #expect(model.target.cursor == 10)
    model.press("7", "END")
    #expect(model.scrubber.cursor == 2)
    #expect(CommandTable.row(for: Key(.home), in: .space) == nil)
  }
}
