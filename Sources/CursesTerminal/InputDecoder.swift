import CTerminal
import Terminal

/// Turns what a terminal sends into events. Pure: bytes in, events out.
///
/// Curses recognises the sequences of the terminal type at hand; what it passes on as bytes is
/// decoded here: text in UTF-8, xterm's sequences with modifiers, reports of the mouse (SGR). An
/// unknown sequence is swallowed whole, so that its letters do not act as keys.
public struct InputDecoder {
  public enum Token: Hashable {
    case byte(UInt8)
    case key(Key)
  }

  /// An unfinished sequence or character.
  private var pending: [UInt8] = []
  /// How much of it was there when the input last ran dry.
  private var dryCount = 0

  /// No sequence is longer; one that is, is noise.
  private static let lengthLimit = 64

  public init() {}

  public mutating func take(_ token: Token) -> [Event] {
    switch token {
    case .key(let key): return abandon() + [.key(key)]
    case .byte(let byte): return take(byte)
    }
  }

  /// The input has run dry: a lone Escape was the key.
  public mutating func flush() -> [Event] {
    defer { dryCount = pending.count }
    if pending.first == 0x1B {
      // One or two bytes are keys pressed by a person. More are a sequence that came in parts; if
      // nothing has been added since the last time, its end is lost.
      if pending.count <= 2 || pending.count == dryCount { return abandon() }
    }
    return []
  }

  /// Ends an unfinished sequence: its first bytes were keys, a longer one is dropped.
  private mutating func abandon() -> [Event] {
    defer { pending = [] }
    guard pending.first == 0x1B, pending.count <= 2 else { return [] }
    return pending.compactMap { InputDecoder.plainKey($0).map(Event.key) }
  }

  private mutating func take(_ byte: UInt8) -> [Event] {
    guard let first = pending.first else { return begin(byte) }
    if first != 0x1B { return continueCharacter(byte) }
    if byte == 0x1B || byte < 0x20 || byte > 0x7E {
      // Never inside a sequence: what was pending ends here.
      return abandon() + begin(byte)
    }
    pending.append(byte)
    if pending.count == 2 {
      // Escape and a letter: two keys, because there are no Alt chords.
      return byte == 0x5B || byte == 0x4F ? [] : abandon()
    }
    if pending[1] == 0x4F {
      defer { pending = [] }
      if let key = InputDecoder.cursorKey(byte, modifiers: 0) { return [.key(key)] }
      if byte == 0x4D { return [.key(Key(.enter))] }
      return pending.compactMap { InputDecoder.plainKey($0).map(Event.key) }
    }
    if byte >= 0x40 {
      defer { pending = [] }
      return sequence(parameters: pending[2..<(pending.count - 1)], final: byte)
    }
    if pending.count > InputDecoder.lengthLimit { pending = [] }
    return []
  }

  private mutating func begin(_ byte: UInt8) -> [Event] {
    if byte == 0x1B || byte >= 0xC2 && byte < 0xF5 {
      pending = [byte]
      dryCount = 0
      return []
    }
    return InputDecoder.plainKey(byte).map { [.key($0)] } ?? []
  }

  /// A key of one byte; nil for bytes that are none.
  private static func plainKey(_ byte: UInt8) -> Key? {
    switch byte {
    case 0x1B: Key(.escape)
    case 0x0D, 0x0A: Key(.enter)
    case 0x09: Key(.tab)
    case 0x7F, 0x08: Key(.backspace)
    case 0x00: .control(" ")
    case 0x01...0x1A: .control(Unicode.Scalar(byte + 0x60))
    case 0x1C...0x1F: .control(Unicode.Scalar(byte + 0x40))
    case 0x20...0x7E: .character(Unicode.Scalar(byte))
    default: nil
    }
  }

  private mutating func continueCharacter(_ byte: UInt8) -> [Event] {
    guard byte & 0xC0 == 0x80 else {
      pending = []
      return begin(byte)
    }
    pending.append(byte)
    let needed = pending[0] < 0xE0 ? 2 : pending[0] < 0xF0 ? 3 : 4
    guard pending.count == needed else { return [] }
    defer { pending = [] }
    let lead = UInt32(pending[0]) & (0xFF >> UInt32(needed + 1))
    let value = pending.dropFirst().reduce(lead) { $0 << 6 | UInt32($1 & 0x3F) }
    let smallest: UInt32 = needed == 2 ? 0x80 : needed == 3 ? 0x800 : 0x1_0000
    // Control characters of the second kind are no keys.
    guard value >= max(smallest, 0xA0), let scalar = Unicode.Scalar(value) else { return [] }
    return [.key(.character(scalar))]
  }

  /// `ESC [ parameters final`.
  private func sequence(parameters: ArraySlice<UInt8>, final: UInt8) -> [Event] {
    if parameters.first == 0x3C { return mouse(parameters.dropFirst(), final) }
    guard parameters.allSatisfy({ $0 >= 0x30 && $0 <= 0x3B }) else { return [] }
    let numbers = InputDecoder.numbers(parameters)
    let modifiers = numbers.count > 1 ? max(numbers[1] - 1, 0) : 0
    if let key = InputDecoder.cursorKey(final, modifiers: modifiers) { return [.key(key)] }
    let control = modifiers & 4 != 0
    let shift = modifiers & 1 != 0
    switch final {
    case 0x5A: return [.key(Key(.tab, shift: true))]
    // rxvt's arrows with Shift.
    case 0x61...0x64:
      return InputDecoder.cursorKey(final - 0x20, modifiers: 1).map { [.key($0)] } ?? []
    // `~`; brackets of a paste (200, 201) are dropped, what is pasted counts as typed.
    case 0x7E:
      let codes: [Int: Key.Code] = [
        1: .home, 7: .home, 4: .end, 8: .end, 2: .insert, 3: .delete, 5: .pageUp, 6: .pageDown,
      ]
      return codes[numbers.first ?? 0].map {
        [.key(Key($0, control: control, shift: shift))]
      } ?? []
    default: return []
    }
  }

  private static func cursorKey(_ final: UInt8, modifiers: Int) -> Key? {
    let codes: [UInt8: Key.Code] = [
      0x41: .up, 0x42: .down, 0x43: .right, 0x44: .left, 0x48: .home, 0x46: .end,
    ]
    return codes[final].map {
      Key($0, control: modifiers & 4 != 0, shift: modifiers & 1 != 0)
    }
  }

  /// `button ; x ; y`, counted from 1; pressed (`M`) or released (`m`).
  private func mouse(_ parameters: ArraySlice<UInt8>, _ final: UInt8) -> [Event] {
    let numbers = InputDecoder.numbers(parameters)
    guard numbers.count == 3, final == 0x4D || final == 0x6D else { return [] }
    let (button, x, y) = (numbers[0], max(numbers[1] - 1, 0), max(numbers[2] - 1, 0))
    let action: Mouse.Action
    switch button & ~0b1_1100 {  // Without Shift, Alt and Control.
    case 0: action = final == 0x4D ? .press : .release
    case 32: action = .drag
    case 64: action = .wheelUp
    case 65: action = .wheelDown
    default: return []
    }
    return [.mouse(Mouse(action, x: x, y: y))]
  }

  /// Numbers between semicolons; missing ones are 0, absurd ones cut off.
  private static func numbers(_ bytes: ArraySlice<UInt8>) -> [Int] {
    bytes.split(separator: 0x3B, omittingEmptySubsequences: false).map { digits in
      digits.reduce(0) { $1 >= 0x30 && $1 <= 0x39 ? min($0 * 10 + Int($1 - 0x30), 99_999) : $0 }
    }
  }
}

extension Key {
  /// The key of curses' token; nil for those that have no name here.
  init?(token: Int32) {
    let codes: [ct_key: Code] = [
      CT_KEY_UP: .up, CT_KEY_DOWN: .down, CT_KEY_LEFT: .left, CT_KEY_RIGHT: .right,
      CT_KEY_HOME: .home, CT_KEY_END: .end, CT_KEY_PAGE_UP: .pageUp,
      CT_KEY_PAGE_DOWN: .pageDown, CT_KEY_INSERT: .insert, CT_KEY_DELETE: .delete,
      CT_KEY_BACKSPACE: .backspace, CT_KEY_ENTER: .enter, CT_KEY_TAB: .tab,
    ]
    let key = ct_key(UInt32(token & Int32(CT_KEY_MASK)))
    guard let code = codes[key] else { return nil }
    self.init(
      code, control: token & Int32(CT_CONTROL) != 0, shift: token & Int32(CT_SHIFT) != 0)
  }
}
