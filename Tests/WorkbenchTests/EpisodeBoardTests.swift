import Learning
import Terminal
import Testing
import Workbench

struct EpisodeBoardTests {
  private func episode(ways: Int, queries: Int) -> Behaviour.Episode {
    .init(
      side: 28, script: "Hebrew", isTested: true, classNames: (0..<ways).map { "\($0)" },
      support: [],
      queries: (0..<queries).map { .init(pixels: [], label: $0 % ways, probabilities: []) })
  }

  /// In every size: images side by side within the pane, the cursor's among them.
  @Test(arguments: [(5, 25), (2, 3), (20, 100)])
  func imagesDoNotOverlapAndTheCursorIsInView(_ ways: Int, _ queries: Int) {
    let episode = episode(ways: ways, queries: queries)
    for width in stride(from: 1, through: 200, by: 9) {
      for height in 1...50 {
        for cursor in [0, queries / 2, queries - 1] {
          let board = EpisodeBoard(episode, in: Size(width, height), cursor: cursor)
          #expect(board.classes.contains(cursor % ways))
          if !board.rows.isEmpty { #expect(board.rows.contains(cursor / ways)) }
          var last = -1
          for label in board.classes {
            let (x, y) = board.corner(class: label, row: nil)
            #expect(x > last && y == 0)
            last = x + board.picture.width - 1
            for row in board.rows {
              let below = board.corner(class: label, row: row)
              let line = row - board.rows.lowerBound + 1
              #expect(below == (x, line * (board.picture.height + 1)))
              #expect(below.y + board.picture.height < board.images.maxY)
            }
          }
          if board.classes.count > 1 { #expect(last < width) }
        }
      }
    }
  }

  @Test func aPersonReadsWhatIsTakenForWhat() {
    let model = ModelFixture.fewShotGlyphs()
    let buffer = CellBuffer(model.size)
    Screen.render(model, on: buffer.canvas)
    let text = buffer.text
    #expect(text.contains("90% of 10"))
    #expect(text.contains("acc 90.0%"))
    // The wrong one is under the cursor: a third class's query taken for the fifth.
    #expect(text.contains("▸✗5 80%"))
    #expect(text.contains("✓ 80%"))
    // The vertical bar of the first labelled image, all dots of its cells.
    #expect(text.contains("⣿"))
    let plain = ModelFixture.fewShotGlyphs(
      Size(120, 36), Capabilities(colors: .mono, unicode: false))
    let ascii = CellBuffer(plain.size)
    Screen.render(plain, on: ascii.canvas)
    #expect(ascii.text.contains("@") && ascii.text.contains("90% of 10"))
    #expect(ascii.text.unicodeScalars.allSatisfy(\.isASCII))
  }

  @Test func rowsOfQueriesAreWalked() {
    var model = ModelFixture.fewShotGlyphs()
    model.press("6")
    #expect(model.target.cursor == 7)
    model.press("k")
    #expect(model.target.cursor == 2)
    model.press("l")
    #expect(model.target.cursor == 3)
    model.press("j")
    #expect(model.target.cursor == 8)
  }
}
