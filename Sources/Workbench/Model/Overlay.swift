import Terminal
import Training

/// What lies over the panes for a moment. The run goes on below it.
public enum Overlay: Sendable {
  /// Every key, grouped, filtered by what is typed; Enter runs the row.
  case help(ListState)
  /// Every command by name; also takes arguments (`theme paper`, `set rate 0.01`, `seed 7`).
  case palette(ListState)
  /// A line of input in the footer, for a pane's filter, a number, a file name.
  case prompt(Prompt)
  /// Sessions and experiments.
  case browser(BrowserState)
}

extension Overlay {
  /// The list in it, where it is one.
  var list: ListState? {
    get {
      switch self {
      case .help(let list), .palette(let list): list
      case .browser(let browser): browser.list
      case .prompt: nil
      }
    }
    set {
      guard let newValue else { return }
      switch self {
      case .help: self = .help(newValue)
      case .palette: self = .palette(newValue)
      case .browser(var browser):
        browser.list = newValue
        self = .browser(browser)
      case .prompt: break
      }
    }
  }
}

/// A list filtered by typed text.
public struct ListState: Sendable, Equatable {
  public var field = TextField()
  public var selection = 0
  public init() {}
}

extension ListState {
  public var text: String {
    get { field.text }
    set { field.text = newValue }
  }
}

public struct Prompt: Sendable, Equatable {
  public enum Purpose: Sendable, Equatable {
    case filter(Pane)
    /// A component of z, a knob or a weight typed as a number.
    case value
    case save
    case export
  }
  public var purpose: Purpose
  public var label: String
  public var field: TextField
  /// What is wrong with what was typed, shown beside it.
  public var problem: String?
  /// Nothing was typed yet: the first character replaces what stands there.
  public var isUntouched = false

  public init(
    purpose: Purpose, label: String, text: String, problem: String? = nil,
    isUntouched: Bool = false
  ) {
    self.purpose = purpose
    self.label = label
    field = TextField(text)
    self.problem = problem
    self.isUntouched = isUntouched
  }

  public var text: String {
    get { field.text }
    set { field.text = newValue }
  }
}

/// The session browser: experiments to start, then sessions, newest first.
public struct BrowserState: Sendable, Equatable {
  public enum Entry: Sendable, Equatable {
    case experiment(name: String, summary: String)
    case session(SessionSummary)
  }
  public var entries: [Entry]
  public var list = ListState()

  public init(entries: [Entry]) { self.entries = entries }

  /// The entries that contain the typed text; the selection counts among these.
  public var visibleEntries: [Entry] {
    entries.filter { entry in
      switch entry {
      case .experiment(let name, let summary):
        (name + " " + summary).containsIgnoringCase(list.text)
      case .session(let session):
        (session.path + " " + session.experiment).containsIgnoringCase(list.text)
      }
    }
  }
}
