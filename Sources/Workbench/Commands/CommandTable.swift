import Terminal

/// Every command there is, listed once. Dispatch, footer, help, palette, the README's table of keys
/// and the manual page all read this table.
public enum CommandTable {
  /// A command: its name, the keys it is bound to, where they work, and what it does.
  public struct Row: Sendable {
    /// What it is called in the palette, in scripts and in help: `run.toggle`.
    public let name: String
    public let keys: [Key]
    public let scope: Scope
    public let group: Group
    /// What it does, in a sentence without a full stop.
    public let help: String
    /// What may follow the name in the palette.
    public let argument: Argument?
    /// Other names, which fingers know from elsewhere: typed whole, they win over everything.
    public let aliases: [String]
    let action: Action

    init(
      _ name: String, _ keys: [Key], in scope: Scope = .everywhere, _ group: Group,
      _ action: Action,
      _ help: String, argument: Argument? = nil, aliases: [String] = []
    ) {
      self.name = name
      self.keys = keys
      self.scope = scope
      self.group = group
      self.help = help
      self.argument = argument
      self.aliases = aliases
      self.action = action
    }

    /// Its keys as a person reads them: `h ←`.
    public var keyText: String { keys.map(\.description).joined(separator: " ") }
    /// Its name with what follows it: `theme NAME`.
    public var usage: String { name + (argument.map { " " + $0.usage } ?? "") }
  }

  /// The panes a key works in.
  public enum Scope: Sendable, Hashable {
    case everywhere
    case panes([Pane])

    public func contains(_ pane: Pane) -> Bool {
      switch self {
      case .everywhere: true
      case .panes(let panes): panes.contains(pane)
      }
    }
  }

  /// The headings of the help.
  public enum Group: String, Sendable, CaseIterable {
    case run = "Training"
    case panes = "Panes"
    case cursor = "Cursor and view"
    case context = "Context"
    case keeping = "Comparing and keeping"
    case screen = "Screen"
  }

  /// What follows a command's name.
  public struct Argument: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
      case number, path, theme, knob, experiment, task, heldOutTask, speed, export, race
    }
    public let kind: Kind
    public let placeholder: String
    public let isRequired: Bool

    /// As it stands in help: `NAME`, or `[NAME]` where it may be left out.
    public var usage: String { isRequired ? placeholder : "[\(placeholder)]" }
  }

  public static let rows: [Row] = run + panes + cursor + context + keeping + screen

  /// What a key does in a pane.
  public static func row(for key: Key, in pane: Pane) -> Row? {
    rows.first { $0.scope.contains(pane) && $0.keys.contains(key) }
  }

  /// The command of a name or an alias.
  public static func row(named name: String) -> Row? {
    rows.first { $0.name == name || $0.aliases.contains(name) }
  }
}
