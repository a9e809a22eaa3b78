import Autodiff

/// How a hypernetwork emits the weights of a target network.
public protocol Strategy: Sendable {
  /// Its parameters θ, without the embeddings.
  var variables: [VariableSpecification] { get }

  /// W = H(z; θ).
  /// - Parameter contexts: z, [T, length of a context].
  /// - Returns: one tensor for each of the target's specifications, shaped [T] + its shape.
  func generate(from contexts: Tensor, theta: Theta) -> [Tensor]
}

/// Where a hypernetwork finds its parameters: the graph's variables, or other tensors in their
/// place, such as θ + Δθ.
public struct Theta {
  private let graph: Graph
  private let substitutes: [String: Tensor]

  public init(_ graph: Graph, substitutes: [String: Tensor] = [:]) {
    self.graph = graph
    self.substitutes = substitutes
  }

  public func callAsFunction(_ name: String, _ shape: Shape) -> Tensor {
    substitutes[name] ?? graph.variable(name, shape)
  }
}
