import Learning
import Terminal
import Testing
import Workbench

struct EpisodeBoardTests {
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
    #expect(ascii.text.unicodeScalars.allSatisfy { $0.isASCII })
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
