import Autodiff

/// How an architecture is trained for real, from weights drawn at random or from others, until it learns
/// no more.
package struct ArchitectureTraining: Hashable, Sendable {
  /// Steps of a whole training; the rate falls to 0 over them as a cosine.
  package var steps = 1500
  package var examples = 32
  package var rate: Float = 0.01

  package init() {}

  /// How a table says it.
  package var words: String { "\(steps) steps of \(examples) images, Adam \(rate)" }

  /// Variables named `w/NAME` [1] + shape, inputs x [1, examples, pixels], y and rate.
  package func program(_ network: PlainArchitecture) -> (graph: Graph, loss: Tensor) {
    let graph = Graph()
    let parameters = Self.parameters(of: network)
    let x = graph.input("x", [1, examples, network.frame.pixels])
    let y = graph.input("y", [1, examples, network.frame.classes])
    let tensors = parameters.map { graph.variable($0.name, $0.shape) }
    let loss = Objective.crossEntropy.perTask(network(tensors.map { Weight($0) }, x), y).mean()
    let gradients = loss.gradient(of: tensors)
    OptimizerChoice.adam.update(
      zip(parameters, zip(tensors, gradients)).map { ($0.name, $1.0, $1.1) }, in: graph,
      prefix: "optimizer", rate: graph.input("rate"), gradientScale: nil)
    return (graph, loss)
  }

  /// Outputs [1, images, classes] for x [1, images, pixels].
  package func answerProgram(
    _ network: PlainArchitecture, images: Int
  ) -> (graph: Graph, outputs: Tensor) {
    let graph = Graph()
    let tensors = Self.parameters(of: network).map { Weight(graph.variable($0.name, $0.shape)) }
    return (graph, network(tensors, graph.input("x", [1, images, network.frame.pixels])))
  }

  /// Weights of variance 1 / fan-in, biases of 0.
  package static func parameters(of network: PlainArchitecture) -> [VariableSpecification] {
    network.tensors.map {
      VariableSpecification(
        "w/\($0.name)", Shape([1] + $0.shape.dimensions),
        $0.role == .bias ? .zero : .normal(deviation: (1 / Float($0.fanIn)).squareRoot()))
    }
  }
}
