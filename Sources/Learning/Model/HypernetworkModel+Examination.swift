import Autodiff

/// Graphs that look into a hypernetwork: what it makes of contexts, and how strongly.
extension HypernetworkModel {
  /// The target's weights for some contexts at once, given as the input `contexts`
  /// [rows, contextCount].
  public func generationProgram(rows: Int) -> GenerationProgram {
    let graph = Graph()
    let contexts = graph.input("contexts", [rows, contextCount])
    let weights = weights(of: contexts, theta: Theta(graph))
    return GenerationProgram(graph: graph, weights: weights.dense(tasks: rows, target.tensors))
  }

  /// The Jacobian ∂W/∂z at one context, exactly.
  ///
  /// Reverse accumulation gives products Jᵀu, which are linear in u; differentiating ⟨Jᵀu, v⟩ by u
  /// gives J v, whatever u is (Townsend 2017, "A new trick for calculating Jacobian vector
  /// products"). A row for each component of z, with v a unit vector, gives J column by column.
  /// The inputs `contexts` (the context in every row) and `tangents` (the identity) are both
  /// [contextCount, contextCount].
  public func sensitivityProgram() -> SensitivityProgram {
    let graph = Graph()
    let count = contextCount
    let contexts = graph.input("contexts", [count, count])
    let tangents = graph.input("tangents", [count, count])
    let weights = weights(of: contexts, theta: Theta(graph))
      .dense(tasks: count, target.tensors)
    let directions = zip(weights, target.tensors).map { weight, tensor in
      graph.input("direction.\(tensor.name)", weight.shape)
    }
    let products = zip(weights, directions).map { ($0 * $1).sum() }
    let total = products.dropFirst().reduce(products[0], +)
    let back = total.gradient(of: [contexts])[0]
    return SensitivityProgram(
      graph: graph, columns: (back * tangents).sum().gradient(of: directions))
  }

  /// The weights of one context (the input `context` [1, contextCount]), and what goes through the
  /// target network's layers for the picture's inputs `x` [1, pictureCount, inputs]. Where every input
  /// has weights of its own, those of the input `own` [1, inputs].
  public func signalProgram() -> SignalProgram {
    let graph = Graph()
    let context = graph.input("context", [1, contextCount])
    let x = graph.input("x", [1, family.pictureCount, family.inputCount])
    let own = conditioning == .input ? graph.input("own", [1, family.inputCount]) : nil
    let weights = weights(of: context, inputs: own, theta: Theta(graph))
    return SignalProgram(
      graph: graph, weights: weights.dense(tasks: 1, target.tensors),
      layers: target.layers(weights, x))
  }
}

/// A graph that generates: weights, one tensor [rows] + shape for each specification.
public struct GenerationProgram {
  public let graph: Graph
  public let weights: [Tensor]
}

/// A graph of derivatives: for each specification a tensor [contextCount] + shape, whose row i is
/// ∂W/∂zᵢ.
public struct SensitivityProgram {
  public let graph: Graph
  public let columns: [Tensor]
}

/// A graph that shows signals: weights, one tensor [1] + shape for each specification, and the
/// target network's layers, [1, pictureCount, units] each.
public struct SignalProgram {
  public let graph: Graph
  public let weights: [Tensor]
  public let layers: [TargetLayer]
}

extension HypernetworkModel {
  /// Fits contexts with θ frozen to clients that tell nothing but their gradient by the weights they are
  /// sent, inputs `change/` + tensor [rows] + shape: that of a context is Jᵀ of it.
  package func distantAdaptationProgram(
    rows: Int
  ) -> (graph: Graph, weights: [Tensor], contexts: Tensor) {
    let graph = Graph()
    let contexts = graph.variable(AdaptationProgram.contexts, [rows, contextCount])
    let rate = graph.input("rate", [])
    let weights = graph.phase("generate") {
      self.weights(of: contexts, theta: Theta(graph)).dense(tasks: rows, target.tensors)
    }
    let gradient = graph.phase("fit") { () -> Tensor in
      let products = zip(target.tensors, weights).map {
        ($1 * graph.input("change/\($0.name)", $1.shape)).sum()
      }
      return products.dropFirst().reduce(products[0], +).gradient(of: [contexts])[0]
    }
    graph.phase("fit") {
      OptimizerChoice.adam.update(
        [(AdaptationProgram.contexts, contexts, gradient)], in: graph, prefix: "fit", rate: rate,
        gradientScale: nil)
    }
    return (graph, weights, contexts)
  }
}
