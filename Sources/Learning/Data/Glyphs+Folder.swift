import Foundation

/// Handwritten or drawn characters of a person's own, laid out as Omniglot is (Lake, Salakhutdinov &
/// Tenenbaum 2015): `alphabet/character/image.png`, in a folder or a ZIP archive, dark ink on white.
extension Glyphs {
  private static let mostImages = 200_000
  private static let mostBytes = 1 << 22
  private static let mostDepth = 6

  /// The embedded characters, or those of a folder or archive.
  package static func named(_ path: String) throws(KnobError) -> Glyphs {
    path.isEmpty ? try embedded.get() : try Glyphs(at: path)
  }

  /// One image: where it is, and how to get its bytes.
  private struct Picture {
    let path: [String]
    let read: () throws -> [UInt8]
  }

  package init(at path: String) throws(KnobError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw KnobError(
        "there is nothing at '\(path)'; give a folder or a ZIP archive of "
          + "alphabet/character/image.png with --data", ofData: true)
    }
    let pictures =
      isFolder.boolValue ? Self.pictures(inFolder: path) : try Self.pictures(inArchive: path)
    try self.init(pictures, of: path)
  }

  /// Links are followed; no deeper than a layout could go, since a link may lead back.
  private static func pictures(
    inFolder root: String, _ parents: [String] = []
  ) -> [Picture] {
    let files = FileManager.default
    let folder = parents.reduce(URL(fileURLWithPath: root)) { $0.appendingPathComponent($1) }
    var pictures: [Picture] = []
    for name in (try? files.contentsOfDirectory(atPath: folder.path)) ?? [] {
      guard pictures.count <= mostImages else { break }
      let (url, parts) = (folder.appendingPathComponent(name), parents + [name])
      var isFolder: ObjCBool = false
      guard files.fileExists(atPath: url.path, isDirectory: &isFolder) else { continue }
      if isFolder.boolValue {
        if parts.count < mostDepth { pictures += self.pictures(inFolder: root, parts) }
      } else if isPicture(parts) {
        pictures.append(Picture(path: parts) { try bytes(at: url) })
      }
    }
    return pictures
  }

  private static func bytes(at url: URL) throws -> [UInt8] {
    let values = try? url.resolvingSymlinksInPath().resourceValues(
      forKeys: [.fileSizeKey, .isRegularFileKey])
    let size = values?.fileSize ?? 0
    guard size <= mostBytes else {
      throw GreyImage.Problem(description: "its \(size) bytes are more than \(mostBytes)")
    }
    guard values?.isRegularFile == true, let data = try? Data(contentsOf: url) else {
      throw GreyImage.Problem(description: "it is no file that may be read")
    }
    return Array(data)
  }

  private static func pictures(inArchive path: String) throws(KnobError) -> [Picture] {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    guard attributes?[.type] as? FileAttributeType == .typeRegular,
      let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
    else {
      throw KnobError(
        "'\(path)' cannot be read; give a folder or a ZIP archive with --data", ofData: true)
    }
    do throws(ZipArchive.Problem) {
      let archive = try ZipArchive(data)
      return archive.entries.prefix(mostImages + 1).compactMap { entry in
        let parts = entry.name.split(separator: "/").map(String.init)
        guard isPicture(parts) else { return nil }
        return Picture(path: parts) { try archive.bytes(of: entry, limit: mostBytes) }
      }
    } catch {
      throw KnobError(
        "'\(path)' cannot be read: \(error.description); give a folder or a ZIP archive of "
          + "alphabet/character/image.png", ofData: true)
    }
  }

  /// macOS puts files of its own beside others, whose names begin with a dot.
  private static func isPicture(_ path: [String]) -> Bool {
    guard path.count >= 3, let name = path.last, !path.contains("__MACOSX") else { return false }
    return name.lowercased().hasSuffix(".png") && !name.hasPrefix(".")
  }

  private init(_ pictures: [Picture], of path: String) throws(KnobError) {
    guard !pictures.isEmpty else {
      throw KnobError(
        "'\(path)' has no image alphabet/character/image.png; lay it out as Omniglot is",
        ofData: true)
    }
    guard pictures.count <= Self.mostImages else {
      throw KnobError(
        "'\(path)' has more than \(Self.mostImages) images; take some away", ofData: true)
    }
    self.init()
    // Names, not the file system, give the order.
    let sorted = pictures.sorted { $0.path.lexicographicallyPrecedes($1.path) }
    var alphabets: [Alphabet] = []
    var open: ArraySlice<String> = []
    for picture in sorted {
      let image: GreyImage
      do { image = try GreyImage(png: try picture.read()) } catch {
        let name = picture.path.joined(separator: "/")
        throw KnobError(
          "'\(name)' of '\(path)' cannot be used: \(String(describing: error)); take it away or "
            + "put a PNG in its place", ofData: true)
      }
      // Ink is white here.
      let ink = image.resized(to: Self.side).pixels.map { 255 - $0 }
      let (alphabet, character) = (
        picture.path.dropLast(2), picture.path[picture.path.count - 2]
      )
      if alphabets.last?.path != alphabet { alphabets.append((alphabet, [])) }
      let last = alphabets.count - 1
      if open != picture.path.dropLast() {
        open = picture.path.dropLast()
        alphabets[last].characters.append((character, []))
      }
      alphabets[last].characters[alphabets[last].characters.count - 1].images += ink
    }
    alphabets = Self.merged(alphabets)
    guard alphabets.count >= 2 else {
      throw KnobError(
        "'\(path)' has the alphabet '\(alphabets[0].path.last ?? "")' alone; one to train on and "
          + "another to test on are needed", ofData: true)
    }
    for (index, alphabet) in alphabets.enumerated() {
      append(
        script: alphabet.path.last ?? "",
        Self.split(of: alphabet.path, index, among: alphabets.map(\.path)), alphabet.characters)
    }
  }

  private typealias Alphabet = (
    path: ArraySlice<String>, characters: [(name: String, images: [UInt8])]
  )

  /// Alphabets of one name are one, wherever their folders are, and a character that is there twice is there
  /// once: Omniglot's small sets share some, and none may be trained on and tested.
  private static func merged(_ alphabets: [Alphabet]) -> [Alphabet] {
    var merged: [Alphabet] = []
    var places: [String?: Int] = [:]
    for (path, characters) in alphabets {
      guard let known = places[path.last] else {
        places[path.last] = merged.count
        merged.append((path, characters))
        continue
      }
      let before = Set(merged[known].characters.map(\.images))
      merged[known].characters += characters.filter { !before.contains($0.images) }
    }
    return merged
  }

  /// Omniglot's evaluation set is what is tested; where there is none every fourth alphabet is, and at
  /// least the last.
  private static func split(
    of path: ArraySlice<String>, _ index: Int, among all: [ArraySlice<String>]
  ) -> Split {
    func isForTests(_ path: ArraySlice<String>) -> Bool {
      path.contains { $0.hasPrefix("images_evaluation") }
    }
    let tests = all.count(where: isForTests)
    if tests > 0, tests < all.count { return isForTests(path) ? .test : .train }
    return index % 4 == 3 || all.count < 4 && index == all.count - 1 ? .test : .train
  }
}
