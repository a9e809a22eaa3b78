import Learning
import Terminal
import Testing
import Training
import Workbench

/// The mouse, found by what is drawn: a test looks for a text and clicks it.
struct PointingTests {
  private func lines(_ model: Model) -> [[Character]] {
    let buffer = CellBuffer(model.size)
    Screen.render(model, on: buffer.canvas)
    return buffer.text.split(separator: "\n", omittingEmptySubsequences: false).map(Array.init)
  }

  /// Where a text begins on the screen.
  private func place(_ text: String, _ model: Model) -> (x: Int, y: Int)? {
    let wanted = Array(text)
    for (y, line) in lines(model).enumerated() where line.count >= wanted.count {
      for x in 0...(line.count - wanted.count) where Array(line[x..<x + wanted.count]) == wanted {
        return (x, y)
      }
    }
    return nil
  }

  private func click(_ text: String, _ model: inout Model, right: Int = 0) throws -> [Request] {
    let (x, y) = try #require(place(text, model), "\(text) is not on the screen")
    return model.update(.mouse(Mouse(.press, x: x + right, y: y)), now: model.now)
  }

  private func fixture(_ size: Size = Size(120, 36)) -> Model {
    var model = ModelFixture.sineFamily(size)
    model.usesMouse = true
    // The fixture's hand stands between the tasks.
    model.followed = nil
    return model
  }

  @Test func aTaskAndAKnobAreSelected() throws {
    var model = fixture()
    _ = try click("s17 ● 2.06", &model)
    #expect(model.focus == .tasks)
    #expect(model.tasks.cursor == 16)
    _ = try click("tasks a step", &model)
    #expect(model.focus == .knobs)
    #expect(model.snapshot.knobs.knobs[model.knobs.cursor].name == "tasks-per-step")
  }

  @Test func aWeightIsSelected() throws {
    var model = fixture()
    // The second row of cells of the map stands for rows 2 and 3.
    let tabs = try #require(place("[W2]", model))
    let left = try #require(place(" 0 ▀", model))
    _ = model.update(.mouse(Mouse(.press, x: left.x + 3 + 5, y: tabs.y + 2)), now: 0)
    #expect(model.focus == .weights)
    #expect(model.weights.row == 2)
    #expect(model.weights.column == 5)
    // A vector's bars.
    model.press("]")
    let bars = try #require(place("[b2]", model))
    _ = model.update(.mouse(Mouse(.press, x: left.x + 1 + 7, y: bars.y + 3)), now: 0)
    #expect(model.weights.row == 0)
    #expect(model.weights.column == 7)
  }

  @Test func aSliderIsSetAndDragged() throws {
    var model = fixture()
    let before = model.context
    let (x, y) = try #require(place("z1   +0.88 ├", model))
    let track = x + "z1   +0.88 ".count
    _ = model.update(.mouse(Mouse(.press, x: track + 1, y: y)), now: 1)
    #expect(model.scrubber.cursor == 1)
    let low = model.context[1]
    #expect(low < -1)
    #expect(model.context[0] == before[0])
    _ = model.update(.mouse(Mouse(.drag, x: track + 20, y: y)), now: 1.1)
    #expect(model.context[1] > low)
    // Over another slider it keeps the one it began on; all of it is one change to undo.
    let here = model.context
    _ = model.update(.mouse(Mouse(.drag, x: track + 20, y: y + 1)), now: 1.2)
    #expect(model.context == here)
    model.press("u", at: 2)
    #expect(model.context == before)
  }

  @Test func thePositionBetweenTheAnchorsIsSet() throws {
    var model = fixture()
    _ = try click("╞", &model, right: 1)
    #expect(model.anchors.t == 0)
    #expect(model.context == model.anchors.a)
  }

  @Test func rowsOfListsAreSelectedAndThenDone() throws {
    var model = fixture()
    model.press(":")
    #expect(try click("run.step", &model).isEmpty)
    guard case .palette(let state) = model.overlay else {
      Issue.record("the palette is gone")
      return
    }
    #expect(state.selection == 1)
    guard case .step? = try click("run.step", &model).commands.first else {
      Issue.record("the selected row was not done")
      return
    }
    model.press("?")
    #expect(try click("fewer steps a second", &model).isEmpty)
    guard case .help(let help) = model.overlay else {
      Issue.record("the help is gone")
      return
    }
    #expect(CommandTable.rows[help.selection].name == "run.slower")
    model.press("ESC", "O")
    #expect(try click("three-polynomials, from", &model).isEmpty)
    guard case .start("three-polynomials")? = try click("three-polynomials, from", &model).first
    else {
      Issue.record("the experiment was not started")
      return
    }
  }

  @Test func whatIsHiddenHasAPlaceOfItsOwn() {
    var run = SampleRun()
    run.contextCount = 24
    var model = run.model()
    model.size = Size(80, 24)
    func pane() -> [String] { lines(model).suffix(9).map { String($0) } }
    #expect(pane().contains { $0.contains("▼20 more") && !$0.contains("─▼") })
    model.scrubber.cursor = 23
    #expect(pane().contains { $0.contains("▲20") })
    #expect(!pane().contains { $0.contains("more") })
  }

  @Test func oneHugeValueLeavesTheOthersTheirRange() {
    var model = SampleRun().model()
    let buffer = CellBuffer(model.size)
    Screen.render(model, on: buffer.canvas)
    #expect(buffer.text.contains("±4 · scrubbing"))
    model.press("ENTER")
    model.type("9999")
    model.press("ENTER")
    Screen.render(model, on: buffer.canvas)
    let end = lines(model).map { String($0) }.first { $0.contains("z0 +1.0e+4") }
    #expect(end?.contains("─▶┤") == true)
    #expect(!buffer.text.contains("±1.2e+4"))
  }
}
