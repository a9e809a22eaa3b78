import Autodiff

/// Generates a target network's weights from a support set (Zhmoginov, Sandler & Vladymyrov 2022,
/// "HyperTransformer: model generation for supervised and semi-supervised few-shot learning"), layer
/// by layer. For each layer a transformer encoder of its own reads
///
/// - a token for each labelled example: what shared features see in it and what the layers generated
///   before make of it, beside an embedding of its label;
/// - a placeholder for each unit of the layer, learned; one of the last layer, whose units stand for
///   labels, begins at the mean of its label's examples.
///
/// What comes out at a placeholder is turned into the unit's weights and bias. The encoder knows no
/// positions, so the order of the examples does not matter.
public struct HyperTransformer: Sendable {
  /// How large it is.
  public struct Sizes: Sendable, Hashable {
    /// Numbers of a token, and of them those that tell the label.
    public var model: Int
    public var label: Int
    public var heads: Int
    public var blocks: Int
    /// Channels of the shared convolutions.
    public var channels: [Int]

    public init(
      model: Int = 64, label: Int = 16, heads: Int = 4, blocks: Int = 2,
      channels: [Int] = [16, 32, 32]
    ) {
      self.model = model
      self.label = label
      self.heads = heads
      self.blocks = blocks
      self.channels = channels
    }
  }

  private let target: any LayeredTarget
  private let outputs: Int
  private let sizes: Sizes
  private let features: ImageFeatures

  /// - Parameters:
  ///   - inputs: numbers of an example; `side` tells that they are a square image.
  ///   - outputs: numbers of a label.
  public init(
    target: any LayeredTarget, inputs: Int, side: Int?, outputs: Int, sizes: Sizes = Sizes()
  ) {
    self.target = target
    self.outputs = outputs
    self.sizes = sizes
    features = ImageFeatures(
      name: "hyper.features", inputs: inputs, side: side, channels: sizes.channels,
      outputs: sizes.model - sizes.label)
  }

  private func encoder(_ layer: Int) -> TransformerEncoder {
    TransformerEncoder(
      name: "hyper.\(layer + 1)", model: sizes.model, heads: sizes.heads, blocks: sizes.blocks)
  }

  /// Reads what the layers before have made of an example; nil for the first.
  private func reader(_ layer: Int) -> Linear? {
    guard layer > 0 else { return nil }
    return Linear(
      name: "hyper.\(layer + 1).in", inputs: target.outputCount(of: layer - 1),
      outputs: sizes.model - sizes.label)
  }

  private func units(of layer: Int) -> Int {
    let shape = target.tensors[2 * layer].shape
    return shape[shape.rank - 1]
  }

  private func isLast(_ layer: Int) -> Bool { layer == target.layerCount - 1 }

  /// Learned numbers of the placeholders: a token for each unit, or, where units stand for labels, what
  /// they have in common.
  private func placeholder(_ layer: Int) -> VariableSpecification {
    .init(
      "hyper.\(layer + 1).placeholders", [isLast(layer) ? 1 : units(of: layer), sizes.model],
      .normal(deviation: 1))
  }

  private func head(_ layer: Int) -> VariableSpecification {
    let weight = target.tensors[2 * layer]
    let gain = isLast(layer) ? 1 : target.gain
    return .init(
      "hyper.\(layer + 1).head.w", [sizes.model, weight.fanIn + 1],
      .normalParts([
        .init(
          count: weight.fanIn,
          deviation: (gain / Float(weight.fanIn * sizes.model)).squareRoot()),
        .init(count: 1, deviation: 0),
      ]))
  }

  private func headBias(_ layer: Int) -> VariableSpecification {
    .init("hyper.\(layer + 1).head.b", [target.tensors[2 * layer].fanIn + 1], .zero)
  }

  public var variables: [VariableSpecification] {
    var all = features.variables
    all.append(.init("hyper.labels", [outputs, sizes.label], .normal(deviation: 1)))
    for layer in 0..<target.layerCount {
      all += reader(layer)?.variables ?? []
      all.append(placeholder(layer))
      all += encoder(layer).variables
      all.append(head(layer))
      // What units that stand for labels have in common decides nothing.
      if !isLast(layer) { all.append(headBias(layer)) }
    }
    return all
  }

  /// The target's tensors, [T] + shape each, for examples x [T, S, inputs] and labels y
  /// [T, S, outputs], one-hot.
  public func weights(_ x: Tensor, _ y: Tensor, theta: Theta) -> [Tensor] {
    let (tasks, count) = (x.shape[0], x.shape[1])
    let labels = theta("hyper.labels", [outputs, sizes.label])
    let seen = features(x, theta: theta)
    let told = y.matmul(labels)
    var activations = x
    var weights: [Tensor] = []
    for layer in 0..<target.layerCount {
      var example = seen
      if let reader = reader(layer) {
        example =
          example
          + reader(activations.reshaped(to: [tasks, count, reader.inputs]), theta: theta)
      }
      let examples = Tensor.concatenate([example, told], axis: 2)
      let (weight, bias) = generate(layer, from: examples, y, theta: theta)
      weights += [weight, bias]
      guard !isLast(layer) else { break }
      activations = target.layer(layer, (Weight(weight), Weight(bias)), activations).output
    }
    return weights
  }

  /// A layer's weight and bias from the examples' tokens [T, S, model] and labels.
  private func generate(
    _ layer: Int, from examples: Tensor, _ y: Tensor, theta: Theta
  ) -> (Tensor, Tensor) {
    let (tasks, count, units) = (examples.shape[0], examples.shape[1], units(of: layer))
    var placeholders = theta(placeholder(layer).name, placeholder(layer).shape)
    if isLast(layer) {
      let counts = y.sum(axes: [1], keepingDimensions: false).reshaped(to: [tasks, units, 1])
      // A label without examples has a sum of 0.
      placeholders = placeholders + y.transposed().matmul(examples) / counts.maximum(1e-6)
    }
    let tokens = Tensor.concatenate(
      [examples, placeholders.broadcast(to: [tasks, units, sizes.model])], axis: 1)
    let read = encoder(layer)(tokens, theta: theta)
      .slice(axis: 1, from: count, count: units).layerNormalized()
    let fanIn = target.tensors[2 * layer].fanIn
    var rows = read.matmul(theta(head(layer).name, head(layer).shape))
    if !isLast(layer) { rows = rows + theta(headBias(layer).name, headBias(layer).shape) }
    let shape = target.tensors[2 * layer].shape
    let weight = rows.slice(axis: 2, from: 0, count: fanIn).transposed()
      .reshaped(to: Shape([tasks] + shape.dimensions))
    let bias = rows.slice(axis: 2, from: fanIn, count: 1).reshaped(to: [tasks, units])
    return (weight, bias)
  }
}
