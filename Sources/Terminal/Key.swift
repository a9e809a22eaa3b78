/// A key press.
public struct Key: Hashable, Sendable {
  public enum Code: Hashable, Sendable {
    case character(Unicode.Scalar)
    case enter, escape, tab, backspace, delete, insert
    case up, down, left, right, home, end, pageUp, pageDown
  }

  public var code: Code
  /// With Control; the character is then a lower-case letter.
  public var control: Bool
  /// With Shift, where the terminal tells: arrows and Tab. A capital letter is a character.
  public var shift: Bool

  public init(_ code: Code, control: Bool = false, shift: Bool = false) {
    self.code = code
    self.control = control
    self.shift = shift
  }

  public static func character(_ scalar: Unicode.Scalar) -> Key { Key(.character(scalar)) }
  public static func control(_ letter: Unicode.Scalar) -> Key {
    Key(.character(letter), control: true)
  }
}

extension Key: CustomStringConvertible {
  private static let names: [(code: Code, name: String, sign: String)] = [
    (.enter, "ENTER", "↵"), (.escape, "ESC", "Esc"), (.tab, "TAB", "Tab"),
    (.backspace, "BS", "Backspace"), (.delete, "DEL", "Del"), (.insert, "INS", "Ins"),
    (.up, "UP", "↑"), (.down, "DOWN", "↓"), (.left, "LEFT", "←"), (.right, "RIGHT", "→"),
    (.home, "HOME", "Home"), (.end, "END", "End"), (.pageUp, "PGUP", "PgUp"),
    (.pageDown, "PGDN", "PgDn"),
  ]

  /// How it is written in scripts: `a`, `SPACE`, `C-r`, `S-LEFT`, `ENTER`.
  public var name: String {
    switch code {
    case .character(" "): (control ? "C-" : "") + "SPACE"
    case .character(let scalar): (control ? "C-" : "") + String(Character(scalar))
    default:
      (shift ? "S-" : "") + (control ? "C-" : "")
        + (Key.names.first { $0.code == code }?.name ?? "?")
    }
  }

  /// How it is shown to a person: `a`, `space`, `^R`, `S-←`, `↵`.
  public var description: String {
    switch code {
    case .character(" "): (control ? "^" : "") + "space"
    case .character(let scalar):
      control
        ? "^" + String(Character(scalar)).uppercased() : String(Character(scalar))
    default:
      (shift ? "S-" : "") + (control ? "^" : "")
        + (Key.names.first { $0.code == code }?.sign ?? "?")
    }
  }

  /// Reads a name as `name` writes it; also `BTAB`. Nil where there is no such key.
  public init?(name: String) {
    var rest = Substring(name)
    var control = false
    var shift = false
    while rest.unicodeScalars.count > 2 {
      if rest.hasPrefix("C-") {
        control = true
      } else if rest.hasPrefix("S-") {
        shift = true
      } else {
        break
      }
      rest = rest.dropFirst(2)
    }
    if rest == "BTAB" {
      self.init(.tab, control: control, shift: true)
    } else if rest == "SPACE" {
      self.init(.character(" "), control: control, shift: shift)
    } else if let known = Key.names.first(where: { $0.name == rest }) {
      self.init(known.code, control: control, shift: shift)
    } else if rest.unicodeScalars.count == 1, let scalar = rest.unicodeScalars.first {
      self.init(.character(scalar), control: control, shift: shift)
    } else {
      return nil
    }
  }
}

/// A press of a mouse button, a turn of its wheel, or a move with a button held; in cells.
public struct Mouse: Hashable, Sendable {
  public enum Action: Hashable, Sendable { case press, drag, release, wheelUp, wheelDown }
  public var action: Action
  public var x: Int
  public var y: Int

  public init(_ action: Action, x: Int, y: Int) {
    self.action = action
    self.x = x
    self.y = y
  }
}
