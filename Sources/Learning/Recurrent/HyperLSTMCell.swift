import Autodiff

/// The HyperLSTM of Ha, Dai and Le (2016, “HyperNetworks”, section 3.2 and appendix A.2) in its
/// weight-scaling form: at every time a small LSTM reads the main one's state and input and generates
/// a context z, of which scales for every row of the main LSTM's weights are made,
///
///     ĥ' = LSTM̂(ĥ, [h; x]),  z = ĥ' W_z + b_z,
///     gate_j = d_h(z_j^h) ⊙ (h W_h^j) + d_x(z_j^x) ⊙ (x W_x^j) + d_b(z_j^b) + b_j,
///     d_h(z) = z D_h, …
///
/// z has a vector of `scaleCount` numbers for each of h, x and b and each of the four gates. At first
/// b_z is 1 and D is 0.1 / `scaleCount`, so that all scales are about 0.1. W_z, which the paper begins
/// at 0, is drawn very small here: with all numbers of a vector alike their gradients are alike, and
/// they would stay one number for ever. With layer normalisation the gates, both memories and the
/// small LSTM's gates are normalised.
public struct HyperLSTMCell: RecurrentCell {
  public let inputCount, hidden: Int
  /// Units of the small LSTM.
  public let hyper: Int
  /// N_z: numbers that a gate's scales are generated from.
  public let scaleCount: Int
  public let isNormalized: Bool
  public let prefix: String

  public init(
    prefix: String, inputs: Int, hidden: Int, hyper: Int, scaleCount: Int,
    isNormalized: Bool = false
  ) {
    self.prefix = prefix
    inputCount = inputs
    self.hidden = hidden
    self.hyper = hyper
    self.scaleCount = scaleCount
    self.isNormalized = isNormalized
  }

  /// What is scaled: products with the state and with the input, and the bias that is generated.
  public static let scaled = ["h", "x", "b"]

  /// Vectors of z: one for each gate of each of `scaled`.
  public static let vectors = scaled.count * Gates.count

  /// Length of a context z.
  public var contextCount: Int { Self.vectors * scaleCount }

  public var stateWidths: [Int] { [hidden, hidden, hyper, hyper] }

  /// Those of z's numbers that scale, as against those that are added.
  private var scaling: Int { 2 * Gates.count * scaleCount }

  public var variables: [VariableSpecification] {
    let (main, small) = (Gates.count * hidden, Gates.count * hyper)
    let all: [VariableSpecification] = [
      VariableSpecification(
        prefix + "wx", [inputCount, main],
        .normal(deviation: (1 / Float(inputCount)).squareRoot())),
      VariableSpecification(prefix + "wh", [hidden, main], .orthogonal(columns: hidden)),
      VariableSpecification(
        prefix + "b0", [Gates.count, hidden], isNormalized ? .zero : Gates.biases(hidden)),
      VariableSpecification(
        prefix + "hyper_h", [hidden + hyper, small],
        .normal(deviation: (1 / Float(hidden + hyper)).squareRoot())),
      VariableSpecification(
        prefix + "hyper_x.w", [inputCount, small],
        .normal(deviation: (1 / Float(inputCount)).squareRoot())),
      VariableSpecification(prefix + "hyper_x.b", [small], Gates.biases(hyper)),
      VariableSpecification(
        prefix + "z", [hyper, contextCount],
        .normalParts([
          .init(count: scaling, deviation: 0.01),
          .init(count: contextCount - scaling, deviation: 0.1),
        ])),
      VariableSpecification(prefix + "z_bias", [scaling], .constant(1)),
      VariableSpecification(
        prefix + "d", [Self.vectors, scaleCount, hidden],
        .constants([
          .init(count: scaling * hidden, value: Self.firstScale / Float(scaleCount)),
          .init(count: (contextCount - scaling) * hidden, value: 0),
        ])),
    ]
    guard isNormalized else { return all }
    return all + ofGates.variables + ofMemory.variables + ofHyperGates.variables
      + ofHyperMemory.variables
  }

  /// All scales at step 0.
  private static let firstScale: Float = 0.1

  private var ofGates: UnitNormalization {
    // What a bias adds to all units of a gate alike is gone after normalising: here it is added after.
    UnitNormalization(
      name: prefix + "gates", shape: [Gates.count, 1, hidden], shift: Gates.biases(hidden))
  }
  private var ofMemory: UnitNormalization {
    UnitNormalization(name: prefix + "memory", shape: [hidden])
  }
  private var ofHyperGates: GateNormalization {
    GateNormalization(name: prefix + "hyper_gates", hidden: hyper)
  }
  private var ofHyperMemory: UnitNormalization {
    UnitNormalization(name: prefix + "hyper_memory", shape: [hyper])
  }

  /// x W_x, [N, 4 H], and x Ŵ_x (with its bias where nothing is normalised), [N, 4 Ĥ].
  public func prepare(_ inputs: Tensor, theta: Theta) -> [Tensor] {
    let small = inputs.matmul(theta(prefix + "hyper_x.w", [inputCount, Gates.count * hyper]))
    return [
      inputs.matmul(theta(prefix + "wx", [inputCount, Gates.count * hidden])),
      isNormalized ? small : small + hyperBias(theta),
    ]
  }

  private func hyperBias(_ theta: Theta) -> Tensor {
    theta(prefix + "hyper_x.b", [Gates.count * hyper])
  }

  public func step(
    _ state: [Tensor]?, now: [Tensor], drop: Tensor?, theta: Theta
  ) -> RecurrentStep {
    step(state, now: now, drop: drop, theta: theta) { $0 }
  }

  /// A step whose context is what `replace` makes of the one that was generated.
  public func step(
    _ state: [Tensor]?, now: [Tensor], drop: Tensor? = nil, theta: Theta,
    replacing replace: (Tensor) -> Tensor
  ) -> RecurrentStep {
    let own = hyperStep(state, now: now[1], theta: theta)
    let z = replace(context(own[0], theta: theta))
    let scales = scales(z, theta: theta)
    let sequences = now[0].shape[0]
    func of(_ part: Int) -> Tensor {
      scales.slice(axis: 0, from: Gates.count * part, count: Gates.count)
    }
    var sum =
      of(1) * Gates.apart(now[0]) + of(2)
      + theta(prefix + "b0", [Gates.count, hidden]).reshaped(to: [Gates.count, 1, hidden])
    if let state {
      sum =
        sum + of(0)
        * Gates.apart(state[0].matmul(theta(prefix + "wh", [hidden, Gates.count * hidden])))
    }
    let memory = state?[1] ?? sum.graph.constant(0, [sequences, hidden])
    let next =
      isNormalized
      ? Gates.next(
        Gates.parts(apart: ofGates(sum, theta: theta)), memory: memory, drop: drop
      ) { ofMemory($0, theta: theta) }
      : Gates.next(Gates.parts(apart: sum), memory: memory, drop: drop)
    return RecurrentStep(state: next + own, generated: (z, scales))
  }

  /// The small LSTM's next state.
  private func hyperStep(_ state: [Tensor]?, now: Tensor, theta: Theta) -> [Tensor] {
    var sum = now
    if let state {
      sum =
        sum
        + Tensor.concatenate([state[0], state[2]], axis: 1)
        .matmul(theta(prefix + "hyper_h", [hidden + hyper, Gates.count * hyper]))
    }
    let memory = state?[3] ?? sum.graph.constant(0, [sum.shape[0], hyper])
    guard isNormalized else { return Gates.next(Gates.parts(sum), memory: memory) }
    let gates = Gates.parts(ofHyperGates(sum, theta: theta) + hyperBias(theta))
    return Gates.next(gates, memory: memory) { ofHyperMemory($0, theta: theta) }
  }

  /// z, [B, contextCount].
  private func context(_ own: Tensor, theta: Theta) -> Tensor {
    own.matmul(theta(prefix + "z", [hyper, contextCount]))
      + theta(prefix + "z_bias", [scaling])
      .padded(axis: 0, before: 0, after: contextCount - scaling)
  }

  /// The scales that contexts [B, contextCount] make: [12, B, H].
  public func scales(_ z: Tensor, theta: Theta) -> Tensor {
    z.reshaped(to: [z.shape[0], Self.vectors, scaleCount]).transposed([1, 0, 2])
      .matmul(theta(prefix + "d", [Self.vectors, scaleCount, hidden]))
  }
}
