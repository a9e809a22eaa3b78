import Autodiff
import Learning

/// The weights of a HyperLSTM's gates as a context scales them.
final class GateWeights {
  private let program: (graph: Graph, weights: [Tensor])
  private let plan: Plan
  private let context: UnsafeMutableBufferPointer<Float>

  /// - Parameter variables: the network's; they are read and never written.
  init(_ model: CharacterModel, variables: Variables) {
    program = model.weightsProgram()
    plan = Plan(program.graph, outputs: program.weights, variables: variables)
    context = plan.input("context")
  }

  /// One for each of the model's tensors, good until the next call.
  func callAsFunction(_ context: [Float]) -> [UnsafeBufferPointer<Float>] {
    _ = self.context.update(fromContentsOf: context)
    plan.run()
    return program.weights.map(plan.value)
  }
}
