import Autodiff

/// A hypernetwork with learned task embeddings, for one setting of the knobs that shape it: which
/// variables there are, and the graphs that train, evaluate, adapt and probe it. A value; whoever
/// runs it makes graphs of their own.
public struct HypernetworkModel: Sendable {
  public let family: any TaskFamily
  public let target: any TargetNetwork
  public let strategy: any Strategy
  public let scheme: any TrainingScheme
  /// Length of a context z.
  public let contextCount: Int
  /// Standard deviation of the embeddings at step 0.
  public let embeddingDeviation: Float
  public let optimizer: OptimizerChoice
  public let fitting: ContextFitting

  public init(
    family: any TaskFamily, target: any TargetNetwork, strategy: any Strategy,
    scheme: any TrainingScheme, contextCount: Int, embeddingDeviation: Float,
    optimizer: OptimizerChoice, fitting: ContextFitting
  ) {
    self.family = family
    self.target = target
    self.strategy = strategy
    self.scheme = scheme
    self.contextCount = contextCount
    self.embeddingDeviation = embeddingDeviation
    self.optimizer = optimizer
    self.fitting = fitting
  }

  /// The variable that holds the training tasks' contexts, [training tasks, contextCount].
  public static let embedding = "embedding"

  /// The embeddings, then θ, frozen or not.
  public var parameters: [VariableSpecification] {
    [
      VariableSpecification(
        Self.embedding, [family.trainingTaskCount, contextCount],
        .normal(deviation: embeddingDeviation))
    ] + strategy.variables
  }

  /// Those of them that are trained.
  public var trained: [VariableSpecification] {
    parameters.filter { !strategy.frozen.contains($0.name) }
  }

  /// Everything a session keeps: parameters, optimiser state, what the scheme stores.
  public var variables: [VariableSpecification] {
    parameters + scheme.stateVariables(of: self)
  }

  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.shape.count } }

  /// Draws every variable's numbers for a seed.
  public func initialize(_ variables: Variables, seed: UInt64) {
    for (index, specification) in self.variables.enumerated() {
      specification.fill(variables.storage(specification.name), seed: seed, index: index)
    }
  }

  public func trainingProgram() -> TrainingProgram { scheme.program(for: self) }

  /// Loss and outputs of every task of the family on its unseen examples, for contexts given as the
  /// input `contexts` [tasks, contextCount].
  public func evaluationProgram() -> EvaluationProgram {
    let graph = Graph()
    let tasks = family.tasks.count
    let examples = family.evaluationCount
    let contexts = graph.input("contexts", [tasks, contextCount])
    let x = graph.input("x", [tasks, examples, family.inputCount])
    let y = graph.input("y", [tasks, examples, family.outputCount])
    let outputs = target(strategy.generate(from: contexts, theta: Theta(graph)), x)
    let losses = family.objective.perTask(outputs, y)
    return EvaluationProgram(graph: graph, losses: losses, outputs: outputs)
  }

  /// Weights generated from one context, and the target network's outputs for the picture.
  public func probeProgram() -> ProbeProgram {
    let graph = Graph()
    let context = graph.input("context", [1, contextCount])
    let x = graph.input("x", [1, family.pictureCount, family.inputCount])
    let weights = strategy.generate(from: context, theta: Theta(graph))
    return ProbeProgram(
      graph: graph, weights: weights.dense(tasks: 1, target.tensors), outputs: target(weights, x))
  }

  /// Fits contexts with θ frozen: row r is a context for task `tasks[r]`.
  public func adaptationProgram(rows: Int) -> AdaptationProgram {
    let graph = Graph()
    let examples = fitting.examples
    let contexts = graph.variable(AdaptationProgram.contexts, [rows, contextCount])
    let x = graph.input("x", [rows, examples, family.inputCount])
    let y = graph.input("y", [rows, examples, family.outputCount])
    let rate = graph.input("rate", [])
    let outputs = target(strategy.generate(from: contexts, theta: Theta(graph)), x)
    let losses = family.objective.perTask(outputs, y)
    let gradient = losses.sum().gradient(of: [contexts])[0]
    OptimizerChoice.adam.update(
      [(AdaptationProgram.contexts, contexts, gradient)], in: graph, prefix: "fit", rate: rate,
      gradientScale: nil)
    return AdaptationProgram(graph: graph, losses: losses, contexts: contexts)
  }
}

/// A graph that measures: outputs [tasks, examples, n] and losses [tasks].
public struct EvaluationProgram {
  public let graph: Graph
  public let losses: Tensor
  public let outputs: Tensor
}

/// A graph that shows: weights, one tensor [1] + shape for each specification, and outputs
/// [1, picture, n].
public struct ProbeProgram {
  public let graph: Graph
  public let weights: [Tensor]
  public let outputs: Tensor
}

/// A graph that fits contexts (a variable) to examples; losses [rows].
public struct AdaptationProgram {
  public static let contexts = "fit.contexts"
  public let graph: Graph
  public let losses: Tensor
  public let contexts: Tensor
}

/// How a context is fitted to a task the hypernetwork never saw, θ frozen.
public struct ContextFitting: Hashable, Sendable {
  /// Labelled examples of the new task.
  public var examples: Int
  public var steps: Int
  /// Adam's learning rate, falling linearly to a tenth.
  public var rate: Float
  /// How many starting points are tried; the one with the smallest loss on the examples is kept.
  public var starts: Int

  public init(examples: Int, steps: Int, rate: Float, starts: Int) {
    self.examples = examples
    self.steps = steps
    self.rate = rate
    self.starts = starts
  }

  /// The rate at a step of the fit.
  public func rate(at step: Int) -> Float {
    rate * (1 - 0.9 * Float(step) / Float(max(steps, 1)))
  }
}
