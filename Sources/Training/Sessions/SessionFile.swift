import Foundation
import Learning

/// Runs on disk, one JSON file each; `sessions/README.md` describes the format.
///
/// A file is always replaced as a whole, and a run that was opened from one goes on with the same
/// bits as one that was never interrupted. The numbers that count are the base64 ones under
/// `variables`; the embeddings of trained tasks stand in the file a second time, for people.
public enum SessionFile {
  /// Reads a run. Whatever is wrong with the file, the error says so in a sentence, and the memory
  /// used stays within a small multiple of the file's size (at most 256 MB).
  public static func open(_ path: String, threads: Int) throws(SessionError) -> Run {
    try open(path, threads: threads, as: nil)
  }

  /// - Parameter experiment: the one it is of, in another form; nil is that of its name.
  package static func open(
    _ path: String, threads: Int, as experiment: (any Experiment)?
  ) throws(SessionError) -> Run {
    let bytes = try Files.read(path, limit: SessionFormat.sizeLimit)
    let run = try SessionDecoding(path: path, bytes: bytes).run(threads: threads, as: experiment)
    run.path = path
    return run
  }

  /// What a session is a run of.
  package struct Setting {
    package let experiment: any Experiment
    package let knobs: KnobValues
    package let seed: UInt64
    package let step: Int
    /// Names of its tasks.
    package let tasks: [String]
  }

  /// What a session is a run of, without making its networks.
  package static func setting(_ path: String) throws(SessionError) -> Setting {
    try SessionDecoding(
      path: path, bytes: Files.read(path, limit: SessionFormat.sizeLimit)
    ).setting()
  }

  /// Writes a run that stands between two steps. The file that was there stays until the new one is
  /// safe on the disk.
  public static func write(_ run: Run, to path: String) throws(SessionError) {
    try write(run.sessionContent, to: path)
    run.path = path
  }

  @discardableResult
  static func write(
    _ content: SessionContent, to path: String, replacing: Bool = true, makingFolders: Bool = true
  ) throws(SessionError) -> Bool {
    try Files.write(
      try content.encoded(), to: path, replacing: replacing, makingFolders: makingFolders)
  }

  /// What a browser shows of a file. A file that cannot be opened has a `problem`.
  public static func summary(_ path: String) -> SessionSummary { SummaryCache.summary(path) }

  /// The sessions of some folders, newest first. Folders that are not there are skipped.
  public static func list(_ directories: [String]) -> [SessionSummary] {
    var summaries: [SessionSummary] = []
    for directory in directories {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
      for name in names.sorted() where name.hasSuffix(".json") && !name.hasPrefix(".") {
        summaries.append(summary("\(directory)/\(name)"))
      }
    }
    return summaries.sorted {
      ($0.modified, $1.path) > ($1.modified, $0.path)
    }
  }
}
