import Foundation
import Glibc
import Learning
import Training

/// What a command works on: an experiment by name, or a session by path or by name.
package enum Subject {
  case experiment(any Experiment)
  /// The path of a session file that exists.
  case session(String)

  /// Finds what a word means: an experiment's name first, then a file, then a session by its name
  /// in the folders of sessions. Throws a `Failure` that names the nearest.
  /// - Parameter commands: also worth suggesting, where a command's name might have been meant.
  package init(_ word: String, commands: [String] = []) throws(Failure) {
    if let experiment = Experiments.named(word) {
      self = .experiment(experiment)
    } else {
      self = .session(try Subject.sessionPath(word, orAnyOf: commands + Subject.experimentNames))
    }
  }

  static var experimentNames: [String] { Experiments.all.map(\.name) }

  /// The file of a session given by path, or by name with or without `.json`.
  /// - Parameter names: what else the word might have meant, experiments for example.
  static func sessionPath(_ word: String, orAnyOf names: [String] = []) throws(Failure) -> String {
    guard !word.isEmpty, !word.utf8.contains(0) else {
      throw Failure(.usage, "the name of a session cannot be empty; 'weft list' shows all")
    }
    let kind = FileKind(at: word)
    if kind != nil, kind != .folder { return word }
    if !word.contains("/") {
      for folder in folders {
        for name in [word, word + ".json"] where FileKind(at: folder + "/" + name) == .file {
          return folder + "/" + name
        }
      }
    }
    if kind == .folder {
      throw Failure(.data, "'\(word)' is a folder, not a session; name a file in it")
    }
    if word.contains("/") || word.hasSuffix(".json") {
      throw Failure(.data, "there is no session at '\(word)'; 'weft list' shows the sessions")
    }
    let kinds =
      names.isEmpty
      ? "session"
      : names.count > Experiments.all.count
        ? "experiment, session or command" : "experiment or session"
    throw Failure(
      .usage,
      "there is no \(kinds) '\(word)'"
        + (Nearest.suggestion(for: word, among: names + sessionNames).nonEmpty
          ?? "; 'weft list' shows what there is"))
  }

  /// Where sessions are looked for by name: one's own first.
  static var folders: [String] { [SessionFolders.own()] + SessionFolders.shipped() }

  /// Sessions by name, without folder and `.json`.
  static var sessionNames: [String] {
    folders.flatMap { FileKind.names(in: $0) }
      .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }
  }
}

/// What stands at a path.
enum FileKind {
  case file, folder
  /// A pipe, a device, a socket.
  case other

  init?(at path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    switch status.st_mode & S_IFMT {
    case S_IFREG: self = .file
    case S_IFDIR: self = .folder
    default: self = .other
    }
  }

  /// Throws where a path cannot be that of a file to write: empty, not text, in `/dev` or `/proc`
  /// (where a name may stand for whatever a shell has opened), a folder, or in one that is not there.
  static func check(output path: String, for option: String) throws(Failure) {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw Failure(.usage, "\(option) takes the path of a file, not an empty one")
    }
    guard !path.unicodeScalars.contains("\u{FFFD}") else {
      throw Failure(.usage, "\(option) takes a path in UTF-8, not '\(path)'")
    }
    for folder in ["/dev/", "/proc/", "/sys/"] where path.hasPrefix(folder) {
      throw Failure(
        .usage, "'\(path)' is not a plain file; name another file, outside of \(folder)")
    }
    guard FileKind(at: path) != .folder else {
      throw Failure(.usage, "'\(path)' is a folder; name a file in it for \(option)")
    }
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    let folder = parts.dropLast().joined(separator: "/")
    let place = parts.count > 1 ? (folder.isEmpty ? "/" : folder) : "."
    // A file is replaced as a whole, which the folder must allow.
    if FileKind(at: place) == .folder, access(place, W_OK) != 0 {
      throw Failure(
        .usage,
        "nothing can be written in the folder of '\(path)' for \(option): "
          + "\(Output.reason(errno)); name a file elsewhere")
    }
    guard parts.count > 1, !folder.isEmpty, FileKind(at: folder) != .folder else { return }
    // The folder of one's own sessions is made with the first of them.
    guard SessionFolders.isOwn(folder) else {
      throw Failure(.usage, "there is no folder '\(folder)' for '\(path)'; make it first")
    }
  }

  /// Throws where a path cannot be that of a step for Benchmarks/parity.py: as for any file, and where
  /// something else is there already.
  static func check(parity path: String) throws(Failure) {
    try check(output: path, for: "--parity")
    guard FileKind(at: path) != nil else { return }
    let start = (try? Files.read(path, limit: 1 << 16, wholly: false)) ?? Data()
    guard FileKind(at: path) == .file, start.range(of: Data("weft-parity".utf8)) != nil else {
      throw Failure(
        .usage,
        "'\(path)' exists and is not a step that --parity wrote; it is left as it is, name another file"
      )
    }
  }

  /// The names in a folder, sorted; none where it cannot be read.
  static func names(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }
}

extension String {
  var nonEmpty: String? { isEmpty ? nil : self }
}
