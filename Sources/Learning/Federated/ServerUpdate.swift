import Autodiff
import Foundation

/// The optimiser's rule for numbers of which some rest: where a gate is 0 neither a number nor what the
/// optimiser remembers of it changes, to the bit. So a client that did not come back leaves no trace, and
/// its embedding goes on from where it was when it does.
struct ServerUpdate {
  typealias Parameter = (name: String, variable: Tensor, gradient: Tensor)

  let choice: OptimizerChoice
  /// What the names of the optimiser's numbers begin with.
  let prefix: String
  let rate: Tensor
  /// Multiplies every gradient: clipping.
  let gradientScale: Tensor

  private static let steps = "steps"
  private static let clientSteps = "steps-of-clients"

  /// The optimiser's numbers for parameters, and how often each client came back where it counts.
  static func variables(
    _ choice: OptimizerChoice, for parameters: [VariableSpecification], clients: Int,
    prefix: String
  ) -> [VariableSpecification] {
    let plain = choice.variables(for: parameters, prefix: prefix)
    return plain.contains { $0.name == "\(prefix).\(steps)" }
      ? plain + [VariableSpecification("\(prefix).\(clientSteps)", [clients, 1], .zero)] : plain
  }

  /// Changes numbers that all clients share.
  /// - Parameter gate: a scalar, 0 or 1.
  func callAsFunction(_ parameters: [Parameter], gate: Tensor) {
    update(parameters, gate, counter: Self.steps)
  }

  /// Changes tables with a row for each client.
  /// - Parameter rows: [clients, 1], 0 or 1.
  func callAsFunction(_ tables: [Parameter], rows: Tensor) {
    update(tables, rows, counter: Self.clientSteps)
  }

  private func update(_ parameters: [Parameter], _ gate: Tensor, counter: String) {
    guard !parameters.isEmpty else { return }
    let graph = gate.graph
    let counter = "\(prefix).\(counter)"
    let counts = choice == .adam || choice == .adamw
    let steps = counts ? graph.variable(counter, gate.shape) + gate : gate
    // Who never came back has a count of 0, and a gate of 0 with it.
    let t = steps.maximum(1)
    for (name, variable, gradient) in parameters {
      func slot(_ slot: String) -> Tensor {
        graph.variable("\(prefix).\(slot)/\(name)", variable.shape)
      }
      let g = gradient * gradientScale
      var step = g
      switch choice {
      case .sgd: break
      case .momentum:
        let velocity = slot("velocity")
        step = velocity * 0.9 + g
        graph.update(Assign(velocity, velocity + gate * (step - velocity)))
      case .adam, .adamw:
        let (first, second) = (slot("first-moment"), slot("second-moment"))
        let m = first + gate * ((g - first) * 0.1)
        let v = second + gate * ((g.square() - second) * 0.001)
        step =
          (m / Self.correction(t, 0.9)) / ((v / Self.correction(t, 0.999)).sqrt() + 1e-8)
        if choice == .adamw { step = step + variable * 0.01 }
        graph.update(Assign(first, m))
        graph.update(Assign(second, v))
      }
      graph.update(Assign(variable, variable - gate * (step * rate)))
    }
    if counts { graph.update(Assign(graph.variable(counter, gate.shape), steps)) }
  }

  /// 1 − βᵗ.
  private static func correction(_ t: Tensor, _ beta: Float) -> Tensor {
    1 - (t * logf(beta)).exp()
  }
}
