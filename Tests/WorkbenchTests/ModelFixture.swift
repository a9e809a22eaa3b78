import Foundation
import Learning
import Terminal
import Training
import Workbench

/// Models as a person would meet them, made by hand: no training, no engine, the same numbers always.
enum ModelFixture {
  /// A run in the middle of training.
  static func sineFamily(
    _ size: Size = Size(120, 36), _ capabilities: Capabilities = .everything
  ) -> Model {
    let amplitudes: [Float] = [0.1, 1.08, 2.06, 3.04, 4.02, 5]
    let phases: [Float] = (0..<6).map { Float($0) * .pi / 5 }
    var noise = Noise()
    var tasks: [TaskDescription] = []
    var statuses: [Snapshot.TaskStatus] = []
    func add(_ name: String, _ role: TaskDescription.Role, _ amplitude: Float, _ phase: Float) {
      tasks.append(
        TaskDescription(
          name, role: role,
          attributes: [
            .init("amp", Double(amplitude)), .init("phase", Double(phase), unit: "rad"),
          ]))
      let isFitted = role == .training || tasks.count % 3 == 0
      let loss = (1e-3 + 6e-4 * amplitude * amplitude) * (0.7 + 0.6 * noise.uniform())
      statuses.append(
        Snapshot.TaskStatus(
          loss: isFitted ? loss : nil, metric: nil,
          recent: isFitted ? falling(to: loss, count: 16) : [],
          context: isFitted
            ? [
              0.28 * amplitude * cos(phase) - 0.3, 0.28 * amplitude * sin(phase) - 0.4,
              0.1 * amplitude - 0.25 + 0.05 * noise.uniform(), 0.06 * cos(2 * phase),
            ] : nil))
    }
    for amplitude in amplitudes {
      for phase in phases { add("s\(tasks.count + 1)", .training, amplitude, phase) }
    }
    for cell in 0..<8 {
      add("h\(cell + 1)", .heldOut, amplitudes[cell % 5] + 0.49, phases[(cell * 2) % 5] + 0.31)
    }
    let tensors = layers([1, 40, 40, 1])
    var model = model(
      "sine-family", tasks: tasks, statuses: statuses, contextCount: 4, tensors: tensors,
      step: 12_480,
      history: history(steps: 12_480, evaluationInterval: 50, from: 3, to: 3e-3, &noise), size,
      capabilities)
    model.context = [-0.42, 0.88, 0.05, -0.1]
    model.reference = 14
    model.tasks.cursor = 14
    model.anchors.a = statuses[2].context
    model.anchors.b = statuses[33].context
    model.anchors.t = 0.34
    model.weights.tensor = 2
    model.weights.row = 6
    model.weights.column = 10
    let x = (0..<201).map { -5 + Float($0) / 20 }
    let truth = x.map { 2.06 * sin($0 - 1.26) }
    model.probe = ProbeResult(
      context: model.context, step: 12_480, reference: 14, weights: weights(tensors, &noise),
      behaviour: .curve(
        .init(
          x: x, prediction: zip(x, truth).map { $1 * 0.92 + 0.12 * cos($0) }, truth: truth,
          points: stride(from: 5, to: 201, by: 10).map { (x[$0], truth[$0]) }, error: 2.94e-2)))
    return model
  }

  /// Pictures and classes; paused.
  static func digitViews(
    _ size: Size = Size(120, 36), _ capabilities: Capabilities = .everything
  ) -> Model {
    var noise = Noise()
    let angles = (0..<24).filter { $0 % 4 != 2 } + (0..<24).filter { $0 % 4 == 2 }
    let tasks = angles.map { angle in
      TaskDescription(
        "\(angle * 15)°", role: angle % 4 == 2 ? .heldOut : .training,
        attributes: [.init("angle", Double(angle * 15), unit: "°")])
    }
    let statuses = angles.map { angle -> Snapshot.TaskStatus in
      let isFitted = angle % 4 != 2 || angle < 8
      let loss = 0.08 + 0.05 * noise.uniform()
      let turn = Float(angle) * .pi / 12
      return Snapshot.TaskStatus(
        loss: isFitted ? loss : nil, metric: isFitted ? 1 - loss / 4 : nil,
        recent: isFitted ? falling(to: loss, count: 16) : [],
        context: isFitted
          ? [
            0.9 * cos(turn), 0.9 * sin(turn), 0.15 * cos(2 * turn), 0.1 * noise.uniform() - 0.05,
          ] : nil)
    }
    let tensors = layers([64, 32, 10])
    var model = model(
      "digit-views", tasks: tasks, statuses: statuses, contextCount: 4, tensors: tensors,
      step: 4000,
      history: history(steps: 4000, evaluationInterval: 100, from: 2.3, to: 0.06, &noise), size,
      capabilities)
    model.snapshot.state = .paused
    model.context = statuses[1].context ?? model.context
    model.reference = 1
    let examples = (0..<20).map { index -> Behaviour.Images.Example in
      let label = index % 10
      let predicted = index == 7 ? 1 : label
      var probabilities = (0..<10).map { _ in noise.uniform() * 0.02 }
      probabilities[predicted] = index == 7 ? 0.62 : 0.9
      if index == 7 { probabilities[label] = 0.31 }
      let total = probabilities.reduce(0, +)
      return .init(
        pixels: pixels(label), label: label, probabilities: probabilities.map { $0 / total })
    }
    model.target.cursor = 7
    model.target.hasCursor = true
    model.probe = ProbeResult(
      context: model.context, step: 4000, reference: 1, weights: weights(tensors, &noise),
      behaviour: .images(
        .init(
          width: 8, height: 8, classNames: (0..<10).map(String.init), examples: examples,
          accuracy: 0.972, accuracyCount: 359)))
    return model
  }

  /// One task after another; a curve for each.
  static func threePolynomials(
    _ size: Size = Size(120, 36), _ capabilities: Capabilities = .everything
  ) -> Model {
    var noise = Noise()
    let tasks = zip(["linear", "quadratic", "cubic"], [-4.0, -1, 2]).map { name, from in
      TaskDescription(
        name, role: .training, attributes: [.init("from", from), .init("to", from + 2)])
    }
    let contexts: [[Float]] = [[1.2, -0.8], [0.2, -0.4], [-0.8, 0.8]]
    let statuses = contexts.enumerated().map { task, context -> Snapshot.TaskStatus in
      let loss: Float? = task < 2 ? 4e-3 + Float(task) * 1e-3 : nil
      return Snapshot.TaskStatus(
        loss: loss, metric: nil, recent: loss.map { falling(to: $0, count: 16) } ?? [],
        context: context)
    }
    var history = History(seriesCount: 5)
    for step in 0..<6000 {
      let present = 3 * exp(-Float(step % 4001) / 150)
      let first = 3 * exp(-Float(step) / 180)
      let factor = 0.8 + 0.4 * noise.uniform()
      history.append((present + 3e-3) * factor, to: 0, step: step)
      guard step % 50 == 49 else { continue }
      history.append(present + 4e-3, to: 1, step: step)
      history.append(first + 4e-3, to: 2, step: step)
      if step > 4001 { history.append(present + 5e-3, to: 3, step: step) }
    }
    let tensors = layers([1, 10, 10, 1])
    var model = model(
      "three-polynomials", tasks: tasks, statuses: statuses, contextCount: 2, tensors: tensors,
      step: 6000, history: history, series: tasks.map(\.name), size, capabilities)
    model.snapshot.currentTask = 1
    model.context = statuses[1].context ?? model.context
    model.reference = 1
    let x = (0..<241).map { -4.5 + 9 * Float($0) / 240 }
    func bent(_ x: Float) -> Float {
      let square = x * x
      return 2 * square / (1 + 0.2 * abs(square * x)) - 0.95
    }
    let truth = x.map { abs($0) <= 1 ? 2 * $0 * $0 - 1 : Float.nan }
    model.probe = ProbeResult(
      context: model.context, step: 6000, reference: 1, weights: weights(tensors, &noise),
      behaviour: .curve(
        .init(
          x: x, prediction: x.map(bent),
          truth: truth, points: stride(from: 95, to: 146, by: 3).map { (x[$0], truth[$0]) },
          error: 3.1e-3)))
    return model
  }

  static var all: [(name: String, make: (Size, Capabilities) -> Model)] {
    [
      ("sine-family", { sineFamily($0, $1) }), ("digit-views", { digitViews($0, $1) }),
      ("few-shot-glyphs", { fewShotGlyphs($0, $1) }), ("shapes", { shapes($0, $1) }),
      ("three-polynomials", { threePolynomials($0, $1) }),
      ("architectures", { architectures($0, $1) }),
    ]
  }

  /// As it is before the first step: nothing is known of anything.
  static func fresh(
    _ size: Size = Size(120, 36), _ capabilities: Capabilities = .everything
  ) -> Model {
    var model = sineFamily(size, capabilities)
    let tasks = model.snapshot.description.tasks
    model.snapshot.tasks = tasks.map { _ in
      Snapshot.TaskStatus(loss: nil, metric: nil, recent: [], context: nil)
    }
    model.snapshot.history = History(seriesCount: 2)
    model.snapshot.step = 0
    model.snapshot.trainingLoss = nil
    model.snapshot.validationLoss = nil
    model.snapshot.state = .paused
    model.snapshot.saved = .init(path: nil, step: nil, time: nil, error: nil)
    model.probe = nil
    model.anchors = Anchors()
    return model
  }

  /// An architecture as the context, and predictions beside what was trained.
  static func architectures(
    _ size: Size = Size(120, 36), _ capabilities: Capabilities = .everything
  ) -> Model {
    var noise = Noise()
    let space = SearchSpace(.cnn)
    let code = ArchitectureCode(space, nodes: space.mostNodes)
    let frame = ArchitectureFrame(.cnn, side: 8, classes: 10)
    let graphs = (0..<20).map { space.architecture($0, .test) }
    let tasks = graphs.prefix(6).enumerated().map { index, graph in
      TaskDescription(
        "a\(index + 1)", role: index < 4 ? .training : .heldOut,
        attributes: [.init("width", Double(graph.width))])
    }
    let statuses = graphs.prefix(6).map {
      Snapshot.TaskStatus(
        loss: 0.5, metric: 0.8, recent: falling(to: 0.5, count: 16), context: code.code(of: $0))
    }
    var history = History(seriesCount: 2)
    for step in 0..<600 { history.append(2 / Float(step + 1), to: 0, step: step) }
    let tensors = layers([8, 8, 10])
    var model = model(
      "architectures", tasks: tasks, statuses: statuses, contextCount: code.count,
      tensors: tensors, step: 600, history: history, size, capabilities)
    let graph = Architecture(
      .cnn, width: 4,
      nodes: [
        .init(.conv3, .tanh, from: [0]), .init(.pool, from: [1]), .init(.conv5, from: [0, 2]),
      ], outputs: [2, 3])
    model.context = code.code(of: graph)
    model.probe = ProbeResult(
      context: model.context, step: 600, reference: 0, weights: weights(tensors, &noise),
      behaviour: .network(
        .init(
          architecture: graph, isBetween: false, accuracy: 0.875, loss: 0.4, images: 200,
          size: NetworkSize(graph, in: frame), space: space, trained: nil)))
    let points = graphs.enumerated().map { index, graph in
      Scouting.Point(
        architecture: graph, size: NetworkSize(graph, in: frame),
        predicted: 0.4 + 0.02 * Float(index), trained: 0.5 + 0.02 * Float((index * 7) % 20))
    }
    model.search.scouting = Scouting(
      step: 600, points: points,
      correlation: Correlation(points.map { ($0.predicted, $0.trained) }), seconds: 0.1)

    return model
  }

  // MARK: Parts

  /// Some of every kind; not an experiment's own, which may be tuned without these pictures.
  private static let knobs: [Knob] = [
    Knob(
      "rate", title: "learning rate", help: "the size of a step", .real(0...1, logarithmic: true),
      standard: .real(0.002), effect: .live),
    Knob(
      "schedule", title: "rate schedule", help: "how the rate falls over the standard run",
      .choice(["constant", "cosine"]), standard: .choice("cosine"), effect: .rebuild),
    Knob(
      "optimizer", title: "optimizer", help: "the rule by which gradients change parameters",
      .choice(["adam", "sgd"]), standard: .choice("adam"), effect: .rebuild),
    Knob(
      "clip", title: "gradient clip", help: "largest norm of all gradients together; 0 is off",
      .real(0...1000, logarithmic: true), standard: .real(1), effect: .live),
    Knob(
      "tasks-per-step", title: "tasks a step", help: "how many tasks each step draws",
      .integer(1...36), standard: .integer(36), effect: .rebuild),
    Knob(
      "examples", title: "examples a task", help: "how many examples of each task a step draws",
      .integer(1...512), standard: .integer(16), effect: .rebuild),
    Knob(
      "contexts", title: "context length", help: "how many numbers a context z has",
      .integer(1...32), standard: .integer(4), effect: .rebuild),
    Knob(
      "hyper-widths", title: "hypernet widths", help: "hidden layers of the hypernetwork's trunk",
      .widths(layers: 1...4, width: 1...512), standard: .widths([64, 64]), effect: .rebuild),
    Knob(
      "target-activation", title: "target units", help: "activation of the target network",
      .choice(["tanh", "relu"]), standard: .choice("tanh"), effect: .rebuild),
    Knob(
      "spread", title: "embedding spread",
      help: "standard deviation of the embeddings at step 0", .real(0...10, logarithmic: true),
      standard: .real(0.1), effect: .rebuild),
    Knob(
      "noise", title: "context noise",
      help: "standard deviation of noise added to z in training", .real(0...10, logarithmic: true),
      standard: .real(0), effect: .live),
    Knob(
      "pull", title: "pull to zero", help: "weight of the mean square of z in the loss",
      .real(0...10, logarithmic: true), standard: .real(0), effect: .live),
  ]

  private static func falling(to end: Float, count: Int) -> [Float] {
    (0..<count).map { index in
      let rest = 4 * exp(-Float(index) / 4)
      return end * (1 + rest + (index % 3 == 1 ? 0.2 : 0))
    }
  }

  private static func model(
    _ experiment: String, tasks: [TaskDescription], statuses: [Snapshot.TaskStatus],
    contextCount: Int, tensors: [TensorSpecification], step: Int, history: History,
    series: [String] = [], _ size: Size, _ capabilities: Capabilities
  ) -> Model {
    var knobs = KnobValues(Self.knobs)
    knobs["clip"] = .real(0.5)
    return Model(
      snapshot: Snapshot(
        description: RunDescription(
          experiment: experiment, summary: "one hypernetwork for many tasks", tasks: tasks,
          contextCount: contextCount, tensors: tensors,
          series: ["train", "validation"] + series,
          metricName: experiment == "digit-views" ? "accuracy" : "MSE",
          phases: ["embed", "generate", "forward", "loss", "gradient", "update"],
          parameterCount: 123_456, targetParameterCount: tensors.reduce(0) { $0 + $1.shape.count },
          standardSteps: 12_000),
        revision: 1, state: .running, step: step, phase: nil, stepsPerSecond: 1240, speed: .full,
        seed: 42, knobs: knobs, trainingLoss: history.series[0].last?.mean,
        validationLoss: history.series[1].last { $0.count > 0 }?.mean, history: history,
        tasks: statuses, currentTask: nil, parameters: Parameters(entries: [], values: []),
        notice: nil,
        saved: .init(
          path: "sessions/0142-\(experiment).json", step: step, time: 0, error: nil)),
      size: size, capabilities: capabilities, theme: .loom)
  }

  private static func layers(_ widths: [Int]) -> [TensorSpecification] {
    zip(widths, widths.dropFirst()).enumerated().flatMap { layer, size in
      [
        TensorSpecification(
          "W\(layer + 1)", [size.0, size.1], role: .weight, fanIn: size.0),
        TensorSpecification("b\(layer + 1)", [size.1], role: .bias, fanIn: size.0),
      ]
    }
  }

  private static func weights(
    _ tensors: [TensorSpecification], _ noise: inout Noise
  ) -> [ProbeResult.Weights] {
    tensors.map { tensor in
      let columns = tensor.shape.dimensions.last ?? 1
      return ProbeResult.Weights(
        specification: tensor,
        values: (0..<tensor.shape.count).map { index in
          let (row, column) = (Float(index / columns), Float(index % columns))
          let wave = sin(row * 0.6) * cos(column * 0.35) + noise.uniform() - 0.5
          return wave / Float(tensor.fanIn).squareRoot() * 2.5
        })
    }
  }

  private static func history(
    steps: Int, evaluationInterval: Int, from: Float, to: Float, _ noise: inout Noise
  ) -> History {
    var history = History(seriesCount: 2)
    for step in 0..<steps {
      let share = Float(step) / Float(steps)
      let level = to + (from - to) * exp(-share * 12) + to * 4 * exp(-share * 3)
      history.append(level * (0.55 + 0.9 * noise.uniform()), to: 0, step: step)
      if step % evaluationInterval == evaluationInterval - 1 {
        history.append(level * (1.2 + 0.1 * noise.uniform()), to: 1, step: step)
      }
    }
    return history
  }

  /// Digits of 3 × 5 dots, in the middle of 8 × 8.
  private static func pixels(_ digit: Int) -> [Float] {
    let rows = [
      [7, 5, 5, 5, 7], [2, 6, 2, 2, 7], [7, 1, 7, 4, 7], [7, 1, 7, 1, 7], [5, 5, 7, 1, 1],
      [7, 4, 7, 1, 7], [7, 4, 7, 5, 7], [7, 1, 2, 2, 2], [7, 5, 7, 5, 7], [7, 5, 7, 1, 7],
    ][digit]
    return (0..<64).map { index in
      let (row, column) = (index / 8 - 1, index % 8 - 2)
      guard rows.indices.contains(row), (0..<4).contains(column) else { return 0 }
      let bit = rows[row] >> (2 - min(column, 2)) & 1
      return bit == 1 ? (column == 3 ? 0.35 : 0.95) : 0.05
    }
  }
}

extension Capabilities {
  static let everything = Capabilities(colors: .palette256, unicode: true)
}

/// A linear congruential generator (Knuth's MMIX constants): the fixtures need no better one.
struct Noise {
  private var state: UInt64 = 1
  /// In [0, 1).
  mutating func uniform() -> Float {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(state >> 40) / Float(1 << 24)
  }
}

extension ModelFixture {
  /// A few-shot episode of five bars and crosses, two queries of each, one of them taken for another.
  static func fewShotGlyphs(
    _ size: Size = Size(120, 36), _ capabilities: Capabilities = .everything
  ) -> Model {
    var model = digitViews(size, capabilities)
    func shape(_ label: Int, _ turn: Int) -> [Float] {
      (0..<784).map { index in
        let (x, y) = (index % 28 - 14, index / 28 - 14)
        let isBar = abs(x + turn) < 3 && abs(y) < 10
        let isBeam = abs(y - 3 * label + 6) < 3 && abs(x) < 10
        return isBar || isBeam ? 1 : 0
      }
    }
    let queries = (0..<10).map { index -> Behaviour.Images.Example in
      let label = index % 5
      let predicted = index == 7 ? 4 : label
      return .init(
        pixels: shape(label, index / 5 * 2 - 1), label: label,
        probabilities: (0..<5).map { $0 == predicted ? 0.8 : 0.05 })
    }
    model.target.cursor = 7
    model.probe?.behaviour = .episode(
      .init(
        side: 28, script: "Hebrew", isTested: true, classNames: ["א", "ב", "ג", "ד", "ה"],
        support: (0..<5).map { .init(pixels: shape($0, 0), label: $0) }, queries: queries))
    return model
  }
}

extension ModelFixture {
  /// A ball, compared with one a little smaller.
  static func shapes(
    _ size: Size = Size(120, 36), _ capabilities: Capabilities = .everything
  ) -> Model {
    var model = digitViews(size, capabilities)
    (model.target.hasCursor, model.target.cursor) = (false, 0)
    model.probe?.behaviour = .body(
      .init(
        field: ScalarField(of: AnalyticSolid.sphere(radius: 0.8), side: 24),
        truth: ScalarField(of: AnalyticSolid.sphere(radius: 0.7), side: 24)))
    return model
  }
}
