import Autodiff

/// The largest network of a space, of which an architecture takes a part: what the architecture is
/// comes in as numbers, so one planned graph computes them all, and what lies between two of them.
///
/// Channels that are not there are multiplied by 0, of a node's kernels the one of its operation is
/// taken, and pooling and skipping are kernels too.
struct MaskedNetwork: Sendable {
  let frame: ArchitectureFrame
  let code: ArchitectureCode
  /// Channels of the graph: at least the widest architecture's.
  let channels: Int

  /// An architecture's code read: tensors of [A] + shape.
  struct Parts {
    /// 1 where a channel is there, [A, channels].
    let mask: Tensor
    /// How many there are, [A, 1].
    let width: Tensor
    /// By node: what it does [A, operations], its activation [A, units], its edges [A, node].
    let nodes: [(operations: Tensor, units: Tensor, edges: Tensor)]
    /// Edges to the end, [A, nodes + 1].
    let ends: Tensor
  }

  /// What is generated, for as many channels as there are, none of it masked. Tensors of [A] + shape.
  struct Raw {
    /// [A, side, side, 1, channels], or [A, 1, 1, pixels, channels].
    var stem: Tensor
    var stemBias: Tensor
    /// By node: for each operation that has weights a kernel [A, side, side, channels, channels].
    var kernels: [[Architecture.Operation: Tensor]]
    /// By node, [A, channels].
    var biases: [Tensor]
    /// [A, channels, classes] and [A, classes].
    var head: Tensor
    var headBias: Tensor
  }

  /// What computes: masked, and of the size that the fan-in asks for.
  struct Weights {
    var stem, stemBias: Tensor
    /// By node: one kernel [A, side, side, channels, channels] and a bias [A, channels].
    var nodes: [(kernel: Tensor, bias: Tensor)]
    var head, headBias: Tensor

    /// All of them in the order of `tensors`.
    var all: [Tensor] {
      [stem, stemBias] + nodes.flatMap { [$0.kernel, $0.bias] } + [head, headBias]
    }
  }

  var weighted: [Architecture.Operation] { code.operations.filter(\.hasWeights) }

  /// The side of a node's kernel, which holds that of every operation.
  var side: Int { code.operations.map(\.side).max() ?? 1 }

  /// What `Weights.all` is.
  var tensors: [TensorSpecification] {
    let inputs = side * side * channels
    return [
      TensorSpecification(
        "stem.w",
        frame.kind == .mlp
          ? [1, 1, frame.pixels, channels] : [frame.stemSide, frame.stemSide, 1, channels],
        role: .weight, fanIn: frame.stemInputs),
      TensorSpecification("stem.b", [channels], role: .bias, fanIn: frame.stemInputs),
    ]
      + (1...code.nodes).flatMap {
        [
          TensorSpecification(
            "n\($0).w", [side, side, channels, channels], role: .weight, fanIn: inputs),
          TensorSpecification("n\($0).b", [channels], role: .bias, fanIn: inputs),
        ]
      } + [
        TensorSpecification(
          "head.w", [channels, frame.classes], role: .weight, fanIn: channels),
        TensorSpecification("head.b", [frame.classes], role: .bias, fanIn: channels),
      ]
  }

  /// - Parameter codes: [A, code.count].
  func parts(_ codes: Tensor) -> Parts {
    func slice(_ range: Range<Int>) -> Tensor {
      codes.slice(axis: 1, from: range.lowerBound, count: range.count)
    }
    // The mask of channel c is the width less c, between 0 and 1.
    let numbers = codes.graph.constant(1, [1, channels]).cumulativeSum(axis: 1) - 1
    let mask = (slice(0..<1) * Float(code.width) - numbers).maximum(0).minimum(1)
    return Parts(
      mask: mask, width: mask.sum(axes: [1], keepingDimensions: true),
      nodes: (1...code.nodes).map {
        let place = code.place(of: $0)
        return (slice(place.operations), slice(place.units), slice(place.edges))
      }, ends: slice(code.ends))
  }

  /// The kernels that are the same for all: pooling and skipping, [side, side, channels, channels].
  private func fixed(_ operation: Architecture.Operation, in graph: Graph) -> Tensor {
    // The identity: 1 where a channel's number equals another's.
    let numbers = graph.constant(1, [channels]).cumulativeSum(axis: 0)
    let identity = numbers.reshaped(to: [channels, 1]).equal(numbers.reshaped(to: [1, channels]))
    let own = operation.side
    let taps = identity.reshaped(to: [1, 1, channels, channels])
      .broadcast(to: [own, own, channels, channels])
    return widened(taps * (1 / Float(own * own)), axis: 0)
  }

  /// A kernel with zeros around it, so that it is of the largest side.
  private func widened(_ kernel: Tensor, axis: Int) -> Tensor {
    let room = (side - kernel.shape[axis]) / 2
    guard room > 0 else { return kernel }
    return kernel.padded(axis: axis, before: room, after: room)
      .padded(axis: axis + 1, before: room, after: room)
  }

  func weights(_ raw: Raw, _ parts: Parts) -> Weights {
    let rows = parts.mask.shape[0]
    let graph = parts.mask.graph
    let into = parts.mask.reshaped(to: [rows, 1, 1, channels, 1])
    let out = parts.mask.reshaped(to: [rows, 1, 1, 1, channels])
    let scale = (1 / parts.width.sqrt()).reshaped(to: [rows, 1, 1, 1, 1])
    let nodes = zip(parts.nodes, zip(raw.kernels, raw.biases)).map { part, own in
      func share(_ operation: Architecture.Operation) -> Tensor {
        part.operations.slice(
          axis: 1, from: code.operations.firstIndex(of: operation) ?? 0, count: 1)
      }
      let kernels = code.operations.map { operation -> Tensor in
        let share = share(operation).reshaped(to: [rows, 1, 1, 1, 1])
        guard operation.hasWeights, let kernel = own.0[operation] else {
          return fixed(operation, in: graph).reshaped(to: [1, side, side, channels, channels])
            .broadcast(to: [rows, side, side, channels, channels]) * share
        }
        return widened(
          kernel * (share * scale * (1 / Float(operation.side))), axis: 1)
      }
      let present = weighted.dropFirst().reduce(share(weighted[0])) { $0 + share($1) }
      return (
        kernel: kernels.dropFirst().reduce(kernels[0], +) * into * out,
        bias: own.1 * parts.mask * present
      )
    }
    return Weights(
      stem: raw.stem * out * (1 / Float(frame.stemInputs).squareRoot()),
      stemBias: raw.stemBias * parts.mask, nodes: nodes,
      head: raw.head * parts.mask.reshaped(to: [rows, channels, 1])
        * (1 / parts.width.sqrt()).reshaped(to: [rows, 1, 1]),
      headBias: raw.headBias)
  }

  /// Outputs [A, B, classes] for images [A, B, pixels].
  func outputs(_ weights: Weights, _ parts: Parts, _ x: Tensor) -> Tensor {
    let (rows, count, grid) = (x.shape[0], x.shape[1], frame.grid)
    let numbers = parts.width.reshaped(to: [rows, 1, 1, 1, 1]) * Float(grid * grid)
    func normal(_ u: Tensor, _ bias: Tensor) -> Tensor {
      let size = u.square().sum(axes: [2, 3, 4], keepingDimensions: true) / numbers
      return u / (size + PlainArchitecture.epsilon).sqrt()
        + bias.reshaped(to: [rows, 1, 1, 1, channels])
    }
    /// The mean of what has an edge; of fewer than one edge, a part of it.
    func mean(_ states: [Tensor], _ edges: Tensor) -> Tensor {
      let shares = edges / edges.sum(axes: [1], keepingDimensions: true).maximum(1)
      let terms = states.enumerated().map { index, state in
        state * shares.slice(axis: 1, from: index, count: 1).reshaped(to: [rows, 1, 1, 1, 1])
      }
      return terms.dropFirst().reduce(terms[0], +)
    }
    func column(_ tensor: Tensor, _ index: Int) -> Tensor {
      tensor.slice(axis: 1, from: index, count: 1).reshaped(to: [rows, 1, 1, 1, 1])
    }
    var states = [normal(frame.stem(x, weights.stem), weights.stemBias)]
    for (part, own) in zip(parts.nodes, weights.nodes) {
      let sum = mean(states, part.edges).convolved(with: own.kernel, padding: side / 2)
      let u = normal(sum, own.bias)
      let active = ArchitectureCode.units.enumerated().map {
        $1.applied(to: u) * column(part.units, $0)
      }
      let unweighted = code.operations.indices.filter { !code.operations[$0].hasWeights }
        .map { column(part.operations, $0) }
      let plain = sum * unweighted.dropFirst().reduce(unweighted[0], +)
      states.append(active.reduce(plain, +))
    }
    let features = mean(states, parts.ends).sum(axes: [2, 3]) * (1 / Float(grid * grid))
    return features.matmul(weights.head)
      + weights.headBias.reshaped(to: [rows, 1, frame.classes])
      .broadcast(to: [rows, count, frame.classes])
  }
}
