import Learning
import Terminal
import Training

/// Keys while something lies over the panes.
extension Model {
  mutating func takeInOverlay(_ key: Key) -> [Request] {
    if key == .control("l") { return [.terminal(.redraw)] }
    if key == .control("z") { return [.terminal(.suspend)] }
    if key == .control("c") { return [.quit] }
    switch overlay {
    case .help(var state):
      let count = CommandTable.help(matching: state.text).count
      if key.code == .enter { return runHelp(state) }
      if state.take(key, count: count) { overlay = .help(state) } else { overlay = nil }
    case .palette(var state):
      if key.code == .enter || key == Key(.tab) { return runPalette(state, key) }
      let count = CommandTable.palette(matching: state.text, in: self).count
      if state.take(key, count: count) { overlay = .palette(state) } else { overlay = nil }
    case .browser(var state):
      if key.code == .enter { return openSelection(of: state) }
      let isOpen = state.list.take(key, count: state.visibleEntries.count)
      overlay = isOpen ? .browser(state) : nil
    case .prompt(let prompt): return takeInPrompt(key, prompt)
    case nil: break
    }
    return []
  }

  // MARK: Help and palette

  private mutating func runHelp(_ state: ListState) -> [Request] {
    let rows = CommandTable.help(matching: state.text)
    guard rows.indices.contains(state.selection) else { return [] }
    let row = rows[state.selection]
    overlay = nil
    guard row.argument?.isRequired != true else {
      var palette = ListState()
      palette.text = row.name + " "
      overlay = .palette(palette)
      return [.listSessions, .listThemes]
    }
    return run(row, "")
  }

  private mutating func runPalette(_ state: ListState, _ key: Key) -> [Request] {
    let entries = CommandTable.palette(matching: state.text, in: self)
    guard entries.indices.contains(state.selection) else {
      if key.code == .enter {
        overlay = nil
        return run(line: state.text)
      }
      return []
    }
    let entry = entries[state.selection]
    if key.code == .enter, entry.isComplete {
      overlay = nil
      return run(line: entry.line)
    }
    var next = ListState()
    next.text = entry.line
    overlay = .palette(next)
    return []
  }

  /// Runs a line as it is typed into the palette: a command's name and its arguments.
  mutating func run(line: String) -> [Request] {
    let words = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
    guard let name = words.first else { return [] }
    guard let row = CommandTable.row(named: String(name)) else {
      tell(.failure, "there is no command '\(name)'; ? lists them all")
      return []
    }
    let argument = words.count > 1 ? words[1].trimmed : ""
    if !argument.isEmpty, row.argument == nil {
      tell(.failure, "\(row.name) takes nothing after its name, not '\(argument)'")
      return []
    }
    if argument.isEmpty, row.argument?.isRequired == true {
      tell(.failure, "it is \(row.usage)")
      return []
    }
    return run(row, argument)
  }

  /// Runs a command; one of other panes goes to the first of them.
  private mutating func run(_ row: CommandTable.Row, _ argument: String) -> [Request] {
    if case .panes(let panes) = row.scope, !panes.contains(focus), let first = panes.first {
      go(to: first)
    }
    return perform(row.action, argument)
  }

  // MARK: Session browser

  mutating func browse() -> [Request] {
    overlay = .browser(BrowserState(entries: Self.gallery))
    return [.listSessions]
  }

  private static let gallery: [BrowserState.Entry] = Experiments.all.map {
    .experiment(name: $0.name, summary: $0.summary)
  }

  /// Sessions were found on the disk.
  mutating func list(_ sessions: [SessionSummary]) {
    sessionPaths = sessions.filter { $0.problem == nil }.map(\.path)
    guard case .browser(var state) = overlay else { return }
    state.entries = Self.gallery + sessions.map { .session($0) }
    state.list.selection = clamped(state.list.selection, state.visibleEntries.count)
    overlay = .browser(state)
  }

  private mutating func openSelection(of state: BrowserState) -> [Request] {
    let entries = state.visibleEntries
    guard entries.indices.contains(state.list.selection) else { return [] }
    switch entries[state.list.selection] {
    case .experiment(let name, _):
      overlay = nil
      return [.start(experiment: name)]
    case .session(let session):
      if let problem = session.problem {
        tell(.failure, problem)
        return []
      }
      overlay = nil
      return [.open(path: session.path)]
    }
  }
}

extension ListState {
  /// Takes a key: types, moves, or leaves. Returns false when the list is left.
  mutating func take(_ key: Key, count: Int) -> Bool {
    switch key {
    case Key(.escape): return false
    case Key(.up), .control("p"): move(-1, count)
    case Key(.down), .control("n"): move(1, count)
    case Key(.pageUp): move(-10, count)
    case Key(.pageDown): move(10, count)
    // What edits a line moves in the list as long as there is none.
    case Key(.home) where field.isEmpty: selection = 0
    case Key(.end) where field.isEmpty: selection = clamped(count - 1, count)
    case .control("b") where field.isEmpty: move(-10, count)
    case .control("f") where field.isEmpty: move(10, count)
    case .control("u") where field.isEmpty: move(-5, count)
    case .control("d") where field.isEmpty: move(5, count)
    default:
      let before = text
      if field.take(key), text != before { selection = 0 }
    }
    return true
  }

  private mutating func move(_ step: Int, _ count: Int) {
    selection = clamped(min(selection, count) + step, count)
  }
}

extension TextField {
  /// The longest line that can be typed.
  static let longestLine = 4096

  /// Edits the line, unless that would make it too long or put into it what is no text. Returns
  /// whether the key was one of a line.
  mutating func take(_ key: Key) -> Bool {
    if case .character(let scalar) = key.code, !key.control {
      guard scalar.value >= 0x20, scalar.value != 0x7F, scalars.count < Self.longestLine else {
        return false
      }
    }
    return handle(key)
  }
}

extension Substring {
  /// Without the spaces around it.
  var trimmed: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return String(text.drop { $0 == " " })
  }
}
