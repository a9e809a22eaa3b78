import Autodiff

/// Who writes the weights of an architecture that comes in as numbers.
protocol ArchitectureGenerator: Sendable {
  /// Its parameters θ.
  var variables: [VariableSpecification] { get }

  /// Weights for the channels of the space's widest architecture that is trained with.
  func raw(_ parts: MaskedNetwork.Parts, _ network: MaskedNetwork, theta: Theta)
    -> MaskedNetwork.Raw
}

/// The ways there are to come by weights without training them.
enum GeneratorChoice: String, CaseIterable, Sendable {
  /// Messages over the architecture's graph (Zhang et al. 2019).
  case graph
  /// A network that reads the architecture's code, and of whose output weights are sliced (Brock et al.
  /// 2018).
  case smash
  /// Nobody writes them: all architectures share one set (Pham et al. 2018; Bender et al. 2018).
  case shared

  static let knob = Knob(
    "generator", title: "generator",
    help: "who writes weights: messages over the graph, a network that reads the code, or nobody: "
      + "one set that all share",
    .choice(allCases.map(\.rawValue)), standard: .choice(graph.rawValue), effect: .rebuild)
}

extension MaskedNetwork.Raw {
  /// The same for more channels: those that are there again and again. So a wider network computes, before
  /// any change, what a narrower one does.
  func extended(to channels: Int) -> MaskedNetwork.Raw {
    func tiled(_ tensor: Tensor, _ axis: Int) -> Tensor {
      let own = tensor.shape[axis]
      guard own < channels else { return tensor }
      let copies = Array(repeating: tensor, count: (channels + own - 1) / own)
      return Tensor.concatenate(copies, axis: axis).slice(axis: axis, from: 0, count: channels)
    }
    return MaskedNetwork.Raw(
      stem: tiled(stem, 4), stemBias: tiled(stemBias, 1),
      kernels: kernels.map { $0.mapValues { tiled(tiled($0, 3), 4) } },
      biases: biases.map { tiled($0, 1) }, head: tiled(head, 1), headBias: headBias)
  }
}

/// One set of weights: for each place of a node and each operation a kernel, of which an architecture takes
/// the channels it has.
struct SharedWeights: ArchitectureGenerator {
  let space: SearchSpace
  let frame: ArchitectureFrame

  private var operations: [Architecture.Operation] { space.kind.operations.filter(\.hasWeights) }

  private var stem: Shape {
    frame.kind == .mlp
      ? [1, 1, frame.pixels, space.width] : [frame.stemSide, frame.stemSide, 1, space.width]
  }

  private func name(_ node: Int, _ operation: Architecture.Operation) -> String {
    "shared.n\(node).\(operation.rawValue)"
  }

  var variables: [VariableSpecification] {
    let width = space.width
    return [
      VariableSpecification("shared.stem.w", stem, .normal(deviation: 1)),
      VariableSpecification("shared.stem.b", [width], .zero),
    ]
      + (1...space.nodes).flatMap { node in
        operations.map {
          VariableSpecification(
            name(node, $0), [$0.side, $0.side, width, width], .normal(deviation: 1))
        } + [VariableSpecification("shared.n\(node).b", [width], .zero)]
      } + [
        VariableSpecification("shared.head.w", [width, frame.classes], .normal(deviation: 1)),
        VariableSpecification("shared.head.b", [frame.classes], .zero),
      ]
  }

  func raw(
    _ parts: MaskedNetwork.Parts, _ network: MaskedNetwork, theta: Theta
  ) -> MaskedNetwork.Raw {
    let (rows, width) = (parts.mask.shape[0], space.width)
    func all(_ name: String, _ shape: Shape) -> Tensor {
      theta(name, shape).broadcast(to: Shape([rows] + shape.dimensions))
    }
    // Nodes beyond those that are trained with have the weights of the first again.
    let nodes = parts.nodes.indices.map { $0 % space.nodes + 1 }
    return MaskedNetwork.Raw(
      stem: all("shared.stem.w", stem), stemBias: all("shared.stem.b", [width]),
      kernels: nodes.map { node in
        Dictionary(
          uniqueKeysWithValues: operations.map {
            ($0, all(name(node, $0), [$0.side, $0.side, width, width]))
          })
      }, biases: nodes.map { all("shared.n\($0).b", [width]) },
      head: all("shared.head.w", [width, frame.classes]),
      headBias: all("shared.head.b", [frame.classes]))
  }
}

/// A network that reads the code and writes, for each place of a node, one kernel of the largest side, the
/// middle of which is that of a smaller one.
struct CodeHypernetwork: ArchitectureGenerator {
  let space: SearchSpace
  let frame: ArchitectureFrame
  let hidden: Int

  private var side: Int { space.kind.operations.map(\.side).max() ?? 1 }
  private var kernel: Int { side * side * space.width * space.width }

  private var trunk: [Linear] {
    [
      Linear(name: "code.1", inputs: ArchitectureCode(space).count, outputs: hidden, gain: 2),
      Linear(name: "code.2", inputs: hidden, outputs: hidden, gain: 2),
    ]
  }

  private func head(_ name: String, _ outputs: Int) -> Linear {
    Linear(name: "code.\(name)", inputs: hidden, outputs: outputs)
  }

  private var heads: [(linear: Linear, isBias: Bool)] {
    let width = space.width
    return [
      (head("stem.w", frame.stemInputs * width), false), (head("stem.b", width), true),
    ]
      + (1...space.nodes).flatMap {
        [(head("n\($0).w", kernel), false), (head("n\($0).b", width), true)]
      } + [
        (head("head.w", width * frame.classes), false), (head("head.b", frame.classes), true),
      ]
  }

  var variables: [VariableSpecification] {
    trunk.flatMap(\.variables) + heads.flatMap { $0.linear.written(isBias: $0.isBias) }
  }

  func raw(
    _ parts: MaskedNetwork.Parts, _ network: MaskedNetwork, theta: Theta
  ) -> MaskedNetwork.Raw {
    let (rows, width) = (parts.mask.shape[0], space.width)
    // Of more nodes than are trained with the first are read.
    let known = parts.nodes.prefix(space.nodes).flatMap { [$0.operations, $0.units, $0.edges] }
    let code = Tensor.concatenate(
      [parts.width * (1 / Float(width))] + known
        + [parts.ends.slice(axis: 1, from: 0, count: space.nodes + 1)], axis: 1)
    let features = trunk.reduce(code) { $1($0, theta: theta).relu() }
    func written(_ name: String, _ shape: Shape) -> Tensor {
      head(name, shape.count)(features, theta: theta)
        .reshaped(to: Shape([rows] + shape.dimensions))
    }
    let kernels = (1...space.nodes).map { node in
      let whole = written("n\(node).w", [side, side, width, width])
      return Dictionary(
        uniqueKeysWithValues: network.weighted.map { operation in
          let edge = (side - operation.side) / 2
          return (
            operation,
            whole.slice(axis: 1, from: edge, count: operation.side)
              .slice(axis: 2, from: edge, count: operation.side)
          )
        })
    }
    let biases = (1...space.nodes).map { written("n\($0).b", [width]) }
    let nodes = parts.nodes.indices.map { $0 % space.nodes }
    return MaskedNetwork.Raw(
      stem: written(
        "stem.w",
        frame.kind == .mlp
          ? [1, 1, frame.pixels, width] : [frame.stemSide, frame.stemSide, 1, width]),
      stemBias: written("stem.b", [width]), kernels: nodes.map { kernels[$0] },
      biases: nodes.map { biases[$0] }, head: written("head.w", [width, frame.classes]),
      headBias: written("head.b", [frame.classes]))
  }
}

extension Linear {
  /// Variables of a layer whose outputs are weights of variance 1 or, without what it reads, biases of 0.
  /// Most of that variance is the same whatever is read (after Beck et al. 2022), so that a network of some
  /// weights is there from the first step on.
  func written(isBias: Bool) -> [VariableSpecification] {
    guard !isBias else {
      return [
        .init(
          name + ".w", [inputs, outputs], .normal(deviation: 0.1 / Float(inputs).squareRoot())),
        .init(name + ".b", [outputs], .zero),
      ]
    }
    return [
      .init(name + ".w", [inputs, outputs], .normal(deviation: 0.5 / Float(inputs).squareRoot())),
      .init(name + ".b", [outputs], .normal(deviation: 0.9)),
    ]
  }
}
