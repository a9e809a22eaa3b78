import Foundation
import Terminal
import Testing
import Workbench

struct ScreenThemeTests {
  private static let flat = """
    scheme: "Example"
    author: "Somebody & Somebody"

    """

  private func colors(_ count: Int, prefix: String = "", indent: String = "") -> String {
    Scheme.keys.prefix(count).enumerated().map { index, key in
      "\(indent)\(key): \"\(prefix)0000\(index < 16 ? "0" : "1")\(String(index % 16, radix: 16))\""
    }.joined(separator: "\n")
  }

  private func read(_ text: String) -> Result<Scheme, ThemeError> {
    Result { () throws(ThemeError) in try Scheme(yaml: Data(text.utf8), name: "x") }
  }

  private func complaint(_ text: String) -> String? {
    if case .failure(let error) = read(text) { return error.description }
    return nil
  }

  @Test func bothFormsOfFilesAreRead() throws {
    let old = try read(Self.flat + colors(16)).get()
    let new = try read("system: base16\npalette:\n" + colors(16, prefix: "#", indent: "  ")).get()
    #expect(old == new)
    #expect(old.colors[0xF] == .rgb(0, 0, 0xF))
    #expect(try read(colors(24)).get().colors.count == 24)
    // Base24 colours that are not all there are left out.
    #expect(try read(colors(20)).get().colors.count == 16)
    // Unquoted numbers and lower-case keys are about, too.
    let loose = colors(16).replacingOccurrences(of: "\"", with: "").lowercased()
    #expect(try read(loose).get() == old)
  }

  @Test func badFilesAreToldApart() {
    #expect(complaint(colors(9)) == "base09 is missing; a scheme has base00 to base0F")
    #expect(
      complaint(colors(16).replacingOccurrences(of: "000003", with: "fffffff"))
        == "base03 is 'fffffff', not a colour such as \"1c222b\"")
    #expect(complaint("base00: [1, 2]") == "base00 is not a colour such as \"1c222b\"")
    #expect(complaint("just words") == "it has no lines such as base00: \"181818\"")
    #expect(complaint("")?.contains("base00") == true)
    #expect(complaint("a: [")?.hasPrefix("it is not YAML") == true)
    #expect(complaint(String(repeating: "[", count: 60_000))?.hasPrefix("it is not YAML") == true)
    #expect(complaint(String(repeating: "a", count: 70_000)) == "it is longer than 64 KiB")
    #expect(complaint("a: &a [x]\nb: [*a, *a]")?.contains("aliases") == true)
    #expect(throws: ThemeError("it is not UTF-8 text")) {
      try Scheme(yaml: Data([0xFF, 0xFE, 0x00]), name: "x")
    }
  }

  @Test func mutatedFilesNeverCrash() {
    let seed = Array((Self.flat + colors(24)).utf8)
    var state: UInt64 = 7
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let nasty = Array("[]{}&*!|>-?:,#%@`\"'\n\t\0 ~é".utf8)
    for _ in 0..<2000 {
      var bytes = seed
      for _ in 0..<(1 + random(6)) {
        let place = random(bytes.count)
        switch random(4) {
        case 0: bytes[place] = nasty[random(nasty.count)]
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(contentsOf: bytes[place..<min(place + 40, bytes.count)], at: place)
        default: bytes.insert(nasty[random(nasty.count)], at: place)
        }
      }
      _ = try? Scheme(yaml: Data(bytes), name: "x")
    }
  }

  @Test func ownThemesCanBeRead() throws {
    for theme in [Theme.loom, .paper] {
      for color in [
        theme.text, theme.subdued, theme.title, theme.accent, theme.success, theme.warning,
        theme.failure, theme.anchorA, theme.anchorB, theme.focus,
      ] + theme.series {
        let contrast = try #require(color.contrast(with: theme.background))
        #expect(contrast >= 4.5, "\(theme.name): \(color) on its background is \(contrast)")
      }
      let selected = try #require(theme.text.contrast(with: theme.selection))
      #expect(selected >= 4.5)
    }
    #expect(Theme.loom.isDark)
    #expect(!Theme.paper.isDark)
  }

  @Test func ownThemesAreTheirFiles() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appending(path: "themes").path
    #expect(try Scheme.read(folder + "/loom.yaml") == .loom)
    #expect(try Scheme.read(folder + "/paper.yaml") == .paper)
  }

  @Test func themesAreFoundByName() throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "weft-themes-\(UInt64.random(in: 0 ... .max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data(colors(16).utf8).write(to: folder.appending(path: "night.yaml"))
    try Data("nothing".utf8).write(to: folder.appending(path: "broken.yml"))
    try Data("nothing".utf8).write(to: folder.appending(path: "notes.txt"))
    #expect(Themes.available(in: [folder.path]) == ["loom", "paper", "broken", "night"])
    #expect(try Themes.named("night", in: [folder.path]).name == "night")
    // One after another, and past the one that cannot be read, which is named.
    let after = Themes.next(after: "paper", in: [folder.path])
    #expect(after.theme.name == "night")
    #expect(after.problems.count == 1)
    #expect(after.problems.first?.description.contains("broken.yml") == true)
    #expect(Themes.next(after: "night", in: [folder.path]).theme.name == "loom")
    #expect(try Themes.named("paper", in: []) == .paper)
    #expect(
      throws: ThemeError("there is no theme 'dusk'; there are: loom, paper", isUnknownName: true)
    ) {
      try Themes.named("dusk", in: [])
    }
    #expect(throws: ThemeError.self) { try Themes.named("broken", in: [folder.path]) }
    let found = Themes.folders(
      environment: ["WEFT_THEMES": folder.path], directory: "/", executable: "")
    #expect(found == [folder.path])
  }
}
