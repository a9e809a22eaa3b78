import Learning
import Terminal
import Testing
import Training
import Workbench

/// A network that speaks: its text, its contexts, and the hand on them.
struct TextPaneTests {
  private static let sentence = "Go on, and on; it is\n late"

  private func text(_ count: Int? = nil) -> Behaviour.Text {
    var text = Behaviour.Text(gateNames: ["i", "f", "g", "o"])
    for (index, character) in Self.sentence.prefix(count ?? Self.sentence.count).enumerated() {
      let heat = Float(index % 5) / 4
      text.append(
        .init(
          character: character, isPrompt: index < 2, bits: index == 0 ? nil : Float(index) / 8,
          heat: [heat, heat / 2, 0, 1 - heat], context: [Float(index), Float(-index)]),
        keeping: 600)
    }
    return text
  }

  private func answer(_ model: Model, _ count: Int? = nil) -> ProbeResult {
    var result = SampleRun(isDynamic: true).probe(context: model.context)
    result.behaviour = .text(text(count))
    return result
  }

  private func model(_ state: Snapshot.State = .paused, _ size: Size = Size(120, 36)) -> Model {
    var run = SampleRun(isDynamic: true)
    run.state = state
    var model = Model(
      snapshot: run.snapshot, size: size, capabilities: .everything, theme: .loom)
    _ = model.update(.probe(answer(model)), now: 0)
    model.press("6")
    return model
  }

  // MARK: The picture

  @Test func textStandsAboveTheChangesOfItsGates() throws {
    let lines = try model().lines(in: .target)
    #expect(lines[0] == " Go on, and on; it is↵ late")
    #expect(lines[1] == " " + String(repeating: "▀", count: 26))
    #expect(lines[2] == lines[1])
    #expect(lines.last == " 'e'  3.13 bits  i 0%  f 0%  g 0%  o 100%")
  }

  @Test func coloursFollowTheHeat() throws {
    let model = model()
    let buffer = CellBuffer(model.size)
    Screen.render(model, on: buffer.canvas)
    let rect = try model.inside(of: .target)
    func style(_ index: Int, _ row: Int) -> Style {
      buffer[rect.x + 1 + index, rect.y + row].style
    }
    // i above f: 0 and 0, then 1 and ½; g above o: never, and the rest of i.
    #expect(style(0, 1).foreground == style(5, 1).foreground)
    #expect(style(4, 1).foreground != style(0, 1).foreground)
    #expect(style(4, 1).background != style(4, 1).foreground)
    #expect(style(0, 2).background == style(4, 1).foreground)
    #expect(style(3, 2).foreground == style(0, 1).foreground)
  }

  @Test func withoutColoursAShadeSaysTheLargestChange() throws {
    var model = model()
    model.capabilities = Capabilities(colors: .mono, unicode: false)
    let lines = try model.lines(in: .target)
    #expect(lines[0] == " Go on, and on; it is/ late")
    #expect(lines[1].hasPrefix(" @"))
    #expect(lines[1].dropFirst().prefix(5).allSatisfy { "=+*#%@-".contains($0) })
  }

  @Test(arguments: [Size(120, 36), Size(80, 24), Size(60, 16), Size(40, 10), Size(41, 11)])
  func anySizeShowsIt(size: Size) {
    let model = model(.paused, size)
    let buffer = CellBuffer(size)
    Screen.render(model, on: buffer.canvas)
    #expect(buffer.text.contains("late"))
  }

  // MARK: The hand

  @Test func theHandFollowsWhatIsSaid() {
    var model = model()
    #expect(model.context == [25, -25])
    #expect(!model.isHeld)
    _ = model.update(.probe(answer(model, 10)), now: 1)
    #expect(model.context == [9, -9])
  }

  @Test func walkingThroughTextTakesTheContextAlong() {
    var model = model()
    model.press("h")
    #expect(model.context == [25, -25])
    model.press("h", "h")
    #expect(model.context == [23, -23])
    #expect(!model.isHeld)
    model.press("END")
    #expect(model.context == [25, -25])
    model.press("ESC")
    #expect(!model.target.hasCursor)
  }

  @Test func movingTheContextHoldsItAndZeroLetsGo() {
    var model = model()
    model.press("7", "l")
    #expect(model.isHeld)
    let held = model.context
    _ = model.update(.probe(answer(model, 10)), now: 1)
    #expect(model.context == held)
    model.press("6", "0")
    #expect(!model.isHeld)
    #expect(model.context == [9, -9])
    model.press("u")
    #expect(model.isHeld)
    #expect(model.context == held)
  }

  @Test func aCharactersMeanContextIsHeldLikeAnyOther() {
    var model = model()
    model.press("1", "ENTER")
    #expect(model.isHeld)
    #expect(model.context == SampleRun(isDynamic: true).context(of: 0))
  }

  @Test func twoMomentsAreAnchorsAndBetweenThemTextIsHeld() {
    var model = model()
    model.press("h", "a", "h", "h", "h", "b")
    #expect(!model.isHeld)
    #expect(model.anchors.a == [25, -25])
    #expect(model.anchors.b == [22, -22])
    model.press("7", "[")
    #expect(model.isHeld)
    #expect(abs(model.context[0] - 22.15) < 1e-4)
  }

  @Test func thePromptIsTypedInThePane() {
    var model = model()
    model.press("ENTER")
    model.type("Lo")
    let commands = model.press("ENTER").commands
    guard case .set("prompt", .text("Lo"))? = commands.first else {
      Issue.record("\(commands)")
      return
    }
  }

  // MARK: Speech

  @Test func speechGoesOnWhileTheRunDoes() {
    var model = model(.running)
    _ = model.update(.time, now: 1)
    let before = model.target.spoken
    _ = model.update(.time, now: 1.1)
    #expect(model.target.spoken == before + 3)
    #expect(model.changesAt.map { $0 <= 1.1 + 2 / 30 } == true)
    // Whoever walks through it or holds a context is not run away from.
    model.press("h", at: 1.1)
    _ = model.update(.time, now: 2)
    #expect(model.target.spoken == before + 3)
    #expect(model.changesAt == nil)
  }

  @Test func aRunThatStandsStillIsSilent() {
    var model = model()
    _ = model.update(.time, now: 1)
    _ = model.update(.time, now: 3)
    #expect(model.target.spoken == 0)
    #expect(model.changesAt == nil)
  }
}
