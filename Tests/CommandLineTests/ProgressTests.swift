import Testing
import weft

/// The one line of the progress bar, and the words that were probably meant.
struct ProgressTests {
  private func line(blocks: Bool = true, step: Int = 1234) -> ProgressLine {
    ProgressLine(
      name: "sine-family", step: step, total: 5000,
      losses: ["train 3.21e-3", "validation 4.05e-3"], stepsPerSecond: 1240, blocks: blocks)
  }

  @Test func fitsEveryWidth() {
    for blocks in [true, false] {
      for step in [0, 1, 1234, 4999, 5000] {
        for columns in 0...200 {
          let text = line(blocks: blocks, step: step).text(columns: columns)
          #expect(text.count <= columns, "\(columns) columns: \(text)")
          if !blocks { #expect(text.utf8.count == text.count) }
        }
      }
    }
  }

  @Test func whatMattersLessGoesFirst() {
    #expect(line().text(columns: 4) == "24 %")
    #expect(line().text(columns: 20) == "24 %  ETA 0:03")
    #expect(line().text(columns: 24) == "24 %  ETA 0:03  1.24k/s")
    #expect(line().text(columns: 40) == "███▏░░░░░░░░░  24 %  1234/5000  ETA 0:03")
    let wide = line(blocks: false).text(columns: 120)
    #expect(wide.hasPrefix("sine-family  [####"))
    for part in ["24 %", "1234/5000", "train 3.21e-3", "validation 4.05e-3", "ETA 0:03", "1.24k/s"]
    {
      #expect(wide.contains(part), "\(wide)")
    }
  }

  @Test func aBarIsFullAtTheEnd() {
    let text = line(step: 5000).text(columns: 140)
    #expect(text.contains(String(repeating: "█", count: 40)))
    #expect(!text.contains("░"))
    #expect(text.contains("100 %"))
  }

  @Test(arguments: [
    ("trian", "train"), ("sine", "sine-family"), ("SINE-FAMILY", "sine-family"),
    ("digit-veiws", "digit-views"), ("shwo", "show"),
  ])
  func theNearestWordIsFound(_ typed: String, _ meant: String) {
    let words = ["train", "show", "list", "sine-family", "digit-views"]
    #expect(Nearest.nearest(to: typed, among: words) == meant)
  }

  @Test(arguments: ["", "xyzzy", "entirely-different"])
  func nothingNearIsNothing(_ typed: String) {
    #expect(Nearest.nearest(to: typed, among: ["train", "sine-family"]) == nil)
  }

  @Test func textIsQuotedAsJSON() {
    let text = JSON.object([
      ("a\"\n", .string("\u{1}\\")), ("n", .float(.nan)), ("x", .float(1e-5)),
    ])
    #expect(text.description == #"{"a\"\n":"\u0001\\","n":null,"x":1e-05}"#)
  }
}
