import Foundation

/// A file of text as it is on the disk now: another size or time is another file.
struct TextFile: Hashable {
  let path: String
  private let size: Int
  private let time: Date?

  /// Throws where there is no plain file.
  init(_ path: String) throws(KnobError) {
    func wrong(_ what: String) -> KnobError {
      KnobError("\(what); give a file of text in UTF-8", ofData: true)
    }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw wrong("there is no text at '\(path)'")
    }
    guard !isFolder.boolValue else { throw wrong("'\(path)' is a folder") }
    // Of a link, the file it leads to.
    let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    guard let about = try? FileManager.default.attributesOfItem(atPath: target),
      about[.type] as? FileAttributeType == .typeRegular
    else { throw wrong("'\(path)' is no plain file") }
    self.path = path
    size = (about[.size] as? NSNumber)?.intValue ?? 0
    time = about[.modificationDate] as? Date
  }

  /// A file up to this size, in bytes, is copied: nobody can cut it short while it is read.
  private static let copied = 64 << 20

  /// Its bytes; a large file is mapped into memory and read where it is needed.
  func bytes() throws(KnobError) -> Data {
    do {
      return try Data(
        contentsOf: URL(fileURLWithPath: path), options: size > Self.copied ? .alwaysMapped : [])
    } catch {
      throw KnobError("'\(path)' cannot be read; may you read it?", ofData: true)
    }
  }
}
