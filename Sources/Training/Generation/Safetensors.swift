import Foundation

/// The file format of Hugging Face's `safetensors`: eight bytes with the length of the header
/// (little endian), the header in JSON padded with spaces to a multiple of eight, then the numbers of
/// every tensor, little-endian float32 without gaps.
package enum Safetensors {
  package static func file(
    _ tensors: [(name: String, shape: [Int], values: [Float])],
    metadata: [(name: String, value: String)]
  ) -> Data {
    var header = JSONText(reserving: 1024)
    header.open("{", nil)
    header.member("__metadata__") { text in
      text.open("{", nil)
      for (name, value) in metadata { text.member(name) { $0.string(value) } }
      text.close("}")
    }
    var offset = 0
    for (name, shape, values) in tensors {
      header.member(name) { text in
        text.open("{", nil)
        text.member("dtype") { $0.string("F32") }
        text.member("shape") { $0.integers(shape) }
        text.member("data_offsets") { $0.integers([offset, offset + 4 * values.count]) }
        text.close("}")
      }
      offset += 4 * values.count
    }
    header.close("}")
    var text = header.bytes
    text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - text.count % 8) % 8))
    var file = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) }
    file.append(text)
    for tensor in tensors { file.append(LittleEndian.data(tensor.values[...])) }
    return file
  }
}
