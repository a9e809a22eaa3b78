import Autodiff

/// A hypernetwork with learned task embeddings, for one setting of the knobs that shape it: which
/// variables there are, and the graphs that train, evaluate, adapt and probe it. A value; whoever
/// runs it makes graphs of their own.
public struct HypernetworkModel: ExperimentModel {
  public let family: any TaskFamily
  public let target: any TargetNetwork
  public let strategy: any Strategy
  public let scheme: any TrainingScheme
  public let conditioning: ContextSource
  /// Length of a context z.
  public let contextCount: Int
  /// Standard deviation of the embeddings at step 0.
  public let embeddingDeviation: Float
  public let optimizer: OptimizerChoice
  public let fitting: ContextFitting
  /// Tensors of the target that are not generated; nil where all are.
  public let personal: PersonalLayers?
  /// Units of the layers that read examples.
  public let encoderWidth: Int

  public init(
    family: any TaskFamily, target: any TargetNetwork, strategy: any Strategy,
    scheme: any TrainingScheme, conditioning: ContextSource = .embedding, contextCount: Int,
    embeddingDeviation: Float,
    optimizer: OptimizerChoice, fitting: ContextFitting, personal: PersonalLayers? = nil,
    encoderWidth: Int = 64
  ) {
    self.encoderWidth = encoderWidth
    self.family = family
    self.target = target
    self.strategy = strategy
    self.scheme = scheme
    self.conditioning = conditioning
    self.contextCount = contextCount
    self.embeddingDeviation = embeddingDeviation
    self.optimizer = optimizer
    self.fitting = fitting
    self.personal = personal
  }

  /// The variable that holds the training tasks' contexts, [training tasks, contextCount].
  public static let embedding = "embedding"

  /// The embeddings, then θ, frozen or not.
  public var parameters: [VariableSpecification] {
    [
      VariableSpecification(
        Self.embedding, [family.trainingTaskCount, contextCount],
        .normal(deviation: embeddingDeviation))
    ] + (encoder?.variables ?? []) + strategy.variables
      + (personal?.variables(clients: family.trainingTaskCount) ?? [])
  }

  /// Those of them that are trained.
  public var trained: [VariableSpecification] {
    parameters.filter {
      !strategy.frozen.contains($0.name) && (conditioning.isLearned || $0.name != Self.embedding)
    }
  }

  /// Everything a session keeps: parameters, optimiser state, what the scheme stores.
  public var variables: [VariableSpecification] {
    parameters + scheme.stateVariables(of: self)
  }

  public var outline: ModelOutline {
    ModelOutline(
      tasks: family.tasks, contextCount: contextCount, embedding: Self.embedding,
      tensors: target.tensors, targetParameterCount: target.parameterCount,
      series: scheme.isContinual ? family.tasks.map(\.name) : [],
      metricName: family.metricName, isContinual: scheme.isContinual)
  }

  public func currentTask(at step: Int, knobs: KnobValues) -> Int? {
    scheme.currentTask(at: step, knobs: knobs)
  }

  public func taskEnding(at step: Int) -> Int? { scheme.taskEnding(at: step) }

  /// Reads a context from examples, where that is what contexts come from.
  public var encoder: SetEncoder? {
    guard conditioning == .supportSet else { return nil }
    return SetEncoder(
      inputs: family.inputCount, outputs: family.outputCount, width: encoderWidth,
      contexts: contextCount)
  }

  /// The weights of contexts [T, contextCount]; where every input has weights of its own, those of
  /// `inputs` [T, inputs], of zeros where it is nil.
  /// - Parameter personal: [T] + shape for each tensor that is not generated; nil is the mean client's.
  public func weights(
    of contexts: Tensor, inputs: Tensor? = nil, personal own: [Tensor]? = nil, theta: Theta
  ) -> [Weight] {
    guard conditioning == .input else {
      let generated = strategy.generate(from: contexts, theta: theta)
      guard let personal else { return generated }
      let own =
        own
        ?? personal.means(
          rows: contexts.shape[0], clients: family.trainingTaskCount, in: contexts.graph)
      let names = personal.names
      var (made, kept) = (generated.makeIterator(), own.makeIterator())
      return target.tensors.compactMap {
        names.contains($0.name) ? kept.next().map { Weight($0) } : made.next()
      }
    }
    let zeros = contexts.graph.constant(0)
      .broadcast(to: [contexts.shape[0], family.inputCount])
    return strategy.generate(
      from: Tensor.concatenate([contexts, inputs ?? zeros], axis: 1), theta: theta)
  }

  /// The target network's outputs [T, B, n] for contexts [T, contextCount] and inputs [T, B, inputs],
  /// and the weights they were computed with: one set a task, or one for each input. In the phases
  /// “generate” and “forward”.
  /// - Parameter personal: as `weights` takes them.
  public func outputs(
    of x: Tensor, contexts: Tensor, personal own: [Tensor]? = nil, theta: Theta
  ) -> (weights: [Weight], outputs: Tensor) {
    let graph = x.graph
    guard conditioning == .input else {
      let weights = graph.phase("generate") {
        self.weights(of: contexts, personal: own, theta: theta)
      }
      return (weights, graph.phase("forward") { target(weights, x) })
    }
    let (tasks, examples, inputs) = (x.shape[0], x.shape[1], x.shape[2])
    let z = contexts.reshaped(to: [tasks, 1, contextCount])
      .broadcast(to: [tasks, examples, contextCount])
    let rows = Tensor.concatenate([z, x], axis: 2)
      .reshaped(to: [tasks * examples, contextCount + inputs])
    let weights = graph.phase("generate") { strategy.generate(from: rows, theta: theta) }
    let outputs = graph.phase("forward") {
      target(weights, x.reshaped(to: [tasks * examples, 1, inputs]))
    }
    return (weights, outputs.reshaped(to: [tasks, examples, family.outputCount]))
  }

  /// Draws every variable's numbers for a seed.
  public func initialize(_ variables: Variables, seed: UInt64) {
    for (index, specification) in self.variables.enumerated() {
      specification.fill(variables.storage(specification.name), seed: seed, index: index)
    }
    if conditioning == .description {
      let contexts = (0..<family.trainingTaskCount).flatMap(family.description)
      _ = variables.storage(Self.embedding).update(fromContentsOf: contexts)
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
    let own = personal?.all(
      clients: family.trainingTaskCount, others: family.heldOutTasks.count, in: graph)
    let outputs = outputs(of: x, contexts: contexts, personal: own, theta: Theta(graph)).outputs
    let losses = family.objective.perTask(outputs, y)
    return EvaluationProgram(graph: graph, losses: losses, outputs: outputs)
  }

  /// Weights generated from one context, and the target network's outputs for the picture. Where some
  /// are not generated they are those of the client whose number is the input `client` [1], or of the
  /// mean client where that is the number of training tasks.
  public func probeProgram() -> ProbeProgram {
    let graph = Graph()
    let context = graph.input("context", [1, contextCount])
    let x = graph.input("x", [1, family.pictureCount, family.inputCount])
    let own = personal?.one(
      graph.input("client", [1]), among: family.trainingTaskCount, in: graph)
    let (weights, outputs) = outputs(
      of: x, contexts: context, personal: own, theta: Theta(graph))
    let shown = conditioning == .input ? self.weights(of: context, theta: Theta(graph)) : weights
    return ProbeProgram(
      graph: graph, weights: shown.dense(tasks: 1, target.tensors), outputs: outputs)
  }

  /// Fits contexts with θ frozen: row r is a context for task `tasks[r]`.
  public func adaptationProgram(rows: Int) -> AdaptationProgram {
    let graph = Graph()
    let examples = fitting.examples
    let contexts = graph.variable(AdaptationProgram.contexts, [rows, contextCount])
    let x = graph.input("x", [rows, examples, family.inputCount])
    let y = graph.input("y", [rows, examples, family.outputCount])
    let rate = graph.input("rate", [])
    let outputs = outputs(of: x, contexts: contexts, theta: Theta(graph)).outputs
    let losses = family.objective.perTask(outputs, y)
    let gradient = losses.sum().gradient(of: [contexts])[0]
    OptimizerChoice.adam.update(
      [(AdaptationProgram.contexts, contexts, gradient)], in: graph, prefix: "fit", rate: rate,
      gradientScale: nil)
    return AdaptationProgram(graph: graph, losses: losses, contexts: contexts)
  }
}

extension HypernetworkModel {
  /// Contexts [rows, contextCount] read from examples, inputs x and y; nil where they are not.
  public func encodingProgram(rows: Int) -> (graph: Graph, contexts: Tensor)? {
    guard let encoder else { return nil }
    let graph = Graph()
    let x = graph.input("x", [rows, fitting.examples, family.inputCount])
    let y = graph.input("y", [rows, fitting.examples, family.outputCount])
    return (graph, encoder(x, y, theta: Theta(graph)))
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
