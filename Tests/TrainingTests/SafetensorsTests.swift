import Foundation
import Learning
import Testing
import Training

/// The file byte by byte, against the format's description.
struct SafetensorsTests {
  private func generated() throws -> GeneratedWeights {
    let run = try smallRun("sine-family", seed: 12, ["target-widths": "3-2"])
    train(run, to: 5)
    return try run.generate(.context([0.5, -1, 2, 0, 1e-9, 3]))
  }

  /// The length of the header, the header, and the numbers' bytes.
  private func parts(_ file: Data) throws -> (length: Int, header: Data, numbers: Data) {
    try #require(file.count > 8)
    let length = file.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    try #require(length <= file.count - 8)
    return (length, Data(file[8..<8 + length]), Data(file[(8 + length)...]))
  }

  @Test func theHeaderFillsWholeWordsAndNamesEveryTensorInOrder() throws {
    let (length, header, numbers) = try parts(try generated().safetensors)
    #expect(length % 8 == 0)
    #expect(header.first == UInt8(ascii: "{"))
    let text = String(decoding: header, as: UTF8.self)
    let json = text.trimmingCharacters(in: .whitespaces)
    #expect(json.hasSuffix("}") && text.count - json.count < 8)
    let object = try JSONSerialization.jsonObject(with: Data(json.utf8))
    let members = try #require(object as? [String: [String: Any]])
    var start = 0
    let shapes = [
      ("W1", [1, 3]), ("b1", [3]), ("W2", [3, 2]), ("b2", [2]), ("W3", [2, 1]), ("b3", [1]),
    ]
    #expect(members.count == shapes.count + 1)
    for (name, shape) in shapes {
      let member = try #require(members[name])
      #expect(member["dtype"] as? String == "F32")
      #expect(member["shape"] as? [Int] == shape)
      let end = start + 4 * shape.reduce(1, *)
      #expect(member["data_offsets"] as? [Int] == [start, end], "\(name)")
      start = end
    }
    #expect(numbers.count == start)
  }

  @Test func numbersAreLittleEndianFloatsInOrder() throws {
    let weights = try generated()
    let numbers = try parts(weights.safetensors).numbers
    let expected = weights.tensors.flatMap(\.values).flatMap { value in
      (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) }
    }
    #expect(expected.count == 4 * (3 + 3 + 6 + 2 + 2 + 1))
    #expect(Array(numbers) == expected)
  }

  @Test func metadataAreStringsThatSayWhereTheWeightsComeFrom() throws {
    let header = try parts(try generated().safetensors).header
    let object = try JSONSerialization.jsonObject(with: header) as? [String: Any]
    let metadata = try #require(object?["__metadata__"] as? [String: String])
    #expect(
      metadata == [
        "format": "weft", "experiment": "sine-family", "step": "5", "seed": "12",
        "context": "[0.5, -1.0, 2.0, 0.0, 1e-09, 3.0]", "network": "mlp", "widths": "1-3-2-1",
        "activation": "tanh",
        "formula": "h1 = tanh(x @ W1 + b1); h2 = tanh(h1 @ W2 + b2); y = h2 @ W3 + b3",
      ])
  }

  @Test func aFileIsReplacedAsAWholeOrNotAtAll() throws {
    let scratch = try Scratch()
    let weights = try generated()
    let path = try scratch.write("before", to: "w.safetensors")
    try FileManager.default.createDirectory(
      atPath: scratch.file(".w.safetensors.saving"), withIntermediateDirectories: false)
    let error = #expect(throws: SessionError.self) { try weights.write(to: path) }
    #expect(error?.description.contains("w.safetensors") == true)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "before")
    try FileManager.default.removeItem(atPath: scratch.file(".w.safetensors.saving"))
    try weights.write(to: path)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == weights.safetensors)
    #expect(scratch.names == ["w.safetensors"])
  }
}
