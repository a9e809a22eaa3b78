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
        == "methods are not raced on three-polynomials; :compare family=NAME races them on "
        + "sine-family, digit-views, sinusoids, lowrank-wide, few-shot-glyphs, non-iid-digits, growth, "
        + "hospitals")
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

  @Test func aNamedFamilyIsRaced() {
    var model = model(nil)
    guard case .beginRace(let setup)? = model.say("compare family=sinusoids methods=maml").first
    else {
      Issue.record("nothing is set up")
      return
    }
    #expect(setup.contest == "sinusoids")
    // It stays, though it is not of the run's own experiment.
    let race = RaceFixture.race(contest: "sinusoids")
    _ = model.update(.raceOpened(race, isFromFile: false), now: 0)
    #expect(model.press("3", "8").isEmpty)
    #expect(model.comparison.race?.standing.contest == "sinusoids")
  }

  @Test func everyColumnCanBeScrolledTo() throws {
    let table = ComparisonTable(RaceFixture.race().standing)
    #expect(ComparisonView.columnCount == table.columns.count - 1)
  }

  @Test func aCopiedRowIsToldWithoutTabs() {
    var model = model()
    model.press("y")
    #expect(model.toast?.text.hasPrefix("copied method standard  trained 1761") == true)
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
    #expect(row.hasPrefix("method standard\ttrained 1761\tkept 14.1k\tT* –\tMACs 1680"))
    model.press("e")
    guard case .prompt(let prompt) = model.overlay else {
      Issue.record("no name is asked for")
      return
    }
    #expect(prompt.text == "sine-family-race.csv")
    model.press("ESC")
    func written(_ name: String) throws -> String {
      guard case .write(let data, _, _)? = model.say("export \(name)").first else { return "" }
      return String(decoding: data, as: UTF8.self)
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
       sine-family │ ● RACING │ █████░░░░░░░ 43% │ measuring standard, seed 2 │ run ● step 12,480 │ not saved
      ┏━ 8 Compare ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ loss of new tasks, 5 steps · seed 1 · log y ━┓
      ┃sine-family: 36 training tasks, 8 new ones with 20 examples each; 2400 steps a method, 3 seeds from 1, ± 95 % over    ┃
      ┃seeds; target network 1761 numbers                                                                                    ┃
      ┃    │    ⠠⠤⠤⣀⣀⣀⣀                                                                                                      ┃
      ┃    │    ⠈⠉⠒⠒⠢⠤⢄⣀⠉⠒⠒⠒⠢⠤⠤⠤⣀⣀⡀                                                                                          ┃
      ┃    │        ⠉⠒⠤⣀⠉⠑⠒⠤⢄⣀⠒⠒⠉⠉⠈⠉⠉⠉⠒⠒⠒⠢⠤⠤⣀5                                                                               ┃
      ┃    │            ⠉⠒⠤⣀  ⠉⠑⠒⠤⠤⣀⡀⠉⠉⠒⠒⠈⠉⠉⠒⠒⠒⠢⠤⠤⠤⣀⣀                                                                        ┃
      ┃1e+0┤                ⠉⠒⠤⢄⡀   ⠈⠉⠒⠢⠤⣀⡀ ⠈⠉⠑⠒⠢⠤⠤⣀⣀⠉⠉⠑⠒⠒⠤⠤⠤⢄⣀⣀⣀                                                            ┃
      ┃    │                    ⠈⠉⠒⠤⣀     ⠈⠉⠑⠒⠤⢄⣀    ⠉⠉⠑⠒⠒⠤⠤⢄⣀⡀  ⠉⠉⠒4                                                        ┃
      ┃    │                         ⠉⠒⠤⣀        ⠉⠉⠒⠒⠤⠤⣀⡀     ⠈⠉⠉⠒⠒⠤3                                                        ┃
      ┃    │                             ⠉⠒⠤⣀⡀          ⠈⠉⠑⠒⠤⢄⣀                                                              ┃
      ┃    │                                 ⠈⠑⠒⠤⣀⡀            ⠉⠑⠒⠤⢄2                                                        ┃
      ┃    │                                      ⠈⠑⠢⢄⣀                                                                      ┃
      ┃    │                                           ⠉⠒⠢⢄⣀                                                                 ┃
      ┃    │                                                ⠉⠒⠤⣀⡀                                                            ┃
      ┃1e-1┤                                                    ⠈⠑⠢⢄⣀                                                        ┃
      ┃    │                                                         ⠉⠒⠢⢄⣀                                                   ┃
      ┃    │                                                              ⠉⠒⠤⣀⡀                                              ┃
      ┃    │                                                                  ⠈⠉⠒⠢⠤⣀⡀                                        ┃
      ┃    │                                                                        ⠈⠉⠑⠒⠤⢄⣀                                  ┃
      ┃    │                                                                               ⠉⠉⠒⠒⠢⠤⠤⣀⣀                         ┃
      ┃    │                                                                                        ⠉⠉⠑⠒⠢⠤⠤⠤⣀⣀⣀⣀⣀            ┃
      ┃1e-2┤                                                                                                     ⠉⠉⠉⠉⠑⠒⠒⠒⠒⠒⠒1┃
      ┃     0                     500                     1k                    1.5k                     2k              step┃
      ┃   method           now so far trained  kept T* MACs ms/step training MSE new MSE, 0          1          5            ┃
      ┃ 1 standard     1.13e-2      ✓    1761 14.1k  – 1680    0.25 0.01 ±0.0013    2 ±0.25 0.5 ±0.062 0.1 ±0.013            ┃
      ┃▸2 pooled       2.98e-1    50%    3522 14.1k 18    ·     0.5            ·          ·          ·          ·            ┃
      ┃ 3 heads        5.71e-1    50%    5283 14.1k  –    ·    0.75            ·          ·          ·          ·            ┃
      ┃ 4 hypernetwork 8.48e-1    50%    7044 14.1k 18    ·       1            ·          ·          ·          ·            ┃
      ┃ 5 learned-init 1.89e+0      ✗    8805 14.1k  –    ·    1.25            ·          ·          ·          ·            ┃
      ┃ pooled: generated from a learned embedding; a new task fits z                                                        ┃
      ┃ [ ] columns  new, 10 ·  adapt ms ·  emitted 1761                                                                     ┃
      ┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛

       j/k method  h/l cursor  │  space race/pause  r anew  Tab pane  w save  e export  : commands  ? help  q quit
      """#)
  }

  @Test func theRaceInASmallTerminal() {
    var model = screen(Size(80, 24))
    model.comparison.crosshair = 600
    expect(
      model,
      #"""
       sine-family  ● RACING  █████░░░░░░░ 43%  measuring standard, seed 2  not saved
      ┏━ 8 Compare ━━━━━━━━━━━━━━━━━━━━ loss of new tasks, 5 steps · seed 1 · log y ━┓
      ┃sine-family: 36 training tasks, 8 new ones with 20 examples each; 2400 steps a┃
      ┃method, 3 seeds from 1, ± 95 % over seeds; target network 1761 numbers        ┃
      ┃    │   ⠒⠤⢄⣀⡀⠤⠤⠤⠤⠤⢄⣀⣀⡀ ┊                                                      ┃
      ┃1e+0┤     ⠈⠉⠈⠉⠉⠑⠒⠒⠢⠤⠤⢄⣀⣀⡀⠉5⠢⠤⠤⠤⠤⠤⢄⣀⣀⡀                                         ┃
      ┃    │             ⠉⠑⠒⠢⠤⠤⠈⠉⠉⠑⠒⠒⠢⠤⠤⢄⣀⣀⠈⠉3⠉⠉4                                    ┃
      ┃    │                  ┊ ⠈⠉⠒⠢⠤⢄⣀⣀   ⠉⠑⠒⠢⠤2                                    ┃
      ┃1e-1┤                  ┊         ⠉⠑⠒⠤⢄⣀⡀                                      ┃
      ┃    │                  ┊               ⠈⠉⠉⠒⠢⠤⢄⣀⣀⣀                             ┃
      ┃    │                  ┊                         ⠉⠉⠉⠒⠒⠢⠤⣀⣀⣀⣀⣀                 ┃
      ┃1e-2┤                  ┊                                     ⠉⠉⠉⠒⠒⠒⠒⠒⠒⠤⠤⠤⠤⠤⠤⠤1┃
      ┃     0             500 ┊          1k            1.5k            2k        step┃
      ┃   method          @600 so far trained  kept T* MACs ms/step training MSE     ┃
      ┃ 1 standard     5.51e-1      ✓    1761 14.1k  – 1680    0.25 0.01 ±0.0013     ┃
      ┃▸2 pooled       1.07e+0    50%    3522 14.1k 18    ·     0.5            ·     ┃
      ┃ 3 heads        1.50e+0    50%    5283 14.1k  –    ·    0.75            ·     ┃
      ┃ 4 hypernetwork 1.84e+0    50%    7044 14.1k 18    ·       1            ·     ┃
      ┃ 5 learned-init 2.10e+0      ✗    8805 14.1k  –    ·    1.25            ·     ┃
      ┃ pooled: generated from a learned embedding; a new task fits z                ┃
      ┃ [ ] columns  new, 1 ·  new, 5 ·  new, 10 ·  adapt ms ·  emitted 1761         ┃
      ┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛

       j/k method  │  space race/pause  r anew  Tab pane  : commands  ? help  q quit
      """#)
  }

  @Test func theRaceIsOverInASCII() {
    expect(
      screen(Size(80, 24), Capabilities(colors: .mono, unicode: false), isDone: true),
      #"""
       sine-family  = DONE  ############ 100%  5 of 5 measured  not saved
      #= 8 Compare ==================== loss of new tasks, 5 steps . seed 1 . log y =#
      #sine-family: 36 training tasks, 8 new ones with 20 examples each; 2400 steps a#
      #method, 3 seeds from 1, + 95 % over seeds; target network 1761 numbers        #
      #    |   '.'...........                                                        #
      #1e+0+     ''''''''''..'..'''''''':............                                #
      #    |             ''':....'' '''..'.''''.''.'''''''''''............           #
      #    |                    ''':....   ' '' .. ..'''''''''....'' '' ''''''''''''5#
      #1e-1+                            '''....       '' '' .. ..   '''''''''....3..4#
      #    |                                  '''':.....          '' '' '' .. .. ..  #
      #    |                                            ''''':......                2#
      #1e-2+                                                        '''''''''.......1#
      #     0             500            1k            1.5k            2k        step#
      #   method       trained  kept T* MACs ms/step training MSE new MSE, 0         #
      # 1 standard        1761 14.1k  - 1680    0.25 0.01 +0.0013    2 +0.25         #
      #>2 pooled          3522 14.1k 18 1680     0.5 0.02 +0.0025     4 +0.5         #
      # 3 heads           5283 14.1k  - 1680    0.75 0.03 +0.0037    6 +0.75         #
      # 4 hypernetwork    7044 14.1k 18 1680       1  0.04 +0.005       8 +1         #
      # 5 learned-init    8805 14.1k  - 1680    1.25 0.05 +0.0063    10 +1.2         #
      # pooled: generated from a learned embedding; a new task fits z                #
      # [ ] columns  new, 10 0.1 +0.013  adapt ms 0.1  emitted 1761                  #
      #==============================================================================#

       j/k method  |  space race/pause  r anew  Tab pane  : commands  ? help  q quit
      """#)
  }

  @Test func theRaceInNumbers() {
    expect(
      screen(Size(40, 10)),
      #"""
       sine-family  ● RACING  43%
       measuring standard, seed 2
      ▸8 Compare
       pooled        2.98e-1   50%
       heads         5.71e-1   50%
       hypernetwork  8.48e-1   50%
       learned-init  1.89e+0     ✗
       standard      1.13e-2     ✓

       : commands  ? help  q quit
      """#)
  }
}
