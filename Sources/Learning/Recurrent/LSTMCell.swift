import Autodiff

/// The LSTM, with or without layer normalisation of its gates and its memory (Ba et al. 2016).
public struct LSTMCell: RecurrentCell {
  public let inputCount, hidden: Int
  public let isNormalized: Bool
  /// Before the names of its tensors.
  public let prefix: String

  public init(prefix: String, inputs: Int, hidden: Int, isNormalized: Bool = false) {
    self.prefix = prefix
    inputCount = inputs
    self.hidden = hidden
    self.isNormalized = isNormalized
  }

  public var stateWidths: [Int] { [hidden, hidden] }

  public var variables: [VariableSpecification] {
    [
      VariableSpecification(
        prefix + "wx", [inputCount, Gates.count * hidden],
        .normal(deviation: (1 / Float(inputCount)).squareRoot())),
      VariableSpecification(
        prefix + "wh", [hidden, Gates.count * hidden], .orthogonal(columns: hidden)),
      VariableSpecification(prefix + "b", [Gates.count * hidden], Gates.biases(hidden)),
    ] + (isNormalized ? ofGates.variables + ofMemory.variables : [])
  }

  /// Each gate's sum over its units; its shift is the bias `b`.
  private var ofGates: GateNormalization {
    GateNormalization(name: prefix + "gates", hidden: hidden)
  }
  private var ofMemory: UnitNormalization {
    UnitNormalization(name: prefix + "memory", shape: [hidden])
  }

  /// x W_x, with the bias where nothing is normalised, [N, 4 H].
  public func prepare(_ inputs: Tensor, theta: Theta) -> [Tensor] {
    let product = inputs.matmul(theta(prefix + "wx", [inputCount, Gates.count * hidden]))
    return [isNormalized ? product : product + bias(theta)]
  }

  private func bias(_ theta: Theta) -> Tensor { theta(prefix + "b", [Gates.count * hidden]) }

  public func step(
    _ state: [Tensor]?, now: [Tensor], drop: Tensor?, theta: Theta
  ) -> RecurrentStep {
    var sum = now[0]
    if let state {
      sum = sum + state[0].matmul(theta(prefix + "wh", [hidden, Gates.count * hidden]))
    }
    let memory = state?[1] ?? sum.graph.constant(0, [sum.shape[0], hidden])
    guard isNormalized else {
      return RecurrentStep(state: Gates.next(Gates.parts(sum), memory: memory, drop: drop))
    }
    let gates = Gates.parts(ofGates(sum, theta: theta) + bias(theta))
    return RecurrentStep(
      state: Gates.next(gates, memory: memory, drop: drop) { ofMemory($0, theta: theta) })
  }
}

/// Layer normalisation of each of four gates over its own units, with a gain for each unit.
struct GateNormalization: Sendable {
  let name: String
  let hidden: Int

  var variables: [VariableSpecification] {
    [VariableSpecification(name + ".gain", [Gates.count * hidden], .constant(1))]
  }

  /// - Parameter rows: [B, 4 H].
  func callAsFunction(_ rows: Tensor, theta: Theta) -> Tensor {
    rows.reshaped(to: [rows.shape[0], Gates.count, hidden])
      .layerNormalized(epsilon: UnitNormalization.epsilon)
      .reshaped(to: rows.shape) * theta(name + ".gain", [Gates.count * hidden])
  }
}
