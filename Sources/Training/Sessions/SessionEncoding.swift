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
    let numbers = variables.reduce(0) { $0 + $1.values.count }
    let bytes = numbers / 3 * 16
    guard SessionFormat.holds(numbers: numbers) else {
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
    write(milestones: milestones, to: &text)
    if let cosine = gradientCosine.finite {
      text.member("gradient_cosine") { $0.number(cosine) }
    }
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
          case .choice(let word), .text(let word): $0.string(word)
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
          if let drift = status.drift.finite { text.member("drift") { $0.number(drift) } }
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

  private func write(milestones: [Milestone], to text: inout JSONText) {
    // One that is not finite says nothing.
    let whole = milestones.filter { $0.measures.allSatisfy(\.isFinite) }
    guard !whole.isEmpty else { return }
    text.member("milestones") { text in
      text.open("[", "  ")
      for milestone in whole {
        text.element { text in
          text.open("{", nil)
          text.member("task") { $0.raw("\(milestone.task)") }
          text.member("step") { $0.raw("\(milestone.step)") }
          text.member("measures") { $0.numbers(milestone.measures) }
          text.close("}")
        }
      }
      text.close("]")
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

extension JSONText {
  /// The text with its last member, the checksum of all that stands before that line.
  fileprivate mutating func sealed() -> Data {
    raw(",")
    let checksum = Checksum.crc32(bytes)
    raw(SessionFormat.checksumStart + Checksum.hexadecimal(checksum) + "\"\n}\n")
    return bytes
  }
}
