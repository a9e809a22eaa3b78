import Foundation

/// Every theme there is: two that are part of the program, and the files people dropped into a
/// folder. A file wins over a built-in theme of its name.
public enum Themes {
  public static let builtIn: [Scheme] = [.loom, .paper]

  /// A theme by name; throws a sentence that lists the names, or says what is wrong with its file.
  public static func named(_ name: String, in folders: [String] = folders())
    throws(ThemeError) -> Theme
  {
    if let path = files(in: folders).first(where: { $0.name == name })?.path {
      return Theme(try Scheme.read(path))
    }
    if let scheme = builtIn.first(where: { $0.name == name }) { return Theme(scheme) }
    let names = available(in: folders).joined(separator: ", ")
    throw ThemeError(
      "there is no theme '\(name.prefix(40))'; there are: \(names)", isUnknownName: true)
  }

  /// The names of all themes, built-in ones first, then files by name. Files are not opened.
  public static func available(in folders: [String] = folders()) -> [String] {
    var names = builtIn.map(\.name)
    for file in files(in: folders) where !names.contains(file.name) { names.append(file.name) }
    return names
  }

  /// The theme after the one of a name, round and round, and what is wrong with those that were
  /// passed over because they cannot be read. Built-in themes always can.
  package static func next(
    after name: String, in folders: [String] = folders()
  ) -> (theme: Theme, problems: [ThemeError]) {
    let names = available(in: folders)
    let start = names.firstIndex(of: name).map { $0 + 1 } ?? 0
    var problems: [ThemeError] = []
    for offset in names.indices {
      do throws(ThemeError) {
        return (try named(names[(start + offset) % names.count], in: folders), problems)
      } catch { problems.append(error) }
    }
    return (.standard, problems)
  }

  /// Where theme files are looked for, the first one found wins: `$WEFT_THEMES`,
  /// `~/.config/weft/themes` (or under `$XDG_CONFIG_HOME`), `themes` of the checkout around the
  /// current directory or the program, and `share/weft/themes` beside the program's `bin`.
  public static func folders() -> [String] {
    folders(
      environment: ProcessInfo.processInfo.environment,
      directory: FileManager.default.currentDirectoryPath,
      executable: Bundle.main.executableURL?.resolvingSymlinksInPath().path ?? "")
  }

  package static func folders(
    environment: [String: String], directory: String, executable: String
  ) -> [String] {
    var found: [String] = []
    func add(_ path: String) {
      let folder = URL(fileURLWithPath: path).standardizedFileURL.path
      if isFolder(folder), !found.contains(folder) { found.append(folder) }
    }
    if let folder = environment["WEFT_THEMES"], !folder.isEmpty { add(folder) }
    if let settings = environment["XDG_CONFIG_HOME"], settings.hasPrefix("/") {
      add(settings + "/weft/themes")
    } else if let home = environment["HOME"], home.hasPrefix("/") {
      add(home + "/.config/weft/themes")
    }
    let bin = parent(executable)
    for start in [directory, bin] {
      // A checkout is a folder with themes beside the workbench's sources.
      let root = ancestors(start).first {
        isFolder($0 + "/themes") && isFolder($0 + "/Sources/Workbench")
      }
      if let root { add(root + "/themes") }
    }
    if !executable.isEmpty { add(parent(bin) + "/share/weft/themes") }
    return found
  }

  /// At most so many files are listed, however full a folder is.
  private static let mostFiles = 1000

  private static func files(in folders: [String]) -> [(name: String, path: String)] {
    var files: [(name: String, path: String)] = []
    for folder in folders {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      for file in names.sorted().prefix(mostFiles)
      where file.hasSuffix(".yaml") || file.hasSuffix(".yml") {
        let name = String(file.prefix { $0 != "." })
        if !name.isEmpty, !files.contains(where: { $0.name == name }) {
          files.append((name, folder + "/" + file))
        }
      }
    }
    return files
  }

  private static func parent(_ path: String) -> String {
    NSString(string: path).deletingLastPathComponent
  }

  private static func ancestors(_ path: String) -> [String] {
    var list: [String] = []
    var current = URL(fileURLWithPath: path.isEmpty ? "/" : path).standardizedFileURL.path
    while current != "/", !current.isEmpty, list.count < 64 {
      list.append(current)
      current = parent(current)
    }
    return list
  }

  private static func isFolder(_ path: String) -> Bool {
    var folder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &folder) && folder.boolValue
  }
}
