import Autodiff

/// A graph that measures how earlier tasks are held. Inputs: `task` [1], the current one; `earlier`
/// [tasks], 1 for those before it; `x` and `y` [1, examples, n], examples of the current one.
public struct MemoryProgram {
  public let graph: Graph
  /// ‖h(e_t) − h*_t‖² of every task, [tasks].
  public let drift: Tensor
  /// ⟨g, r⟩, ⟨g, g⟩ and ⟨r, r⟩ over θ, [3]: g the gradient of the current task's loss, r that of the
  /// earlier tasks' drift.
  public let products: Tensor
}

extension HypernetworkModel {
  /// Of a model whose memory is an `OutputMemory`.
  public func memoryProgram(examples: Int) -> MemoryProgram {
    let graph = Graph()
    let tasks = family.trainingTaskCount
    let embedding = graph.variable(Self.embedding, [tasks, contextCount])
    let x = graph.input("x", [1, examples, family.inputCount])
    let y = graph.input("y", [1, examples, family.outputCount])
    let z = embedding.gather(rows: graph.input("task", [1]))
    let theta = Theta(graph)
    let loss = family.objective.perTask(
      target(strategy.generate(from: z, theta: theta), x), y
    ).mean()
    let parts = zip(
      target.tensors,
      strategy.generate(from: embedding, theta: theta).dense(tasks: tasks, target.tensors)
    ).map { tensor, value in
      (value - graph.variable(OutputMemory.stored(tensor), value.shape)).square()
        .sum(axes: Array(1..<value.shape.rank), keepingDimensions: false)
    }
    let drift = parts.dropFirst().reduce(parts[0], +)
    let shared = trained.filter { $0.name != Self.embedding }
      .map { graph.variable($0.name, $0.shape) }
    let gradients = loss.gradient(of: shared)
    let pulls = (drift * graph.input("earlier", [tasks])).sum().gradient(of: shared)
    func product(_ a: [Tensor], _ b: [Tensor]) -> Tensor {
      let terms = zip(a, b).map { ($0 * $1).sum() }
      return terms.dropFirst().reduce(terms[0], +).reshaped(to: [1])
    }
    return MemoryProgram(
      graph: graph, drift: drift,
      products: Tensor.concatenate(
        [product(gradients, pulls), product(gradients, gradients), product(pulls, pulls)], axis: 0))
  }
}
