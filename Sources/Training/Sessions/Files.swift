import Foundation

/// Reading and writing of whole files, in words where it fails.
package enum Files {
  /// The first bytes of a file, at most `limit`; with `wholly`, a larger file is an error. Devices,
  /// pipes and folders are errors: they could be endless.
  package static func read(
    _ path: String, limit: Int, wholly: Bool = true
  ) throws(SessionError) -> Data {
    let file = Foundation.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { throw failure("cannot be opened", path) }
    defer { Foundation.close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw failure("cannot be opened", path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw SessionError("\(path): this is not a file")
    }
    guard !wholly || status.st_size <= limit else {
      throw SessionError(
        "\(path): this is not a Weft session (larger than \(limit >> 20) MB)")
    }
    // The file may grow or shrink meanwhile: what counts is what is read.
    var bytes = Data(count: min(Int(status.st_size), limit))
    var filled = 0
    while filled < bytes.count {
      let count = bytes.withUnsafeMutableBytes { buffer in
        Foundation.read(file, buffer.baseAddress.map { $0 + filled }, buffer.count - filled)
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw failure("cannot be read", path) }
      if count == 0 { break }
      filled += count
    }
    return bytes.prefix(filled)
  }

  /// Puts a file in place as a whole: whoever opens `path`, also after a crash at any moment, finds
  /// what was there before or all of `bytes`. Folders on the way are made, or, where the name was
  /// typed and may be mistyped, must be there.
  ///
  /// The bytes go to a hidden file in the same folder (`.NAME.saving`, locked against a second
  /// writer; a killed save leaves it behind, and the next one takes it over), to the disk, and only
  /// then get the name; last, the folder goes to the disk.
  /// - Parameters:
  ///   - replacing: without it, a file that is already there is left alone.
  ///   - makingFolders: without it, a folder that is not there is an error.
  /// - Returns: false where there was a file already and it was to be left alone.
  @discardableResult
  package static func write(
    _ bytes: Data, to path: String, replacing: Bool = true, makingFolders: Bool = true
  ) throws(SessionError) -> Bool {
    // A link goes on pointing to the file it points to.
    let path = SessionFolders.resolved(SessionFolders.absolute(path))
    let folder = SessionFolders.parent(path)
    // A device or a pipe has a name that must not be taken from it.
    var present = stat()
    if stat(path, &present) == 0, present.st_mode & S_IFMT != S_IFREG {
      throw SessionError("\(path): this is not a file; name another one")
    }
    guard makingFolders || SessionFolders.isFolder(folder) else {
      throw SessionError("\(folder): there is no such folder; make it first, or name another")
    }
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch { throw SessionError("\(folder): the folder cannot be made") }
    let temporary = "\(folder)/.\(NSString(string: path).lastPathComponent).saving"
    let file = try openLocked(temporary)
    defer { Foundation.close(file) }
    // Who may read the file now may read the next one, and nobody else.
    if present.st_mode & S_IFMT == S_IFREG { fchmod(file, present.st_mode & 0o777) }
    do throws(SessionError) {
      guard ftruncate(file, 0) == 0 else { throw failure("cannot be written", temporary) }
      var written = 0
      while written < bytes.count {
        let count = bytes.withUnsafeBytes { buffer in
          Foundation.write(file, buffer.baseAddress.map { $0 + written }, buffer.count - written)
        }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { throw failure("cannot be written", path) }
        written += count
      }
      guard fsync(file) == 0 else { throw failure("cannot be written to the disk", path) }
      if replacing {
        guard rename(temporary, path) == 0 else { throw failure("cannot be put in place", path) }
      } else {
        guard link(temporary, path) == 0 else {
          if errno == EEXIST {
            unlink(temporary)
            return false
          }
          throw failure("cannot be put in place", path)
        }
        unlink(temporary)
      }
    } catch {
      unlink(temporary)
      throw error
    }
    let directory = Foundation.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if directory >= 0 {
      // Some file systems cannot do this for folders; the file itself is safe.
      fsync(directory)
      Foundation.close(directory)
    }
    return true
  }

  /// Opens a file for writing when nobody else writes to it, making it if need be.
  private static func openLocked(_ path: String) throws(SessionError) -> Int32 {
    while true {
      let file = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
      guard file >= 0 else { throw failure("cannot be written", path) }
      while flock(file, LOCK_EX) != 0 {
        guard errno == EINTR else {
          let error = failure("cannot be locked", path)
          Foundation.close(file)
          throw error
        }
      }
      // Another writer may have put the file in place while we waited: then the name is free again.
      var own = stat()
      var named = stat()
      if fstat(file, &own) == 0, stat(path, &named) == 0, own.st_ino == named.st_ino,
        own.st_dev == named.st_dev
      {
        return file
      }
      Foundation.close(file)
    }
  }

  private static func failure(_ what: String, _ path: String) -> SessionError {
    SessionError("\(path): \(what): \(String(cString: strerror(errno)))")
  }
}
