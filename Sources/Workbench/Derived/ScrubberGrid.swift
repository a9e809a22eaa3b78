import Terminal

/// How the context pane lays out its sliders: in columns as few as will do, because a long slider
/// shows a small step; what does not fit is counted in columns of its own at the right.
struct ScrubberGrid: Equatable {
  /// A component and the cells it has: name, number and track.
  struct Slot: Equatable {
    let component: Int
    let rect: Rect
    /// The track's cells; empty where there is no room for one.
    let track: Rect
  }

  let slots: [Slot]
  /// Rows of cells taken by components.
  let rows: Int
  /// Components above and below what is in view.
  let above: Int
  let below: Int
  /// Where the position between A and B stands, and its track; nil where it does not.
  let position: Rect?
  /// Where the line about the place begins; nil where there is none.
  let info: Int?

  /// Columns kept for the marks of what is not in view.
  private static let marksWidth = 10

  /// - Parameters:
  ///   - count: components of the context.
  ///   - cursor: the component under the cursor; `count` is the position.
  init(count: Int, cursor: Int, in size: Size) {
    guard size.height >= 3 else {
      self.init(short: count, cursor: cursor, in: size)
      return
    }
    let infoRows = size.height >= 4 ? 1 : 0
    let room = size.height - 1 - infoRows
    let columns = min(max((count + room - 1) / room, 1), max(size.width / 32, 1))
    let all = (count + columns - 1) / columns
    let shown = min(all, room)
    let cursorRow = cursor >= count ? all - 1 : cursor / columns
    let first = min(max(cursorRow - shown / 2, 0), max(all - shown, 0))
    let hides = shown < all
    let width = hides ? max(size.width - ScrubberGrid.marksWidth, 0) : size.width
    let end = min((first + shown) * columns, count)
    let spare = size.height - shown - 2
    self.init(
      slots: ScrubberGrid.slots(first * columns..<end, columns, width, of: count), rows: shown,
      above: first * columns, below: count - end,
      position: Rect(x: 0, y: shown, width: size.width, height: 1),
      info: infoRows == 0 ? nil : spare >= 4 ? shown + 1 : size.height - 1)
  }

  private init(slots: [Slot], rows: Int, above: Int, below: Int, position: Rect?, info: Int?) {
    self.slots = slots
    self.rows = rows
    self.above = above
    self.below = below
    self.position = position
    self.info = info
  }

  /// Two lines, or one: what the cursor is on comes first.
  private init(short count: Int, cursor: Int, in size: Size) {
    let columns = min(max(size.width / 34, 1), max(count, 1))
    let isOnPosition = cursor >= count
    let first = isOnPosition ? 0 : cursor / columns * columns
    slots =
      isOnPosition || size.height < 1
      ? [] : ScrubberGrid.slots(first..<min(first + columns, count), columns, size.width, of: count)
    rows = size.height > 0 ? 1 : 0
    above = 0
    below = 0
    position =
      isOnPosition && size.height > 0 ? Rect(x: 0, y: 0, width: size.width, height: 1) : nil
    info = size.height >= 2 ? 1 : nil
  }

  /// Columns share the width to the last cell.
  private static func slots(
    _ components: Range<Int>, _ columns: Int, _ width: Int, of count: Int
  ) -> [Slot] {
    components.enumerated().map { place, component in
      let column = place % columns
      let left = width * column / columns
      let right = width * (column + 1) / columns
      let own = right - left - (column + 1 < columns ? 2 : 1)
      let rect = Rect(x: left, y: place / columns, width: own, height: 1)
      let end = left + nameWidth(of: count) + 8
      let track = left + own - end - 2
      return Slot(
        component: component, rect: rect,
        track: Rect(x: end + 2, y: rect.y, width: track >= 5 ? track : 0, height: 1))
    }
  }

  static func nameWidth(of count: Int) -> Int { count > 10 ? 3 : 2 }

  /// The track of the position between A and B, with so many cells of words after it.
  static func positionTrack(in row: Rect, words: Int) -> Rect {
    let width = row.width - 12 - words - 2
    return Rect(x: row.x + 12, y: row.y, width: width >= 5 ? width : 0, height: 1)
  }
}

/// The end of a scale for numbers of which one may be out of all proportion: the largest, but no
/// farther than four times the third quartile, rounded up. Of what a bell curve gives nothing is
/// cut off, for four third quartiles are 4.6 standard deviations.
func robustReach(_ values: [Float]) -> Float {
  let sizes = values.lazy.filter(\.isFinite).map(abs).filter { $0 > 0 }.sorted()
  guard let largest = sizes.last else { return 1 }
  let quartile = sizes[(sizes.count - 1) * 3 / 4]
  return Figures.ladder(min(largest * 1.1, quartile * 4))
}
