import Terminal
import Testing
import Training
import Workbench

/// The pane of the race: what its keys do, and what it looks like.
struct CompareTests {
  private func model(_ race: RaceSnapshot? = RaceFixture.race()) -> Model {
    var model = SampleRun().model(focus: .loss)
    model.comparison = ComparisonView()
    if let race {
      _ = model.update(.raceOpened(race, isFromFile: false), now: 0)
      model.toast = nil
    }
    return model
  }

  private func races(_ requests: [Request]) -> [RaceCommand] {
    requests.compactMap { if case .race(let command) = $0 { command } else { nil } }
  }

  @Test func oneKeySetsTheRaceUpAndShowsIt() {
    var model = model(nil)
    guard case .beginRace(let setup)? = model.press("8").first else {
      Issue.record("nothing is set up")
      return
    }
    #expect(setup == ComparisonSetup(contest: "sine-family"))
    #expect(model.focus == .compare)
    // Again, while it is being built: only once.
    #expect(model.press("3", "8").isEmpty)
    _ = model.update(.raceOpened(RaceFixture.race(), isFromFile: false), now: 0)
    #expect(model.press("3", "8").isEmpty)
    #expect(model.focus == .compare)
  }

  @Test func thePaletteTakesSettings() {
    var model = model()
    guard
      case .beginRace(let setup)? = model.say("compare seeds=2 seed=5 steps=90 methods=maml,lora")
        .first
    else {
      Issue.record("nothing is set up")
      return
    }
    #expect(setup.seeds == [5, 6])
    #expect(setup.budget == .steps(90))
    #expect(setup.methods == ["maml", "lora"])
    #expect(model.say("compare seeds=0").isEmpty)
    #expect(model.toast?.kind == .failure)
    #expect(model.say("compare maml").isEmpty)
    #expect(model.toast?.text.contains("not 'maml'") == true)
  }

  @Test func anExperimentWithoutContestSaysWhichHaveOne() {
    var model = ModelFixture.threePolynomials()
    #expect(model.press("8").isEmpty)
    #expect(model.focus != .compare)
    #expect(
      model.toast?.text
        == "methods are not raced on three-polynomials; they are on sine-family and digit-views")
  }

  @Test func whatCannotBeSetUpLeadsBack() {
    var model = model(nil)
    model.press("8")
    _ = model.update(.noRace("no memory"), now: 0)
    #expect(model.focus == .loss)
    #expect(model.toast?.text == "no memory")
  }

  @Test func spaceRacesAndPausesTheRunMeanwhile() {
    var model = model(RaceFixture.race(state: .paused))
    #expect(races(model.press("SPACE")) == [.toggle])
    var run = SampleRun()
    run.state = .running
    _ = model.update(.snapshot(run.snapshot), now: 0)
    let requests = model.press("SPACE")
    #expect(races(requests) == [.toggle])
    #expect(requests.commands.contains { if case .pause = $0 { true } else { false } })
    #expect(model.toast?.text.contains("the run is paused meanwhile") == true)
    // To pause the race is no reason to touch the run.
    _ = model.update(.race(RaceFixture.race(revision: 2)), now: 0)
    #expect(model.press("SPACE").commands.isEmpty)
  }

  @Test func theRunIsLeftAloneByItsOwnKeys() {
    var model = model()
    for key in ["s", "S", "<", ">", "R", "B", "a", "b", "p", ".", "n", "N", "c", "d", "u", "C-r"] {
      #expect(model.press(key).isEmpty, "\(key)")
      #expect(model.toast?.text.hasPrefix("that is for the run") == true, "\(key)")
    }
    #expect(model.anchors == Anchors())
    #expect(races(model.press("r")) == [.restart])
    #expect(races(model.press("w")) == [.save(path: nil)])
    #expect(races(model.say("save /tmp/race.json")) == [.save(path: "/tmp/race.json")])
    // What is typed with its argument is meant for the run.
    #expect(model.say("set rate 0.5").commands.count == 1)
  }

  @Test func cursorsGoThroughMethodsAndSteps() {
    var model = model()
    model.press("j", "j")
    #expect(model.comparison.cursor == 2)
    model.press("G")
    #expect(model.comparison.cursor == 4)
    model.press("HOME", "k")
    #expect(model.comparison.cursor == 0)
    model.press("h", "H")
    #expect(model.comparison.crosshair == 2400 - 11 * 24)
    model.press("]", "]", "[")
    #expect(model.comparison.firstColumn == 1)
    model.press("0")
    #expect(model.comparison.crosshair == nil)
    #expect(model.comparison.firstColumn == 0)
  }

  @Test func escapeLeadsOutOneThingAtATime() {
    var model = model()
    model.press("ENTER", "h")
    #expect(model.comparison.part == .table)
    model.press("ESC")
    #expect(model.comparison.part == .both)
    model.press("ESC")
    #expect(model.comparison.crosshair == nil)
    #expect(model.focus == .compare)
    model.press("ESC")
    #expect(model.focus == .loss)
    #expect(model.toast?.text == "the race goes on; 8 comes back to it")
    // The panes of the run go round without it.
    model.press("7", "TAB")
    #expect(model.focus == .tasks)
    model.press("8", "TAB")
    #expect(model.focus == .tasks)
  }

  @Test func aRaceFromAFileStaysWhileItsRunDoes() {
    var model = ModelFixture.digitViews()
    _ = model.update(.raceOpened(RaceFixture.race(), isFromFile: true), now: 0)
    #expect(model.press("3", "8").isEmpty)
    #expect(model.focus == .compare)
    // Another run has a race of its own.
    _ = model.update(.opened(model.snapshot), now: 0)
    guard case .beginRace(let setup)? = model.press("3", "8").first else {
      Issue.record("nothing is set up")
      return
    }
    #expect(setup.contest == "digit-views")
  }

  @Test func noticesAreToldOnce() {
    var model = model()
    let notice = RaceSnapshot.Notice(number: 1, text: "saved x.json", isWrong: false)
    _ = model.update(.race(RaceFixture.race(notice: notice, revision: 2)), now: 0)
    #expect(model.toast?.text == "saved x.json")
    model.toast = nil
    _ = model.update(.race(RaceFixture.race(notice: notice, revision: 3)), now: 0)
    #expect(model.toast == nil)
  }

  @Test func rowsAndTablesLeave() throws {
    var model = model()
    guard case .terminal(.copy(let row))? = model.press("y").first else {
      Issue.record("nothing is copied")
      return
    }
    #expect(row.hasPrefix("method standard\ttrained 1761\tkept 14.1k\tT* –\tMACs 1640"))
    model.press("e")
    guard case .prompt(let prompt) = model.overlay else {
      Issue.record("no name is asked for")
      return
    }
    #expect(prompt.text == "sine-family-race.csv")
    model.press("ESC")
    func written(_ name: String) throws -> String {
      guard case .write(let text, _, _)? = model.say("export \(name)").first else { return "" }
      return text
    }
    #expect(try written("a.csv").hasPrefix("method,trained,kept,break_even_tasks,"))
    let markdown = try written("a.md")
    #expect(markdown.hasPrefix("sine-family: 36 training tasks"))
    #expect(markdown.contains("| standard | 1761 | 14.1k |"))
    #expect(try written("a.json").contains("\"curves\""))
    let svg = try written("a.svg")
    #expect(svg.contains(">standard  0.01"))
    #expect(svg.contains("loss of new tasks after 5 steps"))
  }

  @Test func theMouseChoosesAMethod() {
    var model = model()
    model.usesMouse = true
    let buffer = CellBuffer(model.size)
    Screen.render(model, on: buffer.canvas)
    let lines = buffer.text.split(separator: "\n", omittingEmptySubsequences: false)
    guard let y = lines.firstIndex(where: { $0.contains("4 hypernetwork") }) else {
      Issue.record("no such row")
      return
    }
    _ = model.update(.mouse(Mouse(.press, x: 10, y: y)), now: 0)
    #expect(model.comparison.cursor == 3)
  }

  // MARK: Pictures

  private func expect(
    _ model: Model, _ picture: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let buffer = CellBuffer(model.size)
    Screen.render(model, on: buffer.canvas)
    if buffer.text != picture {
      Issue.record("it is now:\n\(buffer.text)", sourceLocation: sourceLocation)
    }
  }

  private func screen(
    _ size: Size, _ capabilities: Capabilities = .everything, isDone: Bool = false
  ) -> Model {
    var model = ModelFixture.sineFamily(size, capabilities)
    model.comparison = RaceFixture.view(isDone: isDone)
    model.focus = .compare
    return model
  }

  @Test func theRaceAtLength() {
    expect(
      screen(Size(120, 36)),
      #"""
      P1
      """#)
  }

  @Test func theRaceInASmallTerminal() {
    var model = screen(Size(80, 24))
    model.comparison.crosshair = 600
    expect(
      model,
      #"""
      P2
      """#)
  }

  @Test func theRaceIsOverInASCII() {
    expect(
      screen(Size(80, 24), Capabilities(colors: .mono, unicode: false), isDone: true),
      #"""
      P3
      """#)
  }

  @Test func theRaceInNumbers() {
    expect(
      screen(Size(40, 10)),
      #"""
      P4
      """#)
  }
}
