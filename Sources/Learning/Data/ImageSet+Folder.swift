import Foundation
import Synchronization

/// Images of a person's own, in four files laid out and named as MNIST's are.
extension ImageSet {
  private static let mostSide = 128
  private static let mostClasses = 100

  /// The folder read last: networks are built anew much more often than data change.
  private static let last = Mutex<(path: String, images: ImageSet)?>(nil)

  /// A folder's images, or the embedded ones where no folder is named.
  package static func named(
    _ path: String, otherwise embedded: EmbeddedImages
  ) throws(KnobError) -> ImageSet {
    if path.isEmpty { return try embedded.images.get() }
    if let last = last.withLock({ $0 }), last.path == path { return last.images }
    let images = try ImageSet(folder: path)
    last.withLock { $0 = (path, images) }
    return images
  }

  package init(folder path: String) throws(KnobError) {
    let (training, side) = try Self.part("train", of: path)
    let (test, testSide) = try Self.part("t10k", of: path)
    guard side == testSide else {
      throw KnobError(
        "'\(path)': images to train on are \(side) pixels a side, and those to test on \(testSide)",
        ofData: true)
    }
    self.init(side: side, white: 255, training: training, test: test)
    for label in 0..<classCount {
      for (part, name) in [(training, "train"), (test, "t10k")] where !part.labels.contains(label) {
        throw KnobError(
          "'\(path)': class \(label) has no image in the \(name) files; classes are numbered from 0 "
            + "without gaps", ofData: true)
      }
    }
  }

  /// Images and labels of one part.
  private static func part(
    _ name: String, of folder: String
  ) throws(KnobError) -> (Part, side: Int) {
    let images = try file("\(name)-images", "idx3-ubyte", in: folder)
    let labels = try file("\(name)-labels", "idx1-ubyte", in: folder)
    guard images.idx.dimensions.count == 3, labels.idx.dimensions.count == 1 else {
      throw KnobError(
        "'\(images.path)' and '\(labels.path)' should have 3 dimensions and 1, not "
          + "\(images.idx.dimensions.count) and \(labels.idx.dimensions.count)", ofData: true)
    }
    let (count, rows, columns) = (
      images.idx.dimensions[0], images.idx.dimensions[1], images.idx.dimensions[2]
    )
    guard rows == columns, (1...mostSide).contains(rows) else {
      throw KnobError(
        "'\(images.path)': images of \(rows) × \(columns) pixels; they must be square, at most "
          + "\(mostSide) a side", ofData: true)
    }
    guard count > 0, labels.idx.bytes.count == count else {
      throw KnobError(
        "'\(images.path)' has \(count) images, and '\(labels.path)' \(labels.idx.bytes.count) labels",
        ofData: true)
    }
    if let label = labels.idx.bytes.first(where: { $0 >= mostClasses }) {
      throw KnobError(
        "'\(labels.path)': the label \(label); at most \(mostClasses) classes are taken",
        ofData: true)
    }
    return (Part(pixels: Array(images.idx.bytes), labels: labels.idx.bytes.map(Int.init)), rows)
  }

  /// A file by its name, plain or gzip, its last part after a hyphen or a dot.
  private static func file(
    _ name: String, _ kind: String, in folder: String
  ) throws(KnobError) -> (idx: IDX, path: String) {
    let names = ["-", "."].flatMap { ["\(name)\($0)\(kind)", "\(name)\($0)\(kind).gz"] }
    let paths = names.map { (folder as NSString).appendingPathComponent($0) }
    guard let path = paths.first(where: { FileManager.default.fileExists(atPath: $0) }) else {
      throw KnobError(
        "'\(folder)' has no file \(names[0]) or \(names[1]); give a folder with MNIST's four files "
          + "with --data", ofData: true)
    }
    do {
      // A device has no end.
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      guard attributes[.type] as? FileAttributeType != .typeDirectory else {
        throw IDX.Problem(description: "it is a folder")
      }
      let size = attributes[.size] as? Int ?? 0
      guard size <= 1 << 30 else {
        throw IDX.Problem(description: "its \(size) bytes are more than 1 GiB")
      }
      return (
        try IDX(try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)), path
      )
    } catch let problem as IDX.Problem {
      throw KnobError("'\(path)' cannot be used: \(problem.description)", ofData: true)
    } catch {
      throw KnobError("'\(path)' cannot be read; may you read it?", ofData: true)
    }
  }
}
