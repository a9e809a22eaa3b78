import Autodiff
import Learning
import Terminal
import Testing
import Training
import Workbench

/// A run made by hand, of any shape: three training tasks and one held-out one at first.
struct SampleRun {
  var contextCount = 2
  var trainingTasks = 3
  var heldOutTasks = 1
  var fitted: [Float]?
  var widths = [1, 3, 1]
  var step = 100
  var revision = 1
  var state = Snapshot.State.paused
  var notice: Snapshot.Notice?
  var saved = Snapshot.SaveStatus(path: nil, step: nil, time: nil, error: nil)
  var knobValues: [String: KnobValue] = [:]
  var bias: Float = 0.5
  var shift: Float = 0
  /// Whether it is a network that makes contexts of its own as it reads.
  var isDynamic = false
  /// How tasks stood when each was learned; some where they come one after another.
  var milestones: [Milestone] = []
  var drift: [Float?] = []

  /// What a speaking network has besides.
  static let prompt = Knob(
    "prompt", title: "prompt", help: "", .text("a line of text"), standard: .text("Go"),
    effect: .live)

  static let knobs = [
    Knob(
      "rate", title: "learning rate", help: "", .real(0...1, logarithmic: true),
      standard: .real(0.01), effect: .live),
    Knob(
      "contexts", title: "context length", help: "", .integer(1...32), standard: .integer(2),
      effect: .rebuild),
    Knob(
      "optimizer", title: "optimizer", help: "", .choice(["adam", "sgd"]),
      standard: .choice("adam"), effect: .rebuild),
  ]

  var tensors: [TensorSpecification] { MLP(widths: widths, activation: .tanh).tensors }

  func context(of task: Int) -> [Float] {
    (0..<contextCount).map { Float(task + 1) * ($0 % 2 == 0 ? 1 : -0.5) + shift }
  }

  var snapshot: Snapshot {
    let descriptions =
      (0..<trainingTasks).map {
        TaskDescription("s\($0 + 1)", role: .training, attributes: [.init("amp", Double($0))])
      }
      + (0..<heldOutTasks).map {
        TaskDescription("h\($0 + 1)", role: .heldOut, attributes: [.init("amp", 0.5)])
      }
    var history = History(seriesCount: 2)
    for step in stride(from: 0, to: min(step, 1 << 20), by: max(step / 300, 1)) {
      history.append(1 / Float(step + 1), to: 0, step: step)
      if step % 50 == 0 { history.append(2 / Float(step + 1), to: 1, step: step) }
    }
    var knobs = KnobValues(Self.knobs + (isDynamic ? [Self.prompt] : []))
    for (name, value) in knobValues { knobs[name] = value }
    var entries: [Parameters.Entry] = []
    var values: [Float] = []
    for tensor in tensors {
      entries.append(
        .init(
          name: "head.\(tensor.name).bias", shape: [tensor.shape.count], offset: values.count))
      values += Array(repeating: bias, count: tensor.shape.count)
    }
    return Snapshot(
      description: RunDescription(
        experiment: "sine-family", summary: "", tasks: descriptions, contextCount: contextCount,
        tensors: tensors, series: ["train", "validation"], metricName: "MSE",
        phases: ["embed", "update"], parameterCount: values.count,
        targetParameterCount: values.count, standardSteps: 5000, isDynamic: isDynamic,
        isContinual: !milestones.isEmpty),
      revision: revision, state: state, step: step, phase: nil, stepsPerSecond: 0, speed: .full,
      seed: 7, knobs: knobs, trainingLoss: 0.25, validationLoss: 0.5, history: history,
      tasks: descriptions.indices.map { task in
        Snapshot.TaskStatus(
          loss: 0.1, metric: nil, recent: [0.2, 0.1],
          context: task < trainingTasks ? context(of: task) : fitted,
          drift: drift.indices.contains(task) ? drift[task] : nil)
      }, currentTask: milestones.last.map { min($0.task + 1, trainingTasks - 1) },
      milestones: milestones, gradientCosine: milestones.isEmpty ? nil : -0.25,
      parameters: Parameters(entries: entries, values: values),
      notice: notice, saved: saved)
  }

  func probe(context: [Float]? = nil, images: Bool = false) -> ProbeResult {
    let x: [Float] = (0..<11).map { Float($0) / 10 }
    let curve = Behaviour.curve(
      .init(x: x, prediction: x.map { $0 * 2 }, truth: x, points: [(0.5, 0.5)], error: 0.35))
    let pictures = Behaviour.images(
      .init(
        width: 2, height: 2, classNames: ["0", "1"],
        examples: (0..<7).map {
          .init(
            pixels: [0, 0.5, 1, .nan], label: $0 % 2,
            probabilities: $0 == 0 ? [0.2, 0.8] : [0.9, 0.1])
        }, accuracy: 0.75, accuracyCount: 100))
    return ProbeResult(
      context: context ?? self.context(of: 0), step: step, reference: 0,
      weights: tensors.map { tensor in
        .init(
          specification: tensor, values: (0..<tensor.shape.count).map { Float($0) / 10 - 0.1 })
      }, behaviour: images ? pictures : curve)
  }

  /// The workbench on this run, the probe's first answer taken in.
  func model(size: Size = Size(120, 36), focus: Pane = .context) -> Model {
    var model = Model(
      snapshot: snapshot, size: size,
      capabilities: Capabilities(colors: .palette256, unicode: true), theme: .loom)
    model.themeNames = ["loom", "paper"]
    _ = model.update(.probe(probe()), now: 0)
    model.comparison = RaceFixture.view()
    model.focus = focus
    return model
  }
}

extension Model {
  /// Keys as scripts write them, one after another at one time.
  @discardableResult
  mutating func press(_ names: String..., at time: Double? = nil) -> [Request] {
    names.flatMap { update(.key(Key(name: $0) ?? Key(.escape)), now: time ?? now) }
  }

  @discardableResult
  mutating func type(_ text: String) -> [Request] {
    text.unicodeScalars.flatMap { update(.key(.character($0)), now: now) }
  }

  @discardableResult
  mutating func say(_ line: String) -> [Request] { update(.line(line), now: now) }
}

extension Model {
  /// Where the inside of a pane lies on the screen.
  func inside(of pane: Pane) throws -> Rect {
    let layout = Layout(size: size, focus: focus, isZoomed: isZoomed, front: front)
    return try #require(layout.rect(of: pane)).inset(1, 1)
  }

  /// The lines inside a pane, without the spaces they end with.
  func lines(in pane: Pane) throws -> [String] {
    let buffer = CellBuffer(size)
    Screen.render(self, on: buffer.canvas)
    let rect = try inside(of: pane)
    let lines = buffer.text.split(separator: "\n", omittingEmptySubsequences: false)
    return (rect.y..<rect.maxY).map { y in
      var line = String(lines[y].dropFirst(rect.x).prefix(rect.width))
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}

extension [Request] {
  var commands: [Command] {
    compactMap { if case .train(let command) = $0 { command } else { nil } }
  }
}
