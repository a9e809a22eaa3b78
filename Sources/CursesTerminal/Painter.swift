import CTerminal
import Terminal

/// Brings pictures to curses, as far as they differ from what the terminal shows.
struct Painter {
  private var styles: StyleCache
  /// The picture on the terminal, nil where it is unknown.
  private var shown: CellBuffer?
  /// Its cells as they were sent, nil where unknown.
  private var sent: [Cell?] = []
  private var row: [ct_cell] = []

  init(_ styles: StyleCache) { self.styles = styles }

  /// The terminal may show anything: the next picture is sent whole.
  mutating func forget() { shown = nil }

  /// Puts what has changed onto curses' next frame; false where nothing has.
  mutating func paint(_ buffer: CellBuffer) -> Bool {
    if styles.isFull {
      styles.reset()
      shown = nil
    }
    let before = shown?.size == buffer.size ? shown : nil
    if before == nil { sent = Array(repeating: nil, count: buffer.cells.count) }
    var hasChanged = false
    for y in 0..<buffer.size.height {
      let new = buffer.row(y)
      var (first, end) = (new.startIndex, new.endIndex)
      if let old = before?.row(y) {
        while first < end, new[first] == old[first] { first += 1 }
        while end > first, new[end - 1] == old[end - 1] { end -= 1 }
      }
      guard first < end else { continue }
      hasChanged = true
      row.removeAll(keepingCapacity: true)
      for index in first..<end {
        let looks = look(of: new[index], at: index)
        sent[index] = looks
        // A control character or a wide one would move everything after it.
        let glyph = looks.glyph.isNarrow ? looks.glyph : "?"
        let entry = styles.entry(for: looks.style)
        row.append(ct_cell(glyph: glyph.value, pair: entry.pair, attributes: entry.attributes))
      }
      ct_put(Int32(y), Int32(first - new.startIndex), row, Int32(row.count))
    }
    shown = buffer.copy()
    return hasChanged
  }

  /// How a cell is sent. Nobody sees the foreground of a blank: it stays what it was, or is that of
  /// the cell on its left, which saves the two changes of colour around a gap (more than half of the
  /// bytes of a scrolling plot).
  private func look(of cell: Cell, at index: Int) -> Cell {
    guard cell.glyph == " ", cell.style.isBlank else { return cell }
    if let old = sent[index], old.glyph == " ", old.style.isBlank,
      old.style.background == cell.style.background
    {
      return old
    }
    if index > 0, let left = sent[index - 1], left.style.isBlank,
      left.style.background == cell.style.background
    {
      return Cell(" ", left.style)
    }
    return cell
  }
}

extension Style {
  /// Whether a blank in this style shows nothing but its background.
  fileprivate var isBlank: Bool { attributes.isDisjoint(with: [.reverse, .underline]) }
}
