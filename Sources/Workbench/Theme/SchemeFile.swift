import Foundation
import Terminal
import Training
import Yams

/// Reads base16 and base24 schemes from YAML, in both forms that are about: colours at the top level
/// without `#` (`base00: "181818"`), and in a block called `palette` with it.
extension Scheme {
  /// Larger files are no colour schemes: real ones have less than 2 KiB.
  static let largestFile = 65_536

  /// Throws `ThemeError`, which names the file.
  public static func read(_ path: String) throws(ThemeError) -> Scheme {
    let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    let data: Data
    do throws(SessionError) {
      // One byte more than is allowed tells whether there is more, without reading all of it.
      data = try Files.read(path, limit: largestFile + 1, wholly: false)
    } catch { throw ThemeError("the theme file \(error); put a scheme in its place") }
    do { return try Scheme(yaml: data, name: name) } catch {
      throw ThemeError("\(path) is not a theme: \(error)")
    }
  }

  /// - Parameter name: what the theme is called: the file's name, which is what a person types.
  package init(yaml data: Data, name: String) throws(ThemeError) {
    guard data.count <= Scheme.largestFile else {
      throw ThemeError("it is longer than \(Scheme.largestFile / 1024) KiB")
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw ThemeError("it is not UTF-8 text")
    }
    guard !Scheme.usesAliases(text) else {
      throw ThemeError("it uses YAML anchors and aliases, which colour schemes do not need")
    }
    let root: Node?
    do { root = try Yams.compose(yaml: text) } catch {
      let problem = (error as? YamlError).map(Scheme.sentence) ?? "it is not YAML"
      throw ThemeError(problem)
    }
    guard let top = root?.mapping else {
      throw ThemeError("it has no lines such as base00: \"181818\"")
    }
    let colors = top["palette"]?.mapping ?? top
    var found: [Color] = []
    for (index, key) in Scheme.keys.enumerated() {
      let entry = colors.first {
        $0.key.scalar?.string.caseInsensitiveCompare(key) == .orderedSame
      }
      guard let entry else {
        // Base24 has all of the last eight or none that count.
        if index >= 16 { break }
        throw ThemeError("\(key) is missing; a scheme has base00 to base0F")
      }
      guard let written = entry.value.scalar?.string else {
        throw ThemeError("\(key) is not a colour such as \"1c222b\"")
      }
      guard let color = Color(hexadecimal: written) else {
        throw ThemeError("\(key) is '\(written.prefix(20))', not a colour such as \"1c222b\"")
      }
      found.append(color)
    }
    guard let scheme = Scheme(name: name, colors: Array(found.prefix(found.count < 24 ? 16 : 24)))
    else { throw ThemeError("a scheme has base00 to base0F") }
    self = scheme
  }

  /// Aliases let a small file stand for a huge one; they are refused before anything is built.
  private static func usesAliases(_ text: String) -> Bool {
    func marks(_ sign: UInt8) -> Bool {
      let bytes = Array(text.utf8)
      return bytes.indices.contains { i in
        guard bytes[i] == sign, i + 1 < bytes.count else { return false }
        let before = i == 0 ? 0x20 : bytes[i - 1]
        return bytes[i + 1] > 0x20 && (before <= 0x20 || "[{,:-?".utf8.contains(before))
      }
    }
    return marks(UInt8(ascii: "&")) && marks(UInt8(ascii: "*"))
  }

  private static func sentence(_ error: YamlError) -> String {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      "it is not YAML: \(problem) in line \(mark.line)"
    default: "it is not YAML"
    }
  }
}
