import CTerminal
import Terminal

/// Styles as curses knows them: a pair of colours by number, and attributes. Pairs are few (64 on
/// small terminals) and each costs a call, so every style is looked up once.
struct StyleCache {
  struct Entry {
    var pair: Int32
    var attributes: UInt8
  }

  private let palette: Palette?
  private let limit: Int
  private var entries: [Style: Entry] = [:]
  private var pairs: [UInt64: Int32] = [:]
  // Neighbours mostly look alike.
  private var last: (style: Style, entry: Entry) = (.plain, Entry(pair: 0, attributes: 0))

  /// Nil for a terminal without colours.
  init(_ palette: Palette?) {
    self.palette = palette
    // Some thousands are more than a screen can hold, and few enough to forget them all at once.
    limit = min(Int(ct_pair_count()) - 1, 4096)
  }

  /// Whether so many different styles have been in use that a new one may take the pair of another
  /// that is on the screen.
  var isFull: Bool { palette != nil && pairs.count >= max(limit, 1) }

  /// Forgets everything; the screen must be drawn anew.
  mutating func reset() {
    ct_forget_pairs()
    entries = [:]
    pairs = [:]
    last = (.plain, Entry(pair: 0, attributes: 0))
  }

  mutating func entry(for style: Style) -> Entry {
    if style == last.style { return last.entry }
    let entry = entries[style] ?? make(style)
    last = (style, entry)
    return entry
  }

  private mutating func make(_ style: Style) -> Entry {
    let entry = Entry(pair: pair(for: style), attributes: style.attributes.rawValue)
    if entries.count >= 16_384 { entries = [:] }
    entries[style] = entry
    return entry
  }

  private mutating func pair(for style: Style) -> Int32 {
    guard let palette else { return 0 }
    let foreground = palette.index(of: style.foreground)
    let background = palette.index(of: style.background, isBackground: true)
    if foreground < 0 && background < 0 { return 0 }
    let key = UInt64(foreground + 1) << 32 | UInt64(background + 1)
    if let known = pairs[key] { return known }
    guard !isFull else { return 0 }
    let pair = ct_pair(Int32(foreground), Int32(background))
    pairs[key] = pair
    return pair
  }
}
