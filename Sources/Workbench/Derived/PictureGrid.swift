import Learning
import Terminal

/// How the target pane lays out pictures: so many in a row, each with a caption below. `j` and `k`
/// move by a row of this grid.
struct PictureGrid: Equatable {
  /// Cells of one picture without its caption.
  let picture: Size
  /// Columns a pixel: 1, two pixels sharing a cell; or 2, a pixel being a row high.
  let scale: Int
  let columns: Int
  let rows: Int
  /// Where the pictures stand, where one picture's probabilities stand, and the summary line.
  let pictures: Rect
  let probabilities: Rect
  let summary: Rect

  /// The narrowest list of probabilities beside the pictures.
  private static let listWidth = 18

  /// As large as ten pictures (or all of them) have room for.
  init(_ images: Behaviour.Images, in size: Size) {
    let large = PictureGrid(images, in: size, scale: 2)
    self =
      large.columns * large.rows >= min(images.examples.count, 10)
        && large.rows * (large.picture.height + 1) <= large.pictures.height
      ? large : PictureGrid(images, in: size, scale: 1)
  }

  private init(_ images: Behaviour.Images, in size: Size, scale: Int) {
    self.scale = scale
    // At scale 1 two rows of pixels share a row of cells.
    picture = Size(
      max(images.width, 1) * scale, max(scale == 1 ? (images.height + 1) / 2 : images.height, 1))
    let step = Size(picture.width + 1, picture.height + 1)
    func fit(_ width: Int, _ height: Int) -> (columns: Int, rows: Int) {
      (max((width + 1) / step.width, 1), max(height / step.height, 1))
    }
    let whole = Rect(size)
    let (body, summary) = whole.rows(size.height - (size.height >= 2 ? 1 : 0))
    self.summary = summary
    let classes = images.classNames.count
    // A list beside the pictures where that costs no row of them, else one line below, else nothing.
    let count = max(images.examples.count, 1)
    let narrow = fit(size.width - PictureGrid.listWidth - 2, body.height)
    let isListed =
      body.height >= classes + 1 && size.width >= step.width * 2 + PictureGrid.listWidth
      && narrow.columns * narrow.rows >= min(count, 10)
    if isListed {
      let shown = min(narrow.columns, count)
      let width = shown * step.width + 1
      (pictures, probabilities) = body.columns(width)
      columns = shown
      rows = narrow.rows
    } else if body.height > step.height {
      let parts = body.rows(body.height - 1)
      pictures = parts.top
      probabilities = parts.rest
      (columns, rows) = fit(pictures.width, pictures.height)
    } else {
      pictures = body
      probabilities = Rect(x: 0, y: 0, width: 0, height: 0)
      (columns, rows) = fit(pictures.width, pictures.height)
    }
  }

  /// The corner of a place in the grid, from 0.
  func corner(_ place: Int) -> (x: Int, y: Int) {
    (
      pictures.x + place % columns * (picture.width + 1),
      pictures.y + place / columns * (picture.height + 1)
    )
  }

  /// The first picture in view, so that one of them is: a multiple of a row.
  func first(showing cursor: Int, of count: Int) -> Int {
    let visible = columns * rows
    guard count > visible else { return 0 }
    let row = cursor / columns
    let last = (count + columns - 1) / columns - rows
    return min(max(row - rows / 2, 0), max(last, 0)) * columns
  }
}
