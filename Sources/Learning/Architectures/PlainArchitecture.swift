import Autodiff

/// One architecture as a target network of its own, and nothing else: what a masked network is tested
/// against, and what is trained when an architecture is trained for real.
///
///     h₀ = normal(x ∗ stem) + b₀
///     hᵢ = σᵢ(normal(mean of its inputs ∗ Wᵢ) + bᵢ), or the mean pooled, or the mean itself
///     y  = mean over the grid of (mean of the outputs) · head + b
///
/// with normal(u) = u / √(mean u² + ε) over an image's numbers (Zhang & Sennrich 2019): the size of
/// weights does not matter, so networks of generated weights of any size compute.
public struct PlainArchitecture: TargetNetwork {
  public let architecture: Architecture
  public let frame: ArchitectureFrame
  public let tensors: [TensorSpecification]

  static let epsilon: Float = 1e-5

  public init(_ architecture: Architecture, in frame: ArchitectureFrame) {
    let graph = architecture.pruned
    self.architecture = graph
    self.frame = frame
    let width = graph.width
    var tensors = [
      TensorSpecification(
        "stem.w",
        frame.kind == .mlp
          ? [1, 1, frame.pixels, width] : [frame.stemSide, frame.stemSide, 1, width],
        role: .weight, fanIn: frame.stemInputs),
      TensorSpecification("stem.b", [width], role: .bias, fanIn: frame.stemInputs),
    ]
    for (index, node) in graph.nodes.enumerated() where node.operation.hasWeights {
      let side = node.operation.side
      let inputs = side * side * width
      tensors += [
        TensorSpecification(
          "n\(index + 1).w", [side, side, width, width], role: .weight, fanIn: inputs),
        TensorSpecification("n\(index + 1).b", [width], role: .bias, fanIn: inputs),
      ]
    }
    self.tensors =
      tensors + [
        TensorSpecification("head.w", [width, frame.classes], role: .weight, fanIn: width),
        TensorSpecification("head.b", [frame.classes], role: .bias, fanIn: width),
      ]
  }

  public var details: [(name: String, value: String)] {
    [
      ("network", "architecture"), ("architecture", architecture.line), ("side", "\(frame.side)"),
      ("classes", "\(frame.classes)"),
    ]
  }

  /// - Parameter inputs: [T, B, pixels].
  public func callAsFunction(_ weights: [Weight], _ inputs: Tensor) -> Tensor {
    let (tasks, count, width) = (inputs.shape[0], inputs.shape[1], architecture.width)
    let all = weights.dense(tasks: tasks, tensors)
    let byName = Dictionary(uniqueKeysWithValues: zip(tensors.map(\.name), all))
    func weight(_ name: String) -> Tensor {
      guard let tensor = byName[name] else { preconditionFailure("no tensor \(name)") }
      return tensor
    }
    func normal(_ u: Tensor, _ bias: Tensor) -> Tensor {
      let size = u.square().mean(axes: [2, 3, 4], keepingDimensions: true)
      return u / (size + Self.epsilon).sqrt() + bias.reshaped(to: [tasks, 1, 1, 1, width])
    }
    func mean(_ all: [Tensor]) -> Tensor {
      all.dropFirst().reduce(all[0], +) * (1 / Float(all.count))
    }
    var states = [normal(frame.stem(inputs, weight("stem.w")), weight("stem.b"))]
    for (index, node) in architecture.nodes.enumerated() {
      let x = mean(node.inputs.map { states[$0] })
      switch node.operation {
      case .skip: states.append(x)
      case .pool:
        states.append(
          x.padded(axis: 2, before: 1, after: 1).padded(axis: 3, before: 1, after: 1)
            .averagePooled(3, stride: 1))
      case .conv1, .conv3, .conv5, .dense:
        let sum = x.convolved(
          with: weight("n\(index + 1).w"), padding: node.operation.side / 2)
        let u = normal(sum, weight("n\(index + 1).b"))
        states.append(node.units.applied(to: u))
      }
    }
    let features = mean(architecture.outputs.map { states[$0] })
      .mean(axes: [2, 3], keepingDimensions: false)
    return features.matmul(weight("head.w"))
      + weight("head.b").reshaped(to: [tasks, 1, frame.classes])
      .broadcast(to: [tasks, count, frame.classes])
  }
}

extension Architecture.Units {
  func applied(to u: Tensor) -> Tensor {
    switch self {
    case .relu: u.relu()
    case .tanh: u.tanh()
    case .linear: u
    }
  }
}

extension ArchitectureFrame {
  /// What comes to the grid of images [T, B, pixels] through kernels [T, side, side, 1, width], or through
  /// one layer [T, 1, 1, pixels, width]: [T, B, grid, grid, width].
  func stem(_ x: Tensor, _ kernel: Tensor) -> Tensor {
    let (tasks, count) = (x.shape[0], x.shape[1])
    guard kind == .cnn else {
      return x.reshaped(to: [tasks, count, 1, 1, pixels]).convolved(with: kernel)
    }
    return x.reshaped(to: [tasks, count, side, side, 1])
      .convolved(with: kernel, stride: stride, padding: 1)
  }
}
