import Terminal
import Testing

let unicode = Capabilities(colors: .palette256, unicode: true)
let mono = Capabilities(colors: .mono, unicode: true)
let ascii = Capabilities(colors: .mono, unicode: false)

/// Draws at a size, and compares with a picture; spaces at the ends of lines do not count.
func expectPicture(
  _ width: Int, _ height: Int, _ capabilities: Capabilities, is picture: String,
  sourceLocation: SourceLocation = #_sourceLocation, _ draw: (Canvas) -> Void
) {
  let buffer = CellBuffer(Size(width, height))
  draw(buffer.canvas)
  if !capabilities.unicode {
    #expect(
      buffer.cells.allSatisfy { $0.glyph.isASCII }, "not only ASCII",
      sourceLocation: sourceLocation)
  }
  #expect(
    buffer.text == picture, "drawn was\n\(buffer.text)", sourceLocation: sourceLocation)
}
