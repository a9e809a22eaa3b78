import Foundation
import Learning

/// The bytes of a session file, checked step by step: each check may rely on those before it, and
/// nothing is allocated on the word of a number in the file.
struct SessionDecoding {
  let path: String
  let bytes: Data

  private func error(_ text: String) -> SessionError { SessionError("\(path): \(text)") }

  private static let recover = "open another session or a copy of this one"

  // MARK: The head

  /// Format, version and what a browser shows. `bytes` may be the beginning of a file only.
  func head() throws(SessionError) -> SessionHead {
    guard let first = bytes.first(where: { !" \t\r\n".utf8.contains($0) }) else {
      throw error("the file is empty; \(Self.recover)")
    }
    guard !ComparisonFile.looksLikeComparison(bytes) else {
      throw error("this is a comparison of methods, not a session; 'weft compare' goes on with it")
    }
    guard first == UInt8(ascii: "{"), !bytes.starts(with: [UInt8(ascii: "{"), 0]) else {
      throw error("this is not a Weft session (no JSON object)")
    }
    let object: Data
    let start = bytes.prefix(SessionFormat.headLimit)
    if let end = start.range(of: Data((",\(SessionFormat.headEnd)").utf8)) {
      object = bytes[..<end.lowerBound] + Data("}".utf8)
    } else {
      object = bytes
    }
    struct Mark: Decodable {
      var format: String?
      var version: Int?
    }
    try checkStructure(object)
    let mark: Mark
    do { mark = try JSONDecoder().decode(Mark.self, from: object) } catch {
      throw looksLikeSession
        ? self.error("the file is cut short or damaged; \(Self.recover)")
        : self.error("this is not a Weft session (\(Self.reason(error)))")
    }
    guard mark.format == SessionFormat.name else {
      throw error("this is JSON, but not a Weft session (\"format\" is not \(SessionFormat.name))")
    }
    guard let version = mark.version, version >= 1 else {
      throw error("its format version is missing or makes no sense; \(Self.recover)")
    }
    guard version <= SessionFormat.version else {
      throw error(
        "it was written by a newer Weft (format version \(version), this one reads up to "
          + "\(SessionFormat.version)); update Weft to open it")
    }
    do {
      let head = try JSONDecoder().decode(SessionHead.self, from: object)
      guard 0...SessionFormat.stepLimit ~= head.step else {
        throw self.error("step \(head.step) makes no sense; \(Self.recover)")
      }
      return head
    } catch let known as SessionError {
      throw known
    } catch { throw self.error("it is damaged: \(Self.reason(error)); \(Self.recover)") }
  }

  private var looksLikeSession: Bool {
    bytes.prefix(256).range(of: Data("\"\(SessionFormat.name)\"".utf8)) != nil
  }

  // MARK: The whole

  /// Whether the last line is there and its checksum right.
  func checkChecksum() throws(SessionError) {
    let mark = Data(SessionFormat.checksumStart.utf8)
    guard
      let start = bytes.range(
        of: mark, options: .backwards,
        in: max(bytes.startIndex, bytes.endIndex - 256)..<bytes.endIndex)
    else { throw error("the file is cut short: its end is missing; \(Self.recover)") }
    let end = String(decoding: bytes[start.upperBound...], as: UTF8.self)
    guard end.dropFirst(8).hasPrefix("\"\n}") else {
      throw error("the file is cut short: its end is missing; \(Self.recover)")
    }
    guard end.prefix(8) == Checksum.hexadecimal(Checksum.crc32(bytes[..<start.lowerBound])) else {
      throw error(
        "its content does not match its checksum: it was damaged or edited after it was saved; "
          + Self.recover)
    }
  }

  func document() throws(SessionError) -> SessionDocument {
    try checkStructure(bytes)
    do { return try JSONDecoder().decode(SessionDocument.self, from: bytes) } catch {
      throw self.error("it is damaged: \(Self.reason(error)); \(Self.recover)")
    }
  }

  /// Bounds nesting and the number of values before any parser sees them.
  private func checkStructure(_ bytes: Data) throws(SessionError) {
    var depth = 0
    var values = 1
    var inString = false
    var escaped = false
    var deepest = 0
    bytes.withUnsafeBytes { buffer in
      for byte in buffer {
        if inString {
          if escaped {
            escaped = false
          } else if byte == UInt8(ascii: "\\") {
            escaped = true
          } else if byte == UInt8(ascii: "\"") {
            inString = false
          }
          continue
        }
        switch byte {
        case UInt8(ascii: "\""): inString = true
        case UInt8(ascii: "["), UInt8(ascii: "{"):
          depth += 1
          deepest = max(deepest, depth)
          values += 1
        case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
        case UInt8(ascii: ","): values += 1
        default: break
        }
      }
    }
    guard deepest <= SessionFormat.depthLimit else {
      throw error("this is not a Weft session (nested \(deepest) levels deep)")
    }
    guard values <= SessionFormat.valueLimit else {
      throw error(
        "this is not a Weft session (it holds more than \(SessionFormat.valueLimit) values)")
    }
  }

  /// What a decoding error says, in words.
  static func reason(_ error: any Error) -> String {
    func place(_ path: [any CodingKey]) -> String {
      let names = path.map { key in key.intValue.map { "number \($0 + 1)" } ?? key.stringValue }
      return names.isEmpty ? "the file" : names.joined(separator: ", ")
    }
    switch error {
    case DecodingError.keyNotFound(let key, let context):
      return "“\(key.stringValue)” is missing in \(place(context.codingPath))"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      return "\(place(context.codingPath)) is of the wrong kind"
    case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
      return "\(place(context.codingPath)) makes no sense"
    default: return "a value in it, or the JSON itself, is not valid"
    }
  }

  // MARK: The run

  /// The run the file holds.
  /// - Parameter other: the experiment in another form; nil is that of the file's name for it.
  func run(threads: Int, as other: (any Experiment)? = nil) throws(SessionError) -> Run {
    let head = try head()
    try checkChecksum()
    let document = try document()
    let experiment: any Experiment
    if let other {
      experiment = other
    } else {
      experiment = try self.experiment(named: head.experiment)
    }
    let knobs = try knobs(document.knobs, of: experiment)
    let model: any ExperimentModel
    do { model = try experiment.model(knobs) } catch {
      throw self.error("its knobs do not go together: \(error)")
    }
    let statuses = try statuses(document.tasks, of: model)
    let variables = try variables(document.variables, of: model)
    let history = try history(document.history, step: head.step)
    let run: Run
    do {
      run = try Run(experiment, knobs: knobs, seed: head.seed, threads: threads)
    } catch { throw self.error("it cannot be opened here: \(error)") }
    guard history.series.count == run.history.series.count else {
      throw error("its history has \(history.series.count) curves, not \(run.history.series.count)")
    }
    run.restore(
      step: head.step, variables: variables, history: history, statuses: statuses,
      trainingLoss: head.trainingLoss, validationLoss: head.validationLoss,
      milestones: try milestones(document.milestones ?? [], of: model, step: head.step),
      gradientCosine: document.gradientCosine)
    return run
  }

  private func experiment(named name: String) throws(SessionError) -> any Experiment {
    guard let experiment = Experiments.named(name) else {
      throw error(
        "it is of an experiment “\(name.prefix(40))” that this Weft does not have; "
          + "it may come from a newer one")
    }
    return experiment
  }

  /// What it is a run of.
  func setting() throws(SessionError) -> SessionFile.Setting {
    let head = try head()
    try checkChecksum()
    let document = try document()
    let experiment = try self.experiment(named: head.experiment)
    return SessionFile.Setting(
      experiment: experiment, knobs: try knobs(document.knobs, of: experiment), seed: head.seed,
      step: head.step, tasks: document.tasks.map(\.name))
  }

  private func knobs(
    _ settings: [String: SessionDocument.Setting], of experiment: any Experiment
  ) throws(SessionError) -> KnobValues {
    var values = KnobValues(experiment.knobs)
    // Sorted, so that of several wrong knobs always the same one is named.
    for (name, setting) in settings.sorted(by: { $0.key < $1.key }) {
      guard let knob = experiment.knobs.first(where: { $0.name == name }) else {
        throw error("it sets a knob “\(name.prefix(40))” that \(experiment.name) does not have")
      }
      let value: KnobValue? =
        switch (knob.domain, setting) {
        case (.integer, .number(let number)): Int(exactly: number).map(KnobValue.integer)
        case (.real, .number(let number)): .real(number)
        case (.choice, .word(let word)): .choice(word)
        case (.text, .word(let text)): .text(text)
        case (.widths, .list(let widths)): .widths(widths)
        default: nil
        }
      guard let value, knob.contains(value) else {
        throw error("knob “\(name)” is set to something else than \(knob.domainDescription)")
      }
      values[name] = value
    }
    return values
  }

  /// The numbers of every variable, in the model's order.
  private func variables(
    _ written: [SessionDocument.Variable], of model: any ExperimentModel
  ) throws(SessionError) -> [(name: String, values: [Float])] {
    let wanted = model.variables
    guard written.count == wanted.count else {
      throw error("it holds \(written.count) variables where its networks have \(wanted.count)")
    }
    let byName = Dictionary(written.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var result: [(name: String, values: [Float])] = []
    for specification in wanted {
      let name = specification.name
      guard let variable = byName[name] else { throw error("the variable “\(name)” is missing") }
      guard variable.shape == specification.shape.dimensions else {
        throw error(
          "the variable “\(name)” should have the shape \(specification.shape), and has another")
      }
      guard
        let values = LittleEndian.floats(base64: variable.data, count: specification.shape.count)
      else {
        throw error(
          "the data of “\(name)” are not base64 of \(specification.shape.count) numbers")
      }
      guard values.allSatisfy(\.isFinite) else {
        throw error("the variable “\(name)” holds numbers that are not finite")
      }
      result.append((name, values))
    }
    return result
  }

  private func statuses(
    _ written: [SessionDocument.Task], of model: any ExperimentModel
  ) throws(SessionError) -> [Snapshot.TaskStatus] {
    let outline = model.outline
    let tasks = outline.tasks
    guard written.map(\.name) == tasks.map(\.name) else {
      let names =
        written.map(\.name).prefix(4).joined(separator: ", ").prefix(80)
        + (written.count > 4 ? ", …" : "")
      throw error(
        !((model as? HypernetworkModel)?.scheme is FederatedScheme)
          ? "its tasks are not those of the experiment"
          : "its clients (\(names)) are not those whose rows are here; 'weft serve' goes on with "
            + "clients that are elsewhere")
    }
    var statuses: [Snapshot.TaskStatus] = []
    for (index, task) in written.enumerated() {
      let recent = task.recent ?? []
      guard recent.count <= Run.recentCount else {
        throw error("task “\(task.name)” has \(recent.count) recent losses, too many")
      }
      if let embedding = task.embedding, embedding.count != outline.contextCount {
        throw error(
          "the embedding of task “\(task.name)” has \(embedding.count) numbers, not \(outline.contextCount)"
        )
      }
      // A learned embedding is read from the variables.
      let isLearned = outline.embedding != nil && index < outline.trainingTaskCount
      statuses.append(
        Snapshot.TaskStatus(
          loss: task.loss, metric: task.metric, recent: recent,
          context: isLearned ? nil : task.embedding, drift: task.drift))
    }
    return statuses
  }

  private func milestones(
    _ written: [SessionDocument.Milestone], of model: any ExperimentModel, step: Int
  ) throws(SessionError) -> [Milestone] {
    var milestones: [Milestone] = []
    for milestone in written {
      guard model.taskEnding(at: milestone.step) == milestone.task, milestone.step <= step,
        milestone.task > milestones.last?.task ?? -1,
        milestone.measures.count == model.outline.tasks.count,
        milestone.measures.allSatisfy(\.isFinite)
      else { throw error("its milestone \(milestones.count + 1) makes no sense") }
      milestones.append(
        Milestone(task: milestone.task, step: milestone.step, measures: milestone.measures))
    }
    return milestones
  }

  private func history(
    _ written: SessionDocument.History, step: Int
  ) throws(SessionError) -> History {
    let stride = written.stride
    guard stride > 0, stride.nonzeroBitCount == 1, stride <= SessionFormat.stepLimit else {
      throw error("its history has a stride that is not a power of two")
    }
    var series: [[History.Bucket]] = []
    for curve in written.series {
      let count = curve.at.count
      guard count <= History.capacity, curve.mean.count == count,
        (curve.low?.count ?? count) == count, (curve.high?.count ?? count) == count,
        (curve.count?.count ?? count) == count
      else { throw error("the columns of the curve “\(curve.name.prefix(40))” differ in length") }
      var buckets: [History.Bucket] = []
      for (i, at) in curve.at.enumerated() {
        let place = at / stride
        let number = curve.count?[i] ?? 1
        guard at >= 0, at % stride == 0, at <= step, place >= buckets.count,
          place < History.capacity,
          1...SessionFormat.stepLimit ~= number
        else {
          throw error("the curve “\(curve.name.prefix(40))” makes no sense at its point \(i + 1)")
        }
        while buckets.count < place { buckets.append(.empty) }
        buckets.append(
          History.Bucket(
            mean: curve.mean[i], low: curve.low?[i] ?? curve.mean[i],
            high: curve.high?[i] ?? curve.mean[i], count: number))
      }
      series.append(buckets)
    }
    guard let history = History(stride: stride, series: series) else {
      throw error("its history makes no sense")
    }
    return history
  }
}
