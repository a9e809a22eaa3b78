import Learning
import Terminal

/// How the target pane lays out a few-shot episode: a column for each class, its labelled image on top
/// and its queries below. `j` and `k` move by a row of queries.
struct EpisodeBoard: Equatable {
  /// Pixels of an image that share a dot, along a side: 1 or 2.
  let scale: Int
  /// Cells of one image without its caption.
  let picture: Size
  /// The classes in view, and the rows of queries.
  let classes: Range<Int>
  let rows: Range<Int>
  /// Where images stand, and the summary line.
  let images: Rect
  let summary: Rect

  /// As large as leaves room for all classes, or else as small as can be; the query under the cursor
  /// is in view.
  init(_ episode: Behaviour.Episode, in size: Size, cursor: Int) {
    let ways = max(episode.classNames.count, 1)
    let large = Self.picture(episode.side, scale: 1)
    let isLarge =
      ways * (large.width + 1) <= size.width + 1 && 2 * (large.height + 1) <= size.height - 1
    scale = isLarge ? 1 : 2
    picture = Self.picture(episode.side, scale: scale)
    let whole = Rect(size)
    (images, summary) = whole.rows(size.height - (size.height >= 2 ? 1 : 0))
    let queries = (episode.queries.count + ways - 1) / ways
    let shown = min(max((size.width + 1) / (picture.width + 1), 1), ways)
    classes = Self.window(of: shown, around: cursor % ways, in: ways)
    let high = max(images.height / (picture.height + 1) - 1, 0)
    rows = Self.window(of: min(high, queries), around: cursor / ways, in: queries)
  }

  /// Cells of braille, two dots wide and four high.
  private static func picture(_ side: Int, scale: Int) -> Size {
    let dots = (side + scale - 1) / scale
    return Size(max((dots + 1) / 2, 1), max((dots + 3) / 4, 1))
  }

  private static func window(of count: Int, around place: Int, in total: Int) -> Range<Int> {
    let first = min(max(place - count / 2, 0), max(total - count, 0))
    return first..<first + count
  }

  /// The corner of an image: of a class's labelled one where there is no row.
  func corner(class index: Int, row: Int?) -> (x: Int, y: Int) {
    let line = row.map { $0 - rows.lowerBound + 1 } ?? 0
    return (
      images.x + (index - classes.lowerBound) * (picture.width + 1),
      images.y + line * (picture.height + 1)
    )
  }
}
