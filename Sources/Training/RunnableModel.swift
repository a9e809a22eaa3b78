import Autodiff
import Learning

/// A model that a run can measure and a person can ask: what it adds to the graphs it is made of.
/// Every model of an experiment is one; they say so where their plans are kept.
protocol RunnableModel: ExperimentModel {
  /// Whoever measures it on unseen data, planned but without memory yet.
  func assessorDraft() -> AssessorDraft
  /// Whoever answers what it generates for a context.
  func probe() -> any Probe
  /// Whoever says whether its contexts matter, where there is anybody.
  func examiner() -> (any ModelExaminer)?
  /// Whether there is, without making one.
  var isExamined: Bool { get }
}

extension RunnableModel {
  func examiner() -> (any ModelExaminer)? { nil }
  var isExamined: Bool { false }
}

/// Says whether the contexts of one model matter, with plans it keeps.
protocol ModelExaminer: AnyObject {
  /// Nil where there is nothing to say yet.
  func examine(_ question: ContextQuestion) -> (conditioning: Conditioning, autopsy: Autopsy)?
}

/// Measuring, planned: what memory it needs, and how to begin.
struct AssessorDraft {
  let bytes: Int
  /// Begins with variables that it reads and never writes.
  let make: (Variables) -> any Assessor
}

/// Measures a model on unseen data.
protocol Assessor: AnyObject {
  /// - Parameters:
  ///   - contexts: [tasks, contextCount], flat; zeros where a task has none yet.
  ///   - currentTask: the task being learned, where there is one at a time.
  func assess(contexts: [Float], currentTask: Int?) -> Assessment
  /// Contexts for held-out tasks, one each, θ frozen.
  func fit(tasks: [Int], seed: UInt64) -> [ContextFit]
  /// What a headless run ends with, in a fixed order.
  func finalMetrics(seed: UInt64) -> [(name: String, value: Float)]
}

extension Assessor {
  func fit(tasks: [Int], seed: UInt64) -> [ContextFit] { [] }
}

/// How a model stands.
struct Assessment {
  /// One a task.
  var tasks: [TaskMeasure]
  /// The mean loss on unseen data of the tasks that are learned.
  var validation: Float
  /// Points of further curves, by their place among all.
  var others: [(series: Int, loss: Float)] = []
  /// See `Snapshot.gradientCosine`.
  var gradientCosine: Float? = nil
}

/// How a task stands.
struct TaskMeasure {
  var loss: Float
  /// Share of examples classified rightly, or another metric; nil where there is none.
  var metric: Float?
  /// Its context, where contexts come out of measuring.
  var context: [Float]? = nil
  /// See `Snapshot.TaskStatus.drift`.
  var drift: Float? = nil
}

/// A context fitted to a task: the numbers, and the loss on the examples it was fitted to.
struct ContextFit {
  var context: [Float]
  var loss: Float
}

/// Answers questions about one model, with plans it keeps.
protocol Probe: AnyObject {
  /// Takes over parameters. Returns false where they are not this model's.
  func load(_ parameters: Parameters) -> Bool
  /// Nil where there is no answer.
  func answer(_ question: ContextQuestion) -> ProbeResult?
  /// What is generated for a context, and nothing else.
  func weights(_ context: [Float], task: Int?) -> [ProbeResult.Weights]?
  /// What the network of a context does; nil where its weights work inside of a larger one.
  func account(of context: [Float]) -> NetworkAccount?
}

/// How somebody computes with a network without Weft, and what it makes of some inputs.
struct NetworkAccount {
  var details: [(name: String, value: String)]
  var inputs: [[Float]]
  var outputs: [[Float]]
}

extension Probe {
  func account(of context: [Float]) -> NetworkAccount? { nil }
}

extension Experiment {
  /// The model for a setting of the knobs; throws where values do not go together.
  func runnableModel(_ knobs: KnobValues) throws(KnobError) -> any RunnableModel {
    guard let model = try model(knobs) as? any RunnableModel else {
      preconditionFailure("the model of \(name) says nowhere how it is measured")
    }
    return model
  }
}
