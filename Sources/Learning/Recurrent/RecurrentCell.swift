import Autodiff

/// A recurrent cell: a pure function of (weights, state, input). Sequences run side by side, B of them;
/// one step of time takes a state and what was prepared of the inputs, and gives the next state.
public protocol RecurrentCell: Sendable {
  /// Numbers of an input.
  var inputCount: Int { get }
  /// Units that are read out.
  var hidden: Int { get }
  /// Its tensors, in order, with the numbers they start from.
  var variables: [VariableSpecification] { get }
  /// How many numbers each part of its state has; the first one is read out.
  var stateWidths: [Int] { get }

  /// What can be computed of the inputs at all times at once.
  /// - Parameter inputs: [N, inputCount], N being any number of rows.
  /// - Returns: tensors [N, …], whose rows `step` is given B at a time.
  func prepare(_ inputs: Tensor, theta: Theta) -> [Tensor]

  /// - Parameters:
  ///   - state: [B, width] each; nil is a state of zeros, whose products are left out.
  ///   - now: of what `prepare` made, the rows of this time.
  ///   - drop: multiplies what is about to be remembered, [B, hidden]; nil multiplies nothing.
  ///   - theta: where the weights are.
  func step(
    _ state: [Tensor]?, now: [Tensor], drop: Tensor?, theta: Theta
  ) -> RecurrentStep
}

/// One step of time.
public struct RecurrentStep {
  /// The next state, [B, width] each.
  public let state: [Tensor]
  /// What the weights of this time were generated from, [B, contexts], and the scales that came of it,
  /// [3 · gates, B, hidden]; nil where nothing is generated.
  public let generated: (z: Tensor, scales: Tensor)?

  public init(state: [Tensor], generated: (z: Tensor, scales: Tensor)? = nil) {
    self.state = state
    self.generated = generated
  }
}

extension RecurrentCell {
  /// All of a sequence: the steps of T times.
  /// - Parameters:
  ///   - inputs: [T · B, inputCount], time by time.
  ///   - state: what it begins with.
  public func unrolled(
    _ inputs: Tensor, length: Int, from state: [Tensor]?, theta: Theta
  ) -> [RecurrentStep] {
    let sequences = inputs.shape[0] / length
    let prepared = prepare(inputs, theta: theta)
    var state = state
    return (0..<length).map { time in
      let now = prepared.map { $0.slice(axis: 0, from: time * sequences, count: sequences) }
      let step = step(state, now: now, drop: nil, theta: theta)
      state = step.state
      return step
    }
  }
}

/// What a sequence gave that was read as one scan, planned once however long it is.
public struct ScannedSequence {
  /// What is put out at all times, [T · B, hidden].
  public let outputs: Tensor
  /// The state at the end.
  public let state: [Tensor]
  /// The contexts of all times, [T · B, contexts], where weights are generated.
  public let contexts: Tensor?
}

extension RecurrentCell {
  /// All of a sequence, the steps of T times.
  /// - Parameters:
  ///   - inputs: [T · B, inputCount], time by time.
  ///   - state: what it begins with.
  ///   - drop: [T, B, hidden], what multiplies the candidates; nil for nothing.
  ///   - given: tensors that `step` is given besides, the same at all times.
  ///   - step: in the place of the cell's own step.
  public func scanned(
    _ inputs: Tensor, length: Int, from state: [Tensor], drop: Tensor? = nil, theta: Theta,
    given: [Tensor] = [],
    by step: ((_ state: [Tensor], _ now: [Tensor], Theta, _ given: [Tensor]) -> RecurrentStep)? =
      nil
  ) -> ScannedSequence {
    let sequences = inputs.shape[0] / length
    let prepared = prepare(inputs, theta: theta).map {
      $0.reshaped(to: [length, sequences, $0.shape[1]])
    }
    let tensors = variables
    let result = inputs.graph.scan(
      over: prepared + [drop].compactMap { $0 }, carrying: state,
      constants: tensors.map { theta($0.name, $0.shape) } + given
    ) { carries, slices, constants in
      let own = Theta(
        carries[0].graph,
        substitutes: Dictionary(uniqueKeysWithValues: zip(tensors.map(\.name), constants)))
      let now = Array(slices.prefix(prepared.count))
      let made =
        step?(carries, now, own, Array(constants.dropFirst(tensors.count)))
        ?? self.step(carries, now: now, drop: drop == nil ? nil : slices.last, theta: own)
      return (made.state, [made.state[0]] + (made.generated.map { [$0.z] } ?? []))
    }
    func rows(_ tensor: Tensor) -> Tensor {
      tensor.reshaped(to: [length * sequences, tensor.shape[2]])
    }
    return ScannedSequence(
      outputs: rows(result.outputs[0]), state: result.carries,
      contexts: result.outputs.dropFirst().first.map(rows))
  }
}

/// The parts of a gated cell that do not depend on where the gates come from.
public enum Gates {
  public static let count = 4
  /// What the gates are called, in the order of the columns.
  public static let names = ["i", "f", "g", "o"]

  /// c' = σ(f) c + σ(i) tanh(g), h' = σ(o) tanh(c') (Hochreiter and Schmidhuber 1997, with the forget
  /// gate of Gers et al. 2000), the candidate tanh(g) being what recurrent dropout drops (Semeniuta et
  /// al. 2016).
  /// - Parameters:
  ///   - sums: i, f, g and o before their nonlinearities, [B, H] each.
  ///   - memory: c, [B, H].
  ///   - normalize: applied to c' before its tanh.
  static func next(
    _ sums: [Tensor], memory: Tensor, drop: Tensor? = nil,
    normalize: (Tensor) -> Tensor = { $0 }
  ) -> [Tensor] {
    let candidate = drop.map { sums[2].tanh() * $0 } ?? sums[2].tanh()
    let c = sums[1].sigmoid() * memory + sums[0].sigmoid() * candidate
    return [sums[3].sigmoid() * normalize(c).tanh(), c]
  }

  /// Rows [B, 4 H] as four gates [B, H].
  static func parts(_ rows: Tensor) -> [Tensor] {
    let width = rows.shape[1] / count
    return (0..<count).map { rows.slice(axis: 1, from: $0 * width, count: width) }
  }

  /// Rows [B, 4 H] as [4, B, H].
  static func apart(_ rows: Tensor) -> Tensor {
    let width = rows.shape[1] / count
    return rows.reshaped(to: [rows.shape[0], count, width]).transposed([1, 0, 2])
  }

  /// [4, B, H] as four gates [B, H].
  static func parts(apart gates: Tensor) -> [Tensor] {
    let (sequences, width) = (gates.shape[1], gates.shape[2])
    return (0..<count).map {
      gates.slice(axis: 0, from: $0, count: 1).reshaped(to: [sequences, width])
    }
  }

  /// Biases of 0, but 1 for the forget gate: it remembers at first (Gers et al. 2000).
  static func biases(_ hidden: Int) -> VariableSpecification.Start {
    .constants([
      .init(count: hidden, value: 0), .init(count: hidden, value: 1),
      .init(count: 2 * hidden, value: 0),
    ])
  }
}

/// Layer normalisation with a gain and a shift for each unit (Ba et al. 2016).
struct UnitNormalization: Sendable {
  static let epsilon: Float = 1e-3
  let name: String
  let shape: Shape
  /// What the shift is at step 0.
  var shift = VariableSpecification.Start.zero

  var variables: [VariableSpecification] {
    [
      VariableSpecification(name + ".gain", shape, .constant(1)),
      VariableSpecification(name + ".shift", shape, shift),
    ]
  }

  func callAsFunction(_ x: Tensor, theta: Theta) -> Tensor {
    x.layerNormalized(epsilon: Self.epsilon) * theta(name + ".gain", shape)
      + theta(name + ".shift", shape)
  }
}
