import Terminal
import Testing

struct GeometryTests {
  /// Whatever the cut, the parts cover the whole once, and nothing lies outside.
  @Test func partsCoverTheWhole() {
    for width in 0...6 {
      for height in 0...6 {
        let whole = Rect(x: 3, y: 5, width: width, height: height)
        for count in -2...9 {
          let (top, below) = whole.rows(count)
          let (left, right) = whole.columns(count)
          for (a, b) in [(top, below), (left, right)] {
            #expect(a.width * a.height + b.width * b.height == width * height)
            #expect(a.intersection(b).isEmpty)
            #expect(a.intersection(whole).size == a.size || a.isEmpty)
            #expect(b.intersection(whole).size == b.size || b.isEmpty)
          }
        }
      }
    }
  }

  @Test func nothingIsDrawnOutsideACanvas() {
    let buffer = CellBuffer(Size(10, 4))
    let canvas = buffer.canvas.sub(Rect(x: 2, y: 1, width: 5, height: 2))
    canvas.fill(Rect(x: -5, y: -5, width: 50, height: 50), Cell("#"))
    canvas.text("far too long a text", x: -3, y: 1)
    canvas.sub(Rect(x: 3, y: 1, width: 9, height: 9)).fill(nil, Cell("o"))
    #expect(buffer.text == "\n  #####\n   tooo\n")
  }

  @Test func wideAndUnknownGlyphsBecomeQuestionMarks() {
    let buffer = CellBuffer(Size(8, 1))
    buffer.canvas.text("a漢🙂\u{1B}\u{301}b", x: 0, y: 0)
    #expect(buffer.text == "a????b")
  }

  @Test func everyFallbackIsASCIIAndNarrow() {
    for value in UInt32(0)...0x2FFF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      #expect((0x20...0x7E).contains(scalar.ascii.value), "\(value)")
    }
  }
}
