import Autodiff

/// How a hypernetwork emits the weights of a target network.
public protocol Strategy: Sendable {
  /// Its parameters θ, without the embeddings; all of them trained, but the frozen ones.
  var variables: [VariableSpecification] { get }

  /// How many numbers it emits for one context: what a target network has, or fewer.
  var emittedCount: Int { get }

  /// Names of variables that training leaves as they are.
  var frozen: Set<String> { get }

  /// W = H(z; θ).
  /// - Parameter contexts: z, [T, length of a context].
  /// - Returns: one weight for each of the target's specifications.
  func generate(from contexts: Tensor, theta: Theta) -> [Weight]
}

extension Strategy {
  public var frozen: Set<String> { [] }
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
