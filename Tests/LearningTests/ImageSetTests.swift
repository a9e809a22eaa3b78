import CZlib
import Foundation
import Learning
import Testing

/// Images in MNIST's four files, whole and broken, and the tasks that are made of them.
struct ImageSetTests {
  /// A folder that is gone after the test.
  private final class Folder {
    let path = NSTemporaryDirectory() + "weft-idx-" + UUID().uuidString
    init() throws {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ bytes: [UInt8], to name: String) throws {
      try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + name))
    }

    /// `count` images of `side` pixels whose first pixel is their number, labelled 0, 1, 2, 3, 0 …
    func fill(count: Int = 40, side: Int = 4, classes: Int = 4) throws {
      for part in ["train", "t10k"] {
        let pixels = (0..<count).flatMap { image in
          [UInt8(image)] + (1..<side * side).map { UInt8($0) }
        }
        try write(idx([count, side, side], pixels), to: "\(part)-images-idx3-ubyte")
        try write(
          idx([count], (0..<count).map { UInt8($0 % classes) }), to: "\(part)-labels-idx1-ubyte")
      }
    }
  }

  private static func idx(_ dimensions: [Int], _ bytes: [UInt8]) -> [UInt8] {
    [0, 0, 8, UInt8(dimensions.count)]
      + dimensions.flatMap { size in [24, 16, 8, 0].map { UInt8(size >> $0 & 255) } } + bytes
  }

  private static func gzip(_ bytes: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    deflateInit2_(
      &stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    defer { deflateEnd(&stream) }
    var (input, output) = (bytes, [UInt8](repeating: 0, count: bytes.count + 1024))
    let size = input.withUnsafeMutableBufferPointer { source in
      output.withUnsafeMutableBufferPointer { target in
        stream.next_in = source.baseAddress
        stream.avail_in = UInt32(source.count)
        stream.next_out = target.baseAddress
        stream.avail_out = UInt32(target.count)
        deflate(&stream, Z_FINISH)
        return target.count - Int(stream.avail_out)
      }
    }
    return Array(output[..<size])
  }

  @Test func readsFilesPlainAndCompressed() throws {
    let folder = try Folder()
    try folder.fill()
    let plain = try ImageSet(folder: folder.path)
    #expect(plain.side == 4 && plain.white == 255 && plain.classCount == 4)
    #expect(plain.training.labels.prefix(5) == [0, 1, 2, 3, 0])
    #expect(plain.training.pixels.count == 40 * 16 && plain.training.pixels[16 * 7] == 7)
    let file = folder.path + "/train-images-idx3-ubyte"
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
    try folder.write(Self.gzip(bytes), to: "train-images.idx3-ubyte.gz")
    try FileManager.default.removeItem(atPath: file)
    let packed = try ImageSet(folder: folder.path)
    #expect(packed.training.pixels == plain.training.pixels)
  }

  @Test(arguments: [
    ("train-images-idx3-ubyte", [], "two zeros"),
    ("train-images-idx3-ubyte", Array("hello, world".utf8), "two zeros"),
    ("train-images-idx3-ubyte", [0, 0, 13, 3, 0, 0, 0, 1], "kind 13"),
    ("train-images-idx3-ubyte", [0, 0, 8, 3, 0, 0], "cut short"),
    (
      "train-images-idx3-ubyte",
      [0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255], "says"
    ),
    ("train-images-idx3-ubyte", idx([40], Array(repeating: 1, count: 40)), "3 dimensions"),
    ("train-images-idx3-ubyte", idx([10, 2, 8], Array(repeating: 1, count: 160)), "square"),
    ("train-images-idx3-ubyte", idx([39, 4, 4], Array(repeating: 1, count: 39 * 16)), "40 labels"),
    ("train-images-idx3-ubyte", idx([40, 2, 2], Array(repeating: 1, count: 160)), "a side"),
    ("train-images-idx3-ubyte", [0x1F, 0x8B, 8, 0, 1, 2], "cannot be used"),
    ("t10k-labels-idx1-ubyte", idx([40], Array(repeating: 200, count: 40)), "label 200"),
    ("t10k-labels-idx1-ubyte", idx([40], Array(repeating: 1, count: 40)), "class 0"),
  ])
  func brokenFilesAreRefusedInASentence(_ name: String, _ bytes: [UInt8], _ word: String) throws {
    let folder = try Folder()
    try folder.fill()
    try folder.write(bytes, to: name)
    #expect {
      try ImageSet(folder: folder.path)
    } throws: { error in
      let error = error as? KnobError
      return error?.isOfData == true && error?.description.contains(word) == true
    }
  }

  @Test func missingFilesAreNamed() throws {
    let folder = try Folder()
    #expect {
      try ImageSet(folder: folder.path)
    } throws: { "\($0)".contains("train-images-idx3-ubyte") }
    #expect(throws: KnobError.self) { try ImageSet(folder: "/nowhere") }
  }

  // MARK: Tasks

  private func family(_ name: String, _ settings: [String: String]) throws -> any TaskFamily {
    let experiment = try #require(Experiments.named(name))
    var knobs = KnobValues(experiment.knobs)
    for (knob, value) in settings { try knobs.set(knob, to: value) }
    return try #require(try experiment.model(knobs) as? HypernetworkModel).family
  }

  private func batch(_ family: any TaskFamily, _ task: Int, _ examples: Int) -> (
    x: [Float], y: [Float]
  ) {
    var x = [Float](repeating: -1, count: examples * family.inputCount)
    var y = [Float](repeating: -1, count: examples * family.outputCount)
    x.withUnsafeMutableBufferPointer { x in
      y.withUnsafeMutableBufferPointer { y in
        [task].withUnsafeBufferPointer {
          family.fillBatch(
            tasks: $0, examples: examples, key: RandomKey(seed: 3, stream: .inputs), x: x, y: y)
        }
      }
    }
    return (x, y)
  }

  @Test func aSplitTaskHasItsOwnClasses() throws {
    let folder = try Folder()
    try folder.fill()
    let family = try family("split-digits", ["data": folder.path])
    #expect(family.tasks.map(\.name) == ["0|1", "2|3"] && family.outputCount == 2)
    for task in 0..<2 {
      let (x, y) = batch(family, task, 50)
      for row in 0..<50 {
        // The first pixel is the image's number, and that tells its class.
        let label = Int((x[row * 16] * 255).rounded()) % 4
        #expect(label / 2 == task)
        #expect(y[2 * row + label % 2] == 1 && y[2 * row + 1 - label % 2] == 0)
      }
    }
    #expect {
      try self.family("split-digits", ["data": folder.path, "classes": "3"])
    } throws: { "\($0)".contains("fewer classes") }
  }

  @Test func permutedTasksHaveTheSamePixelsElsewhere() throws {
    let family = try family("permuted-digits", ["tasks": "3"])
    let all = (0..<3).map { batch(family, $0, 4) }
    #expect(all.allSatisfy { $0.y == all[0].y })
    #expect(all[1].x != all[0].x && all[2].x != all[1].x)
    for row in 0..<4 {
      let sorted = all.map { $0.x[row * 64..<(row + 1) * 64].sorted() }
      #expect(sorted[0] == sorted[1] && sorted[0] == sorted[2])
    }
  }

  /// No image that a task is measured on is among those that it is trained on.
  @Test(arguments: ["digits", "mnist-5k"])
  func unseenImagesAreNotTrainedOn(_ images: String) throws {
    let set = try #require(EmbeddedImages(rawValue: images)).images.get()
    let size = set.pixelCount
    func rows(_ part: ImageSet.Part) -> Set<[UInt8]> {
      Set(part.labels.indices.map { Array(part.pixels[$0 * size..<($0 + 1) * size]) })
    }
    let (training, test) = (rows(set.training), rows(set.test))
    #expect(training.isDisjoint(with: test))
    #expect(set.classCount == 10)
    for label in 0..<10 {
      let shares = [set.training, set.test].map { part in part.labels.count { $0 == label } }
      #expect(shares[1] > 30 && abs(shares[0] - 4 * shares[1]) <= 4)
    }
  }
}
