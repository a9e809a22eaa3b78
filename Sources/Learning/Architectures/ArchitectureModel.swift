import Autodiff

/// A generator of weights for architectures, trained over thousands of them at once: every step draws some
/// architectures and images for each, and minimises the mean loss of networks that were never trained. A
/// context is an architecture's code.
public struct ArchitectureModel: ExperimentModel {
  package let space: SearchSpace
  package let images: ArchitectureImages
  package let frame: ArchitectureFrame
  let generator: any ArchitectureGenerator
  /// Architectures a step, and images for each.
  let rows: Int
  let examples: Int
  let schedule: RateSchedule
  /// Steps of a standard run, over which the rate falls.
  let steps: Int
  /// Architectures to train with: their codes, one after another.
  private let pool: [Float]
  /// Those that are shown.
  package let listed: [(name: String, split: SearchSpace.Split, architecture: Architecture)]

  private static let poolSize = 4096
  private static let shown: [(split: SearchSpace.Split, word: String, count: Int)] = [
    (.training, "a", 12), (.test, "t", 12), (.wider, "w", 3), (.deeper, "d", 3),
  ]

  init(
    _ space: SearchSpace, _ images: ArchitectureImages, rows: Int, examples: Int,
    schedule: RateSchedule, steps: Int,
    generator: (ArchitectureFrame) -> any ArchitectureGenerator
  ) {
    self.space = space
    self.images = images
    frame = ArchitectureFrame(space.kind, side: images.side, classes: images.classes)
    self.generator = generator(frame)
    self.rows = rows
    self.examples = examples
    self.schedule = schedule
    self.steps = steps
    let unseen = Set(
      space.architectures(.test, count: TrainedTable.counts[0].count).map(\.canonical))
    let drawn = space.architectures(.training, count: Self.poolSize, apartFrom: unseen)
    let code = ArchitectureCode(space)
    pool = drawn.flatMap(code.code)
    listed = Self.shown.flatMap { split, word, count in
      let all = split == .training ? drawn : space.architectures(split, count: count)
      return all.prefix(count).enumerated().map { ("\(word)\($0 + 1)", split, $1) }
    }
  }

  /// The code of what is shown: it has room for the largest architectures.
  package var code: ArchitectureCode { ArchitectureCode(space, nodes: space.mostNodes) }

  package func description(
    _ name: String, _ architecture: Architecture, role: TaskDescription.Role
  ) -> TaskDescription {
    let size = NetworkSize(architecture, in: frame)
    return TaskDescription(
      name, role: role,
      attributes: [
        .init("width", Double(architecture.width)),
        .init("nodes", Double(architecture.nodes.count)),
        .init("depth", Double(architecture.depth)), .init("weights", Double(size.parameters)),
        .init("MACs", Double(size.multiplyAdds)),
      ])
  }

  public var outline: ModelOutline {
    let network = network(of: .large)
    return ModelOutline(
      tasks: listed.map { name, split, architecture in
        description(name, architecture, role: split == .training ? .training : .heldOut)
      }, contextCount: code.count, contexts: listed.map { code.code(of: $0.architecture) },
      tensors: network.tensors,
      targetParameterCount: network.tensors.reduce(0) { $0 + $1.shape.count },
      metricName: Objective.crossEntropy.metricName)
  }

  public var parameters: [VariableSpecification] { generator.variables }

  public var variables: [VariableSpecification] {
    parameters + OptimizerChoice.adam.variables(for: parameters, prefix: "optimizer")
  }

  /// How large a masked network is.
  package enum Extent: Sendable {
    /// As large as what is trained with.
    case trained
    /// As large as anything.
    case large
  }

  /// The tensors of a network of some extent; those of the largest are shown of any.
  package func tensors(of extent: Extent) -> [TensorSpecification] { network(of: extent).tensors }

  /// The networks of this space that were trained for real on these images; nil where nobody did.
  package var trainedTable: TrainedTable? { TrainedTable.embedded(space, images: images.name) }

  /// How whoever has the weights of a code, `tensors(of: .large)`, computes with them.
  package func details(of context: [Float]) -> [(name: String, value: String)] {
    let architecture = code.architecture(context)
    let network = network(of: .large)
    let isBetween = code.code(of: architecture) != context
    let stem =
      frame.kind == .cnn ? "conv(x, stem.w, stride \(frame.stride), padding 1)" : "x @ stem.w"
    let node =
      frame.kind == .cnn
      ? "conv(mean of its inputs, ni.w, padding \(network.side / 2))"
      : "mean of its inputs @ ni.w"
    return [
      ("network", "architecture"),
      ("architecture", (isBetween ? "a mixture, the nearest: " : "") + architecture.line),
      ("side", "\(frame.side)"), ("classes", "\(frame.classes)"),
      ("width", "\(architecture.width)"), ("epsilon", "\(PlainArchitecture.epsilon)"),
      (
        "layout",
        "images [rows, columns, 1], kernels [rows, columns, in, out]; channels from width on are 0"
      ),
      (
        "formula",
        "h0 = normal(\(stem)) + stem.b; hi = units(normal(\(node)) + ni.b), of a pool or skip "
          + "hi = \(node); y = mean of what the output takes, over places too, @ head.w + head.b; "
          + "normal(u) = u / sqrt(sum of u * u over places and channels / (places * width) + epsilon)"
      ),
    ]
  }

  func network(of extent: Extent) -> MaskedNetwork {
    switch extent {
    case .trained:
      MaskedNetwork(frame: frame, code: ArchitectureCode(space), channels: space.width)
    case .large:
      MaskedNetwork(frame: frame, code: code, channels: space.mostWidth)
    }
  }

  /// The smallest extent that an architecture has room in; nil where there is none.
  package func extent(of architecture: Architecture) -> Extent? {
    let graph = architecture.pruned
    guard graph.kind == space.kind, graph.nodes.count <= space.mostNodes,
      graph.width <= space.mostWidth
    else { return nil }
    return graph.nodes.count <= space.nodes && graph.width <= space.width ? .trained : .large
  }

  /// The code for an extent.
  package func code(of extent: Extent) -> ArchitectureCode { network(of: extent).code }

  /// Weights for codes [A, code.count], and what reads them.
  private func weights(
    _ codes: Tensor, _ network: MaskedNetwork
  ) -> (MaskedNetwork.Weights, MaskedNetwork.Parts) {
    let parts = network.parts(codes)
    let raw = generator.raw(parts, network, theta: Theta(codes.graph))
    return (network.weights(raw.extended(to: network.channels), parts), parts)
  }

  /// Predicts: outputs [rows, images, classes] of generated networks for the inputs `codes` [rows, code
  /// count] and `x` [images, pixels], the same images for all; and their weights, as `tensors(of:)` has
  /// them.
  package func predictionProgram(
    rows: Int, images: Int, extent: Extent
  ) -> (graph: Graph, outputs: Tensor, weights: [Tensor]) {
    let graph = Graph()
    let network = network(of: extent)
    let codes = graph.input("codes", [rows, network.code.count])
    let x = graph.input("x", [1, images, frame.pixels])
    let (weights, parts) = graph.phase("generate") { self.weights(codes, network) }
    let outputs = graph.phase("forward") {
      network.outputs(weights, parts, x.broadcast(to: [rows, images, frame.pixels]))
    }
    return (graph, outputs, weights.all)
  }

  public func trainingProgram() -> TrainingProgram {
    let graph = Graph()
    let network = network(of: .trained)
    let codes = graph.input("codes", [rows, network.code.count])
    let x = graph.input("x", [rows, examples, frame.pixels])
    let y = graph.input("y", [rows, examples, frame.classes])
    let (weights, parts) = graph.phase("generate") { self.weights(codes, network) }
    let outputs = graph.phase("forward") { network.outputs(weights, parts, x) }
    let loss = graph.phase("loss") { Objective.crossEntropy.perTask(outputs, y).mean() }
    let trained = parameters.map { ($0.name, graph.variable($0.name, $0.shape)) }
    let gradients = loss.gradient(of: trained.map(\.1))
    let (rate, clip) = (graph.input("rate"), graph.input("clip"))
    graph.phase("update") {
      OptimizerChoice.adam.update(
        zip(trained, gradients).map { ($0.0, $0.1, $1) }, in: graph, prefix: "optimizer",
        rate: rate, gradientScale: Clipping.scale(of: gradients, limit: clip))
    }
    return TrainingProgram(
      graph: graph, loss: loss,
      gradients: zip(trained, gradients).map { (name: $0.0, tensor: $1) }
    ) { [images, pool, rows, examples, schedule, steps] plan in
      ArchitectureFeed(
        images: images, pool: pool, rows: rows, examples: examples, plan: plan
      ) { schedule.factor(at: $0, of: steps) }
    }
  }
}

private final class ArchitectureFeed: Feed {
  private let images: ArchitectureImages
  private let pool: [Float]
  private let rows, examples, count: Int
  private let codes, x, y, rate, clip: UnsafeMutableBufferPointer<Float>
  private let rateFactor: (Int) -> Float
  private var seed: UInt64 = 0
  private var baseRate: Float = 0
  /// The inputs live in the plan's memory.
  private let plan: Plan

  init(
    images: ArchitectureImages, pool: [Float], rows: Int, examples: Int, plan: Plan,
    rateFactor: @escaping (Int) -> Float
  ) {
    self.images = images
    self.pool = pool
    self.rows = rows
    self.examples = examples
    self.plan = plan
    self.rateFactor = rateFactor
    codes = plan.input("codes")
    x = plan.input("x")
    y = plan.input("y")
    rate = plan.input("rate")
    clip = plan.input("clip")
    count = codes.count / rows
  }

  func apply(_ knobs: KnobValues, seed: UInt64) {
    self.seed = seed
    baseRate = knobs.real("rate")
    clip[0] = knobs.real("clip")
  }

  func write(step: Int) {
    rate[0] = baseRate * rateFactor(step)
    pool.withUnsafeBufferPointer { pool in
      guard let base = pool.baseAddress, let out = codes.baseAddress else { return }
      RandomKey(seed: seed, stream: .architecture, step: step)
        .forEachInteger(rows, below: pool.count / count) { row, index in
          (out + row * count).update(from: base + index * count, count: count)
        }
    }
    images.fillBatch(
      key: RandomKey(seed: seed, stream: .inputs, step: step), rows: rows * examples, x: x, y: y)
  }
}
