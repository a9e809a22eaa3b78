import CZlib
import Foundation
import Learning

extension SessionContent {
  /// The bytes of the file. Throws where a number is not finite, naming the variable, and where the
  /// file would be larger than one that is read.
  func encoded() throws(SessionError) -> Data {
    for variable in variables where !variable.values.allSatisfy(\.isFinite) {
      throw SessionError(
        "not saved: “\(variable.name)” holds numbers that are not finite; go back to the last good "
          + "state or rewind first")
    }
    let bytes = variables.reduce(0) { $0 + $1.values.count } / 3 * 16
    guard bytes < SessionFormat.sizeLimit / 2 else {
      throw SessionError(
        "not saved: a session of this size (\(bytes >> 20) MB) could not be read again; "
          + "choose smaller networks")
    }
    var text = JSONText(reserving: bytes + 1 << 17)
    text.open("{", "")
    text.member("format") { $0.string(SessionFormat.name) }
    text.member("version") { $0.raw("\(SessionFormat.version)") }
    text.member("experiment") { $0.string(experiment) }
    text.member("seed") { $0.raw("\(seed)") }
    text.member("step") { $0.raw("\(step)") }
    if let loss = trainingLoss.finite { text.member("train_loss") { $0.number(loss) } }
    if let loss = validationLoss.finite { text.member("validation_loss") { $0.number(loss) } }
    text.member("thumbnail") { $0.numbers(history.thumbnail(32)) }
    write(knobs: knobs, to: &text)
    write(tasks: zip(tasks, statuses), to: &text)
    write(history: history, to: &text)
    write(variables: variables, to: &text)
    return text.sealed()
  }

  private func write(knobs: KnobValues, to text: inout JSONText) {
    text.member("knobs") { text in
      text.open("{", "  ")
      for knob in knobs.knobs {
        guard let value = knobs[knob.name] else { continue }
        text.member(knob.name) {
          switch value {
          case .integer(let value): $0.raw("\(value)")
          case .real(let value): $0.raw("\(value)")
          case .choice(let word): $0.string(word)
          case .widths(let widths): $0.raw("[\(widths.map(String.init).joined(separator: ", "))]")
          }
        }
      }
      text.close("}")
    }
  }

  private func write(
    tasks: Zip2Sequence<[TaskDescription], [Snapshot.TaskStatus]>, to text: inout JSONText
  ) {
    text.member("tasks") { text in
      text.open("[", "  ")
      for (task, status) in tasks {
        text.element { text in
          text.open("{", nil)
          text.member("name") { $0.string(task.name) }
          text.member("role") { $0.string(task.role.rawValue) }
          text.member("attributes") { text in
            text.open("{", nil)
            for attribute in task.attributes {
              text.member(attribute.name) { $0.raw("\(attribute.value)") }
            }
            text.close("}")
          }
          if let loss = status.loss.finite { text.member("loss") { $0.number(loss) } }
          if let metric = status.metric.finite { text.member("metric") { $0.number(metric) } }
          let recent = status.recent.filter(\.isFinite)
          text.member("recent") { $0.numbers(recent) }
          if let context = status.context { text.member("embedding") { $0.numbers(context) } }
          text.close("}")
        }
      }
      text.close("]")
    }
  }

  private func write(history: History, to text: inout JSONText) {
    text.member("history") { text in
      text.open("{", "  ")
      text.member("stride") { $0.raw("\(history.stride)") }
      text.member("series") { text in
        text.open("[", "    ")
        for (name, buckets) in zip(seriesNames, history.series) {
          let filled = buckets.enumerated().filter { $0.element.count > 0 }
          text.element { text in
            text.open("{", "      ")
            text.member("name") { $0.string(name) }
            text.member("at") { $0.integers(filled.map { $0.offset * history.stride }) }
            text.member("mean") { $0.numbers(filled.map(\.element.mean)) }
            if filled.contains(where: { $0.element.count > 1 }) {
              text.member("low") { $0.numbers(filled.map(\.element.low)) }
              text.member("high") { $0.numbers(filled.map(\.element.high)) }
              text.member("count") { $0.integers(filled.map(\.element.count)) }
            }
            text.close("}")
          }
        }
        text.close("]")
      }
      text.close("}")
    }
  }

  private func write(variables: [Variable], to text: inout JSONText) {
    text.member("variables") { text in
      text.open("[", "  ")
      for variable in variables {
        text.element { text in
          text.open("{", nil)
          text.member("name") { $0.string(variable.name) }
          text.member("role") { $0.string(variable.role.rawValue) }
          text.member("shape") { $0.integers(variable.shape.dimensions) }
          text.member("data") { $0.string(LittleEndian.base64(variable.values)) }
          text.close("}")
        }
      }
      text.close("]")
    }
  }
}

extension Float? {
  /// The number, if there is one that JSON can hold.
  fileprivate var finite: Float? { flatMap { $0.isFinite ? $0 : nil } }
}

/// JSON under construction: members in the order they are added, one a line where an indentation is
/// given and all on one line where not.
struct JSONText {
  private struct Level {
    /// What its members are indented by; nil puts them on one line.
    var indentation: String?
    /// The indentation of its closing bracket.
    var outer: String
    var isEmpty = true
  }

  private var bytes = Data()
  private var levels: [Level] = []

  init(reserving count: Int) { bytes.reserveCapacity(count) }

  mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }

  /// Begins an object or array whose bracket closes at `indentation`; members stand two further in.
  mutating func open(_ bracket: String, _ indentation: String?) {
    raw(bracket)
    levels.append(Level(indentation: indentation.map { $0 + "  " }, outer: indentation ?? ""))
  }

  mutating func close(_ bracket: String) {
    let level = levels.removeLast()
    if level.indentation != nil, !level.isEmpty { raw("\n" + level.outer) }
    raw(bracket)
  }

  mutating func member(_ name: String, _ value: (inout JSONText) -> Void) {
    separate()
    string(name)
    raw(": ")
    value(&self)
  }

  mutating func element(_ value: (inout JSONText) -> Void) {
    separate()
    value(&self)
  }

  private mutating func separate() {
    guard let level = levels.last else { return }
    levels[levels.count - 1].isEmpty = false
    if !level.isEmpty { raw(",") }
    if let indentation = level.indentation {
      raw("\n" + indentation)
    } else if !level.isEmpty {
      raw(" ")
    }
  }

  mutating func string(_ text: String) {
    raw("\"")
    var plain = true
    for byte in text.utf8 where byte < 0x20 || byte == 0x22 || byte == 0x5C { plain = false }
    if plain {
      raw(text)
    } else {
      for scalar in text.unicodeScalars {
        switch scalar {
        case "\"", "\\": raw("\\\(scalar)")
        case _ where scalar.value < 0x20:
          let digits = String(scalar.value, radix: 16)
          raw("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
        default: raw(String(scalar))
        }
      }
    }
    raw("\"")
  }

  /// The shortest decimal that reads back as the same bits.
  mutating func number(_ value: Float) { raw(value.description) }

  mutating func numbers(_ values: some Sequence<Float>) {
    raw("[" + values.map(\.description).joined(separator: ", ") + "]")
  }

  mutating func integers(_ values: some Sequence<Int>) {
    raw("[" + values.map(String.init).joined(separator: ", ") + "]")
  }

  /// The text with its last member, the checksum of all that stands before that line.
  mutating func sealed() -> Data {
    raw(",")
    let checksum = Checksum.crc32(bytes)
    raw(SessionFormat.checksumStart + Checksum.hexadecimal(checksum) + "\"\n}\n")
    return bytes
  }
}

enum Checksum {
  static func crc32(_ bytes: Data) -> UInt32 {
    bytes.withUnsafeBytes { buffer in
      UInt32(
        truncatingIfNeeded: crc32_z(0, buffer.bindMemory(to: UInt8.self).baseAddress, buffer.count))
    }
  }

  /// Eight hexadecimal digits.
  static func hexadecimal(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}

enum LittleEndian {
  /// Numbers as the base64 of their little-endian bytes.
  static func base64(_ values: ArraySlice<Float>) -> String { data(values).base64EncodedString() }

  static func data(_ values: ArraySlice<Float>) -> Data {
    let patterns = values.map(\.bitPattern.littleEndian)
    return patterns.withUnsafeBytes { Data($0) }
  }

  /// `count` numbers from base64; nil where it is not base64 of exactly as many.
  static func floats(base64 text: String, count: Int) -> [Float]? {
    let (size, overflow) = count.multipliedReportingOverflow(by: 4)
    guard !overflow, text.utf8.count == (size + 2) / 3 * 4, let data = Data(base64Encoded: text),
      data.count == size
    else { return nil }
    return data.withUnsafeBytes { bytes in
      (0..<count).map { index in
        Float(
          bitPattern: UInt32(
            littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)))
      }
    }
  }
}
