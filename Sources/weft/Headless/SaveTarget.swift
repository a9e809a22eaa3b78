import Glibc
import Training

/// The file a headless run keeps itself in.
struct SaveTarget {
  let path: String
  /// Whether the session there is the one being continued.
  let isContinued: Bool

  /// Looks at what stands at the path before anything is trained. A session there is replaced, each
  /// time in one step (the old file stays whole until the new one is on the disk); if it is not the
  /// one being continued it is kept beside as `PATH~`. Anything else is left alone: a `Failure`.
  init(_ path: String, continuing session: String?) throws(Failure) {
    self.path = path
    isContinued = session.map { SaveTarget.isSame(path, $0) } ?? false
    try FileKind.check(output: path, for: "--save")
    switch FileKind(at: path) {
    case nil, .folder:
      break
    case .other:
      throw Failure(.usage, "'\(path)' is not a plain file; name another to save to")
    case .file:
      if SessionFolders.isShipped(path) {
        throw Failure(
          .usage,
          "'\(path)' is an example that comes with weft and is never overwritten; "
            + "name another file to save to")
      }
      if isContinued { return }
      let summary = SessionFile.summary(path)
      if let problem = summary.problem ?? summary.race.map({ _ in "a comparison of methods" }) {
        throw Failure(
          .usage,
          "'\(path)' exists and is not a session of weft (\(problem)); it is left as it is, "
            + "name another file to save to")
      }
      try SaveTarget.keepAside(path)
    }
  }

  private static func isSame(_ a: String, _ b: String) -> Bool {
    var (first, second) = (stat(), stat())
    return stat(a, &first) == 0 && stat(b, &second) == 0
      && first.st_dev == second.st_dev && first.st_ino == second.st_ino
  }

  /// Gives the session at a path, which may be a link to it, a second name.
  private static func keepAside(_ path: String) throws(Failure) {
    let aside = path + "~"
    let summary = SessionFile.summary(aside)
    if FileKind(at: aside) != nil, summary.problem != nil || summary.race != nil {
      throw Failure(
        .usage,
        "the session at '\(path)' would be kept as '\(aside)', but something else than a session is "
          + "there; move it away or save elsewhere")
    }
    unlink(aside)
    guard linkat(AT_FDCWD, path, AT_FDCWD, aside, AT_SYMLINK_FOLLOW) == 0 else {
      throw Failure(
        .failed,
        "the session at '\(path)' cannot be kept as '\(aside)': \(Output.reason(errno)); "
          + "move it away or save elsewhere")
    }
  }
}
