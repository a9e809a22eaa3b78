import Autodiff
import Learning

/// How well earlier tasks are held in continual learning with a hypernetwork: how far the weights
/// generated for each have drifted from those they are held to, and whether the current task pulls the
/// other way.
final class MemoryGauge {
  /// Examples of the current task that its gradient is taken on.
  private static let examples = 64

  private let model: HypernetworkModel
  private let plan: Plan
  /// ‖h(e_t) − h*_t‖² of every task.
  private let drift: Tensor
  /// Products of the two gradients, and of each with itself.
  private let products: Tensor

  /// Nil where no weights are held.
  init?(_ model: HypernetworkModel, variables: Variables) {
    guard let scheme = model.scheme as? ContinualScheme, scheme.memory is OutputMemory else {
      return nil
    }
    self.model = model
    let program = model.memoryProgram(examples: Self.examples)
    drift = program.drift
    products = program.products
    plan = Plan(
      program.graph, outputs: [drift, products], updates: false, variables: variables)
  }

  /// The drift of the tasks before one, and the cosine of the angle between its gradient and that of
  /// their pull back, nil where one of the two is 0.
  func measure(learning task: Int) -> (drift: [Float], cosine: Float?)? {
    guard task > 0 else { return nil }
    plan.input("task")[0] = Float(task)
    let earlier = plan.input("earlier")
    for index in earlier.indices { earlier[index] = index < task ? 1 : 0 }
    model.family.fillSupport(tasks: [task], seed: 0, x: plan.input("x"), y: plan.input("y"))
    plan.run()
    let product = plan.value(products)
    let size = (product[1] * product[2]).squareRoot()
    return (
      plan.value(drift).prefix(task).map { $0.squareRoot() },
      size > 0 && size.isFinite ? product[0] / size : nil
    )
  }
}
