import Autodiff

/// What a training step is: its loss, its data, and what happens between steps.
public protocol TrainingScheme: Sendable {
  /// Variables beyond the parameters: optimiser state, stored targets.
  func stateVariables(of model: HypernetworkModel) -> [VariableSpecification]
  func program(for model: HypernetworkModel) -> TrainingProgram
  /// The task being learned at a step, where there is one at a time.
  func currentTask(at step: Int, knobs: KnobValues) -> Int?
  /// Whether tasks come one after another, so that each has a curve of its own.
  var isContinual: Bool { get }
  /// The task whose steps are over once so many are done, where there is one at a time.
  func taskEnding(at step: Int) -> Int?
  /// What clients elsewhere and their server have sent each other; nil where nobody is elsewhere.
  func traffic(of model: HypernetworkModel, _ variables: Variables) -> Traffic?
}

/// What a server and its clients have sent each other so far.
public struct Traffic: Sendable, Equatable {
  public var rounds: Int
  /// Weights that were sent to clients, and changes that came back, at 4 bytes a number.
  public var bytesDown, bytesUp: Int

  public init(rounds: Int, bytesDown: Int, bytesUp: Int) {
    self.rounds = rounds
    self.bytesDown = bytesDown
    self.bytesUp = bytesUp
  }
}

extension TrainingScheme {
  public func currentTask(at step: Int, knobs: KnobValues) -> Int? { nil }
  public var isContinual: Bool { false }
  public func taskEnding(at step: Int) -> Int? { nil }
  public func traffic(of model: HypernetworkModel, _ variables: Variables) -> Traffic? { nil }
}

/// One training step as a graph, with whoever writes its inputs.
public struct TrainingProgram {
  public let graph: Graph
  public let loss: Tensor
  /// Losses of other curves that a step computes too, by the curve's place among all (0 is `loss`).
  public let others: [(series: Int, loss: Tensor)]
  /// The gradients its update uses, before clipping, by variable; empty where nobody asks.
  public let gradients: [(name: String, tensor: Tensor)]
  /// What a feed exchanges for other inputs within a step, and the phase after which it does; nil where a
  /// step needs nobody else.
  package let exchanged: (phase: String, tensors: [Tensor])?
  /// Makes the writer of a plan's inputs.
  public let feed: (Plan) -> any Feed
  /// What must happen before a step besides the step itself, such as the change of a task.
  public let transitions: (Int) -> [Transition]

  public init(
    graph: Graph, loss: Tensor, others: [(series: Int, loss: Tensor)] = [],
    gradients: [(name: String, tensor: Tensor)] = [],
    exchanged: (phase: String, tensors: [Tensor])? = nil,
    feed: @escaping (Plan) -> any Feed,
    transitions: @escaping (Int) -> [Transition] = { _ in [] }
  ) {
    self.graph = graph
    self.loss = loss
    self.others = others
    self.gradients = gradients
    self.exchanged = exchanged
    self.feed = feed
    self.transitions = transitions
  }
}

/// Something done to the variables between two steps.
public enum Transition {
  /// Runs a graph's updates once for each batch of inputs, which are written first.
  case run(Graph, batches: [[(name: String, values: [Float])]])
  /// Sets variables to zero: a new optimiser.
  case zero([String])
  /// Tells the person.
  case notice(String)
}

/// Writes a training plan's inputs. Called on the training queue; `write` allocates nothing.
public protocol Feed: AnyObject {
  /// Takes the live knobs' values; called at the start and whenever one is turned.
  func apply(_ knobs: KnobValues, seed: UInt64)
  /// Writes the inputs of a step.
  func write(step: Int)
  /// Exchanges tensors of the step for other inputs of it; called where the program says so.
  func exchange()
}

extension Feed {
  public func exchange() {}
}
