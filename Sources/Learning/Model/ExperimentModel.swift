import Autodiff

/// What an experiment trains, for one setting of the knobs that shape it: which variables there are,
/// and the graph that trains them. A value; whoever runs it makes graphs of their own.
public protocol ExperimentModel: Sendable {
  /// What is told of it, and does not change while it trains.
  var outline: ModelOutline { get }
  /// What is trained, or frozen: what a network is made of.
  var parameters: [VariableSpecification] { get }
  /// Everything a session keeps: parameters, optimiser state, what is carried from step to step.
  var variables: [VariableSpecification] { get }
  /// Draws every variable's numbers for a seed.
  func initialize(_ variables: Variables, seed: UInt64)
  func trainingProgram() -> TrainingProgram
  /// The task being learned at a step, where there is one at a time.
  func currentTask(at step: Int, knobs: KnobValues) -> Int?
  /// The task whose steps are over once so many are done, where there is one at a time.
  func taskEnding(at step: Int) -> Int?
}

extension ExperimentModel {
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.shape.count } }

  public func initialize(_ variables: Variables, seed: UInt64) {
    for (index, specification) in self.variables.enumerated() {
      specification.fill(variables.storage(specification.name), seed: seed, index: index)
    }
  }

  public func currentTask(at step: Int, knobs: KnobValues) -> Int? { nil }
  public func taskEnding(at step: Int) -> Int? { nil }
}

/// A model in words and numbers.
public struct ModelOutline: Sendable {
  /// Training tasks first, then the held-out ones.
  public var tasks: [TaskDescription]
  /// Length of a context.
  public var contextCount: Int
  /// The variable [training tasks, contextCount] that holds the tasks' contexts; nil where they are
  /// not learned one by one but come out of measuring.
  public var embedding: String?
  /// Every task's context where that is the same at all steps; nil where contexts are learned or found.
  public var contexts: [[Float]]?
  /// The tensors that are generated, in order.
  public var tensors: [TensorSpecification]
  /// How many numbers one generated network has.
  public var targetParameterCount: Int
  /// Loss curves beside those of training and validation.
  public var series: [String]
  /// What a task's metric is called.
  public var metricName: String
  /// Whether tasks come one after another, so that losses of different steps do not compare.
  public var isContinual: Bool
  /// Whether the networks make contexts of their own as they read, so that one is held or is not.
  public var isDynamic: Bool

  public init(
    tasks: [TaskDescription], contextCount: Int, embedding: String? = nil,
    contexts: [[Float]]? = nil,
    tensors: [TensorSpecification], targetParameterCount: Int, series: [String] = [],
    metricName: String, isContinual: Bool = false, isDynamic: Bool = false
  ) {
    self.tasks = tasks
    self.contextCount = contextCount
    self.embedding = embedding
    self.contexts = contexts
    self.tensors = tensors
    self.targetParameterCount = targetParameterCount
    self.series = series
    self.metricName = metricName
    self.isContinual = isContinual
    self.isDynamic = isDynamic
  }

  public var trainingTaskCount: Int { tasks.count { $0.role == .training } }
  public var heldOutTasks: Range<Int> { trainingTaskCount..<tasks.count }
}
