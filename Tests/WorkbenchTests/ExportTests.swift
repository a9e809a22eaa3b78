import Foundation
import Testing
import Training
import Workbench

struct ExportTests {
  @Test(arguments: Pane.allCases)
  func everyPaneIsATableOfEqualRows(pane: Pane) throws {
    let model = SampleRun().model(focus: pane)
    let text = try #require(Export.text(of: pane, in: model, as: .csv))
    let lines = text.components(separatedBy: "\r\n").dropLast()
    #expect(lines.count > 1)
    let widths = Set(lines.map { $0.components(separatedBy: ",").count })
    #expect(widths.count == 1)
  }

  @Test(arguments: Pane.allCases)
  func everyPaneIsValidJSON(pane: Pane) throws {
    let model = SampleRun().model(focus: pane)
    let text = try #require(Export.text(of: pane, in: model, as: .json))
    let value = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    #expect(value?["pane"] as? String == "\(pane)")
    #expect((value?["rows"] as? [[String: Any]])?.isEmpty == false)
    // A race has seeds of its own.
    #expect(value?["seed"] as? Int == (pane == .compare ? 1 : 7))
  }

  @Test(arguments: Pane.allCases)
  func everyPaneIsAWellFormedPicture(pane: Pane) throws {
    var model = SampleRun().model(focus: pane)
    model.press("a")
    let text = try #require(Export.text(of: pane, in: model, as: .svg))
    #expect(try isWellFormed(text))
    #expect(text.contains("<svg xmlns=\"http://www.w3.org/2000/svg\""))
    #expect(!text.contains("nan") && !text.contains("inf\""))
  }

  @Test(arguments: [
    (Pane.loss, ["step", "loss"]), (.target, ["x", "f(x)"]),
    (.space, ["component 1", "component 2"]), (.weights, ["inputs", "outputs"]),
  ])
  func picturesNameBothAxes(pane: Pane, names: [String]) throws {
    let model = ModelFixture.sineFamily()
    let text = try #require(Export.text(of: pane, in: model, as: .svg))
    for name in names { #expect(text.contains(">\(name)</text>"), "\(name)") }
  }

  @Test func picturesOfDigitsSayWhatIsPredicted() throws {
    let run = SampleRun()
    var model = run.model(focus: .target)
    _ = model.update(.probe(run.probe(images: true)), now: 1)
    let csv = try #require(Export.text(of: .target, in: model, as: .csv))
    #expect(csv.hasPrefix("image,label,predicted,p(0),p(1)\r\n0,0,1,0.2,0.8\r\n"))
    let svg = try #require(Export.text(of: .target, in: model, as: .svg))
    #expect(try isWellFormed(svg))
    #expect(svg.contains("✗ 1 80 %"))
    #expect(svg.contains("75.0 % of 100"))
  }

  @Test func theLossHasMeanLowAndHighOfEachSeries() throws {
    let csv = try #require(Export.text(of: .loss, in: SampleRun().model(), as: .csv))
    let lines = csv.components(separatedBy: "\r\n")
    #expect(
      lines[0]
        == "first step,last step,train,train low,train high,validation,validation low,validation high"
    )
    #expect(lines[1] == "0,0,1.0,1.0,1.0,2.0,2.0,2.0")
    #expect(lines[2] == "1,1,0.5,0.5,0.5,,,")
  }

  @Test func weightsStandBesideThePinnedOnes() throws {
    var model = SampleRun().model(focus: .weights)
    model.press("c")
    let csv = try #require(Export.text(of: .weights, in: model, as: .csv))
    #expect(csv.hasPrefix("tensor,row,column,value,pinned\r\nW1,0,0,-0.1,-0.1\r\nW1,0,1,0.0,0.0"))
  }

  @Test func aPaneWithNothingToShowSaysSo() {
    var model = SampleRun().model()
    var run = SampleRun()
    run.contextCount = 3
    _ = model.update(.snapshot(run.snapshot), now: 1)
    #expect(model.probe == nil)
    model.press("6")
    #expect(model.say("export csv").isEmpty)
    #expect(model.toast?.kind == .warning)
  }

  @Test func theEndingOfANameChoosesTheFormat() throws {
    var model = SampleRun().model(focus: .loss)
    model.press("e")
    guard case .prompt(let prompt) = model.overlay else {
      Issue.record("no name was asked for")
      return
    }
    #expect(prompt.text == "sine-family-loss-100.csv")
    model.press("C-u")
    model.type("/tmp/a b.svg")
    guard case .write(let data, let path, _)? = model.press("ENTER").first else {
      Issue.record("nothing was written")
      return
    }
    #expect(path == "/tmp/a b.svg")
    #expect(String(decoding: data, as: UTF8.self).hasPrefix("<?xml"))
  }

  /// Whether tags nest and attributes are quoted: enough of XML for what is written here.
  private func isWellFormed(_ text: String) throws -> Bool {
    var open: [Substring] = []
    var rest = text[...]
    while let start = rest.firstIndex(of: "<") {
      guard let end = rest[start...].firstIndex(of: ">") else { return false }
      let tag = rest[rest.index(after: start)..<end]
      rest = rest[rest.index(after: end)...]
      if tag.hasPrefix("?") || tag.hasSuffix("/") {
        continue
      } else if tag.hasPrefix("/") {
        guard open.popLast() == tag.dropFirst() else { return false }
      } else {
        open.append(tag.prefix { $0 != " " && $0 != "\n" })
      }
      guard tag.count(where: { $0 == "\"" }) % 2 == 0 else { return false }
    }
    // An ampersand only begins an entity.
    let stray = try Regex("&(?!(amp|lt|gt|quot);)")
    return open.isEmpty && text.firstMatch(of: stray) == nil
  }
}
