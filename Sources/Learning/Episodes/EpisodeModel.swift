import Autodiff

/// A method that reads episodes, as a run trains it and a person looks at it: a dozen episodes are
/// shown, half of them of scripts never trained on. A context says how much of each shown episode's
/// generated weights are mixed, so an episode is a unit vector, and the line between two of them leads
/// from the network of one to that of the other.
public struct EpisodeModel: ExperimentModel {
  package let family: GlyphEpisodes
  package let target: any TargetNetwork
  let method: Method
  /// Steps of a standard run, over which the rate falls.
  let steps: Int

  /// The shown episodes among the family's tasks: training scripts first.
  package var shown: [Int] {
    Array(0..<Self.shownOfEach)
      + (0..<Self.shownOfEach).map { family.trainingTaskCount + $0 }
  }
  private static let shownOfEach = 6

  /// Labelled images of an episode.
  package var shots: Int { method.shots }

  public var outline: ModelOutline {
    ModelOutline(
      tasks: shown.map { family.tasks[$0] }, contextCount: shown.count,
      contexts: shown.indices.map { own in shown.indices.map { $0 == own ? 1 : 0 } },
      tensors: target.tensors,
      targetParameterCount: target.parameterCount, series: ["test error", "± 95 %"],
      metricName: family.objective.metricName)
  }

  public var parameters: [VariableSpecification] { method.trainable }
  public var variables: [VariableSpecification] { method.variables }

  public func trainingProgram() -> TrainingProgram {
    method.trainingProgram(stage: 0, steps: 0..<steps)
  }

  /// What is generated for episodes, from the inputs `support.x` [rows, shots, pixels] and `support.y`
  /// [rows, shots, ways]: [rows] + shape for each tensor.
  package func generationProgram(rows: Int) -> (graph: Graph, weights: [Tensor]) {
    let graph = Graph()
    return (graph, generated(rows: rows, in: graph))
  }

  private func generated(rows: Int, in graph: Graph) -> [Tensor] {
    let (x, y) = method.examples(shots, rows: rows, prefix: "support.", in: graph)
    let starts = method.starts(rows: rows, x: x, y: y, in: graph)
    return target.tensors.compactMap { starts[$0.name] }
  }

  /// Losses [rows] and outputs [rows, queries, ways] of generated networks on queries `x` and `y`.
  package func evaluationProgram(rows: Int, queries: Int) -> EvaluationProgram {
    let graph = Graph()
    let weights = generated(rows: rows, in: graph)
    let (x, y) = method.examples(queries, rows: rows, in: graph)
    let outputs = target(weights.map { Weight($0) }, x)
    return EvaluationProgram(
      graph: graph, losses: family.objective.perTask(outputs, y), outputs: outputs)
  }

  /// What one network does with queries `x` [1, queries, pixels]: its tensors are inputs by name.
  package func answerProgram(queries: Int) -> (graph: Graph, outputs: Tensor) {
    let graph = Graph()
    let weights = target.tensors.map {
      Weight(graph.input("weight.\($0.name)", Shape([1] + $0.shape.dimensions)))
    }
    let x = graph.input("x", [1, queries, family.inputCount])
    return (graph, target(weights, x))
  }
}
