import Foundation

/// Where sessions live.
public enum SessionFolders {
  /// The examples that come with Weft: `sessions` of the checkout around the current directory or
  /// around the program, and `share/weft/sessions` beside the `bin` the program is installed in.
  public static func shipped() -> [String] {
    shipped(
      from: FileManager.default.currentDirectoryPath,
      executable: Bundle.main.executableURL?.resolvingSymlinksInPath().path ?? "")
  }

  package static func shipped(from directory: String, executable: String) -> [String] {
    var found: [String] = []
    func add(_ folder: String) {
      let folder = resolved(folder)
      if isFolder(folder), !found.contains(folder) { found.append(folder) }
    }
    let home = parent(executable)
    // A checkout is a folder with `sessions` and a package of this name.
    for start in [directory, home] {
      if let root = ancestors(start).first(where: isCheckout) { add(root + "/sessions") }
    }
    add(parent(home) + "/share/weft/sessions")
    return found
  }

  /// Where runs are saved that were given no other place: `$WEFT_SESSIONS`, else
  /// `$XDG_STATE_HOME/weft/sessions`, else `~/.local/state/weft/sessions`. Made when first written to.
  public static func own() -> String { own(ProcessInfo.processInfo.environment) }

  package static func own(_ environment: [String: String]) -> String {
    if let folder = environment["WEFT_SESSIONS"], !folder.isEmpty { return absolute(folder) }
    if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") {
      return state + "/weft/sessions"
    }
    let home = environment["HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? NSHomeDirectory()
    return home + "/.local/state/weft/sessions"
  }

  /// Whether a folder is the one of ``own()``, there or not.
  public static func isOwn(_ folder: String) -> Bool {
    resolved(absolute(folder)) == resolved(own())
  }

  /// Whether a file is one of the examples that come with Weft; those are never overwritten.
  public static func isShipped(_ path: String) -> Bool {
    shipped().contains(parent(resolved(absolute(path))))
  }

  /// A path for a new session in a folder: `0142-sine-family.json`, one more than the largest
  /// number there. Nothing is made.
  public static func freshPath(for experiment: String, in folder: String = own()) -> String {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let numbers = names.compactMap { name -> Int? in
      let digits = name.prefix { $0.isASCII && $0.isNumber }
      guard digits.count <= 9, name.dropFirst(digits.count).first == "-" else { return nil }
      return Int(digits)
    }
    let number = String((numbers.max() ?? 0) + 1)
    let padding = String(repeating: "0", count: max(0, 4 - number.count))
    return "\(folder)/\(padding)\(number)-\(experiment).json"
  }

  // MARK: Paths

  /// A path as a person types it where no shell reads it: `~` and `~/…` are the home folder.
  public static func typed(_ path: String) -> String {
    guard path == "~" || path.hasPrefix("~/"),
      let home = ProcessInfo.processInfo.environment["HOME"], home.hasPrefix("/")
    else { return path }
    return home + path.dropFirst()
  }

  /// A path as a session keeps it, so that it finds the file again wherever it is opened from.
  public static func kept(_ path: String) -> String {
    URL(fileURLWithPath: path).standardizedFileURL.path
  }

  static func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
  }

  static func parent(_ path: String) -> String {
    let parent = NSString(string: path).deletingLastPathComponent
    return parent.isEmpty ? "." : parent
  }

  static func resolved(_ path: String) -> String {
    URL(fileURLWithPath: path).resolvingSymlinksInPath().standardizedFileURL.path
  }

  private static func ancestors(_ path: String) -> [String] {
    var list: [String] = []
    var current = resolved(path)
    while current != "/", !current.isEmpty, list.count < 64 {
      list.append(current)
      current = parent(current)
    }
    return list
  }

  private static func isCheckout(_ folder: String) -> Bool {
    isFolder(folder + "/sessions") && isFolder(folder + "/Sources/Training")
      && FileManager.default.fileExists(atPath: folder + "/Package.swift")
  }

  static func isFolder(_ path: String) -> Bool {
    var folder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &folder) && folder.boolValue
  }
}
