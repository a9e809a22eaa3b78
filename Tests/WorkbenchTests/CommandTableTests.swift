import Terminal
import Testing
import Workbench

struct CommandTableTests {
  @Test(arguments: Pane.allCases)
  func noKeyIsBoundTwiceInAPane(pane: Pane) {
    var seen: [Key: String] = [:]
    for row in CommandTable.rows where row.scope.contains(pane) {
      for key in row.keys {
        #expect(seen[key] == nil, "\(key) is both \(seen[key] ?? "") and \(row.name)")
        seen[key] = row.name
      }
    }
  }

  @Test func namesAreUniqueAndEveryCommandIsDocumented() {
    #expect(Set(CommandTable.rows.map(\.name)).count == CommandTable.rows.count)
    for row in CommandTable.rows {
      #expect(row.help.count >= 4, "\(row.name)")
      #expect(!row.help.hasSuffix("."), "\(row.name)")
      #expect(!row.name.contains(" "))
      #expect(!row.keys.isEmpty || row.argument != nil, "\(row.name) cannot be reached by a key")
    }
  }

  @Test func everyCommandIsInThePaletteAndTheHelp() throws {
    let model = SampleRun().model()
    let all = CommandTable.palette(matching: "", in: model)
    #expect(all.map(\.title) == CommandTable.rows.map(\.usage))
    for row in CommandTable.rows {
      let first = try #require(CommandTable.palette(matching: row.name, in: model).first)
      #expect(first.title == row.usage)
      #expect(CommandTable.help(matching: row.name).contains { $0.name == row.name })
    }
  }

  /// The grammar of keys that people are promised, as names for scripts.
  @Test(arguments: [
    "SPACE s S < > r R TAB S-TAB 1 2 3 4 5 6 7 ENTER z ESC h j k l LEFT DOWN UP RIGHT",
    "8 H J K L S-LEFT S-DOWN S-UP S-RIGHT [ ] 0 a b p . c d y u C-r w O e : C-p ? t g m C-l C-z q C-c",
  ])
  func everyPromisedKeyIsBoundEverywhere(keys: String) throws {
    for name in keys.split(separator: " ") {
      let key = try #require(Key(name: String(name)))
      for pane in Pane.allCases {
        #expect(CommandTable.row(for: key, in: pane) != nil, "\(name) in \(pane)")
      }
    }
  }

  @Test(arguments: [
    (Pane.loss, "v i o f x"), (.weights, "v"), (.space, "i o"), (.tasks, "/"), (.knobs, "/"),
  ])
  func panesHaveTheirOwnKeys(pane: Pane, keys: String) throws {
    for name in keys.split(separator: " ") {
      let key = try #require(Key(name: String(name)))
      #expect(CommandTable.row(for: key, in: pane) != nil, "\(name)")
    }
  }

  /// Keys that terminals keep for themselves, or that cannot be typed everywhere: tmux and screen
  /// take ^B and ^A, so these are never the only or the first key of a command.
  @Test func noCommandNeedsAForbiddenKey() {
    for row in CommandTable.rows {
      for key in row.keys { #expect(![.control("s"), .control("q")].contains(key)) }
      #expect(row.keys.first.map { ![.control("b"), .control("a")].contains($0) } ?? true)
    }
  }

  @Test(arguments: [("w", "save"), ("q", "quit"), ("wq", "wq"), ("x", "wq")])
  func whatFingersKnowComesFirst(typed: String, name: String) {
    let model = SampleRun().model()
    #expect(CommandTable.palette(matching: typed, in: model).first?.line == name)
    #expect(CommandTable.row(named: typed)?.name == name)
  }

  @Test func aliasesAreNobodysName() {
    var names = CommandTable.rows.map(\.name)
    names += CommandTable.rows.flatMap(\.aliases)
    #expect(Set(names).count == names.count)
  }

  @Test func theHelpIsSearchedByKeysNamesAndWords() {
    // Not by headings: "pin" is no part of what "Comparing and keeping" lists.
    let names = CommandTable.help(matching: "pin").map(\.name)
    #expect(names.contains("pin.difference"))
    #expect(!names.contains("export"))
    #expect(CommandTable.help(matching: "^R").map(\.name) == ["redo"])
  }

  @Test(arguments: Pane.allCases)
  func hintsTakeTheirKeysFromTheTable(pane: Pane) {
    for hint in CommandTable.hints(for: pane) + CommandTable.globalHints {
      #expect(!hint.keys.isEmpty, "\(hint.label)")
    }
    let anchors = CommandTable.hints(for: pane).first { $0.label == "anchors" }
    #expect(anchors == nil || anchors?.keys == "a/b")
  }

  @Test func thePaletteFindsByScatteredLetters() throws {
    let model = SampleRun().model()
    #expect(CommandTable.palette(matching: "rew", in: model).first?.line == "run.rewind")
    #expect(CommandTable.palette(matching: "smooth", in: model).first?.line == "view.smoothing")
    #expect(CommandTable.palette(matching: "qzx", in: model).isEmpty)
  }

  @Test func thePaletteCompletesArguments() {
    let model = SampleRun().model()
    func lines(_ text: String) -> [String] {
      CommandTable.palette(matching: text, in: model).map(\.line)
    }
    #expect(lines("theme ") == ["theme loom", "theme paper"])
    #expect(lines("theme pa") == ["theme paper"])
    #expect(lines("set ").first == "set rate ")
    #expect(lines("set optimizer ") == ["set optimizer adam", "set optimizer sgd"])
    #expect(lines("set rate 0.5") == ["set rate 0.5"])
    #expect(lines("fit ") == ["fit h1"])
    #expect(lines("seed 12") == ["seed 12"])
    #expect(lines("open some.json") == ["open some.json"])
    #expect(lines("start digit-v") == ["start digit-views"])
  }

  @Test func theDocumentsNameEveryCommandAndKey() {
    for row in CommandTable.rows {
      #expect(CommandTable.markdown.contains("`\(row.usage)`"))
      #expect(CommandTable.manual.contains(row.name.split(separator: "-")[0]))
    }
    for line in CommandTable.manual.split(separator: "\n") where line.hasPrefix(".") {
      #expect([".SH", ".SS", ".TP"].contains { line.hasPrefix($0) }, "\(line)")
    }
  }
}
