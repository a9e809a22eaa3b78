import Autodiff

/// A graph hypernetwork (Zhang, Ren & Urtasun 2019, “Graph HyperNetworks for Neural Architecture Search”):
/// every node of an architecture has a state that begins with what the node is; messages go along the
/// edges from the input to the end, each node taking the mean of what its inputs say, and back again;
/// a decoder for each operation then writes a node's weights from its state:
///
///     h ← h + z (n − h),  z, r = σ([m, h] W + b),  n = tanh([m, r h] V + c),  m = mean of tanh(hᵤ M + a).
///
/// Forward and backward have weights of their own, which all nodes share, so what is written does not
/// depend on how nodes are numbered. Weights come out with a variance of 1, and the masked network gives
/// them the size that the true fan-in asks for.
struct GraphHypernetwork: ArchitectureGenerator {
  let space: SearchSpace
  let frame: ArchitectureFrame
  /// Numbers of a node's state.
  let state: Int
  /// Units of a decoder.
  let hidden: Int
  /// How often messages go there and back.
  let rounds: Int

  /// What a state begins with: what the node is, how wide the network, how many edges come.
  private var features: Int { 2 + space.kind.operations.count + ArchitectureCode.units.count + 3 }

  private var begin: Linear { Linear(name: "node", inputs: features, outputs: state) }

  /// What goes along an edge, and what a node makes of it.
  private struct Sweep {
    let name: String
    let state: Int
    var message: Linear { Linear(name: name + ".message", inputs: state, outputs: state) }
    var gates: Linear { Linear(name: name + ".gates", inputs: 2 * state, outputs: 2 * state) }
    var new: Linear { Linear(name: name + ".new", inputs: 2 * state, outputs: state) }
    var variables: [VariableSpecification] { [message, gates, new].flatMap(\.variables) }

    /// What a node says, [A, 1, state].
    func said(_ h: Tensor, theta: Theta) -> Tensor { message(h, theta: theta).tanh() }

    /// A node's state after messages, all [A, 1, state].
    func updated(_ h: Tensor, by m: Tensor, theta: Theta) -> Tensor {
      let gate = gates(Tensor.concatenate([m, h], axis: 2), theta: theta).sigmoid()
      let (z, r) = (
        gate.slice(axis: 2, from: 0, count: state), gate.slice(axis: 2, from: state, count: state)
      )
      let n = new(Tensor.concatenate([m, r * h], axis: 2), theta: theta).tanh()
      return h + z * (n - h)
    }
  }

  private var forward: Sweep { Sweep(name: "forward", state: state) }
  private var backward: Sweep { Sweep(name: "backward", state: state) }

  /// Writes weights from a state.
  private struct Decoder {
    let name: String
    let state, hidden, weights, biases: Int
    var inner: Linear { Linear(name: name + ".hidden", inputs: state, outputs: hidden, gain: 2) }
    var weight: Linear { Linear(name: name + ".w", inputs: hidden, outputs: weights) }
    var bias: Linear { Linear(name: name + ".b", inputs: hidden, outputs: biases) }
    var variables: [VariableSpecification] {
      inner.variables + weight.written(isBias: false) + bias.written(isBias: true)
    }

    /// [..., state] → weights [..., weights] and biases [..., biases].
    func callAsFunction(_ h: Tensor, theta: Theta) -> (Tensor, Tensor) {
      let x = inner(h, theta: theta).relu()
      return (weight(x, theta: theta), bias(x, theta: theta))
    }
  }

  private func decoder(_ operation: Architecture.Operation) -> Decoder {
    let (side, width) = (operation.side, space.width)
    return Decoder(
      name: "decoder.\(operation.rawValue)", state: state, hidden: hidden,
      weights: side * side * width * width, biases: width)
  }

  private var stem: Decoder {
    Decoder(
      name: "decoder.stem", state: state, hidden: hidden,
      weights: frame.stemInputs * space.width, biases: space.width)
  }

  private var head: Decoder {
    Decoder(
      name: "decoder.head", state: state, hidden: hidden, weights: space.width * frame.classes,
      biases: frame.classes)
  }

  var variables: [VariableSpecification] {
    begin.variables + forward.variables + backward.variables + stem.variables
      + space.kind.operations.filter(\.hasWeights).flatMap { decoder($0).variables }
      + head.variables
  }

  /// The states of the input, the nodes and the end when all messages have gone, [A, 1, state] each.
  func states(_ parts: MaskedNetwork.Parts, theta: Theta) -> [Tensor] {
    let rows = parts.mask.shape[0]
    let graph = parts.mask.graph
    func zeros(_ count: Int) -> Tensor { graph.constant(0, [rows, count]) }
    let operations = space.kind.operations.count
    let units = ArchitectureCode.units.count
    let width = Tensor.concatenate(
      [parts.width * (1 / Float(space.width)), parts.width.log() * 0.5], axis: 1)
    // Edges into the nodes and the end, and how many they are.
    let edges = parts.nodes.map(\.edges) + [parts.ends]
    let counts = edges.map { $0.sum(axes: [1], keepingDimensions: true) }
    let (input, end) = (
      Tensor.concatenate([graph.constant(1, [rows, 1]), zeros(1)], axis: 1),
      Tensor.concatenate([zeros(1), graph.constant(1, [rows, 1])], axis: 1)
    )
    let features =
      [[input, zeros(operations), zeros(units), width, zeros(1)]]
      + zip(parts.nodes, counts).map { [zeros(2), $0.operations, $0.units, width, $1 * 0.5] }
      + [[end, zeros(operations), zeros(units), width, counts[counts.count - 1] * 0.5]]
    let first = features.map {
      Tensor.concatenate($0, axis: 1).reshaped(to: [rows, 1, self.features])
    }
    let begun = begin(Tensor.concatenate(first, axis: 1), theta: theta).tanh()
    var states = (0..<first.count).map { begun.slice(axis: 1, from: $0, count: 1) }

    func mean(_ said: [Tensor], _ shares: Tensor) -> Tensor {
      let divided = shares / shares.sum(axes: [1], keepingDimensions: true).maximum(1)
      return divided.reshaped(to: [rows, 1, said.count])
        .matmul(Tensor.concatenate(said, axis: 1))
    }
    for _ in 0..<rounds {
      var said = [forward.said(states[0], theta: theta)]
      for number in 1..<states.count {
        let m = mean(said, edges[number - 1])
        states[number] = forward.updated(states[number], by: m, theta: theta)
        said.append(forward.said(states[number], theta: theta))
      }
      // From the end back: nodes that take a node's output say something to it.
      var heard = [backward.said(states[states.count - 1], theta: theta)]
      for number in (0..<states.count - 1).reversed() {
        let takers = (number + 1..<states.count).reversed().map {
          edges[$0 - 1].slice(axis: 1, from: number, count: 1)
        }
        let m = mean(heard, Tensor.concatenate(takers, axis: 1))
        states[number] = backward.updated(states[number], by: m, theta: theta)
        heard.append(backward.said(states[number], theta: theta))
      }
    }
    return states
  }

  func raw(
    _ parts: MaskedNetwork.Parts, _ network: MaskedNetwork, theta: Theta
  ) -> MaskedNetwork.Raw {
    let (rows, width) = (parts.mask.shape[0], space.width)
    let states = states(parts, theta: theta)
    let count = parts.nodes.count
    let inner = Tensor.concatenate(Array(states[1...count]), axis: 1)
    let first = stem(states[0], theta: theta)
    let last = head(states[count + 1], theta: theta)
    let decoded = network.weighted.map { ($0, decoder($0)(inner, theta: theta)) }
    var (kernels, biases): ([[Architecture.Operation: Tensor]], [Tensor]) = ([], [])
    for (index, part) in parts.nodes.enumerated() {
      var own: [Architecture.Operation: Tensor] = [:]
      var bias: Tensor?
      for (operation, (weights, shift)) in decoded {
        own[operation] = weights.slice(axis: 1, from: index, count: 1)
          .reshaped(to: [rows, operation.side, operation.side, width, width])
        let place = network.code.operations.firstIndex(of: operation) ?? 0
        let share =
          shift.slice(axis: 1, from: index, count: 1).reshaped(to: [rows, width])
          * part.operations.slice(axis: 1, from: place, count: 1)
        bias = bias.map { $0 + share } ?? share
      }
      kernels.append(own)
      if let bias { biases.append(bias) }
    }
    return MaskedNetwork.Raw(
      stem: first.0.reshaped(
        to: frame.kind == .mlp
          ? [rows, 1, 1, frame.pixels, width] : [rows, frame.stemSide, frame.stemSide, 1, width]),
      stemBias: first.1.reshaped(to: [rows, width]), kernels: kernels, biases: biases,
      head: last.0.reshaped(to: [rows, width, frame.classes]),
      headBias: last.1.reshaped(to: [rows, frame.classes]))
  }
}
