import Autodiff

/// The rivals of a hypernetwork in continual learning: one network for all tasks whose last layer is each
/// task's own, chosen by a context that is 1 for the task and 0 for the others. Where it is modulated,
/// every hidden unit has a scale and a shift of each task's own too (Perez et al. 2018, FiLM, with
/// γ = 1 + Δ, Δ and β at 0 first).
public struct TaskParts: Strategy {
  private let base: SharedBase
  private let last: [TensorSpecification]
  private let contextCount: Int
  private let gain: Float
  private let isModulated: Bool

  /// - Parameter target: layers of a weight and a bias each.
  init(target: [TensorSpecification], gain: Float, contextCount: Int, isModulated: Bool) {
    base = SharedBase(target: target.dropLast(2), gain: gain)
    last = target.suffix(2)
    self.contextCount = contextCount
    self.gain = gain
    self.isModulated = isModulated
  }

  /// The tensors that all tasks share, by the names of their variables.
  var shared: [TensorSpecification] { base.target }

  static func isShared(_ variable: String) -> Bool { variable.hasPrefix(SharedBase.prefix) }

  private func own(_ name: String) -> String { "own.\(name)" }

  private var modulated: [TensorSpecification] {
    isModulated ? base.target.filter { $0.role == .bias } : []
  }

  public var variables: [VariableSpecification] {
    base.variables
      + last.map { tensor in
        VariableSpecification(
          own(tensor.name), [contextCount, tensor.shape.count], tensor.ordinaryStart(gain: gain))
      }
      + modulated.flatMap { tensor in
        ["scale", "shift"].map {
          VariableSpecification(
            own("\(tensor.name).\($0)"), [contextCount, tensor.shape.count], .zero)
        }
      }
  }

  public var emittedCount: Int {
    (last + modulated + modulated).reduce(0) { $0 + $1.shape.count }
  }

  public func generate(from contexts: Tensor, theta: Theta) -> [Weight] {
    func part(_ name: String, _ shape: Shape) -> Tensor {
      contexts.matmul(theta(own(name), [contextCount, shape.count]))
        .reshaped(to: Shape([contexts.shape[0]] + shape.dimensions))
    }
    let trunk = base.target.enumerated().map { index, tensor -> Weight in
      let shared = base(tensor, theta: theta)
      guard isModulated else { return Weight(base: shared) }
      let bias = tensor.role == .bias ? tensor : base.target[index + 1]
      let scale = part("\(bias.name).scale", bias.shape) + 1
      return tensor.role == .weight
        ? Weight(base: shared, scale: scale)
        : Weight(scale * shared + part("\(bias.name).shift", bias.shape))
    }
    return trunk + last.map { Weight(part($0.name, $0.shape)) }
  }
}
