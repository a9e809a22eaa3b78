import Autodiff
import Learning

/// What an experiment is, as far as it does not change while it trains.
public struct RunDescription: Sendable {
  public let experiment: String
  public let summary: String
  public let tasks: [TaskDescription]
  /// Length of a context.
  public let contextCount: Int
  /// The target network's tensors, in order.
  public let tensors: [TensorSpecification]
  /// Names of the loss series, the training loss first.
  public let series: [String]
  /// `higher is better` metrics such as accuracy are named here with their unit.
  public let metricName: String
  public let phases: [String]
  /// Trained numbers in all, and those of one target network.
  public let parameterCount: Int
  public let targetParameterCount: Int
  /// The step at which a headless run ends when nothing else is said.
  public let standardSteps: Int
  /// Whether the networks make contexts of their own as they read.
  public let isDynamic: Bool
  /// Whether an examiner looks into the networks.
  public let isExamined: Bool
  /// Whether tasks come one after another.
  public let isContinual: Bool

  package init(
    experiment: String, summary: String, tasks: [TaskDescription], contextCount: Int,
    tensors: [TensorSpecification], series: [String], metricName: String, phases: [String],
    parameterCount: Int, targetParameterCount: Int, standardSteps: Int,
    isDynamic: Bool = false, isExamined: Bool = true, isContinual: Bool = false
  ) {
    self.experiment = experiment
    self.summary = summary
    self.tasks = tasks
    self.contextCount = contextCount
    self.tensors = tensors
    self.series = series
    self.metricName = metricName
    self.phases = phases
    self.parameterCount = parameterCount
    self.targetParameterCount = targetParameterCount
    self.standardSteps = standardSteps
    self.isDynamic = isDynamic
    self.isExamined = isExamined
    self.isContinual = isContinual
  }
}

/// Everything the screen shows of a run, at one step; immutable, and the very thing that is saved.
public struct Snapshot: Sendable {
  public enum State: Sendable, Equatable {
    case paused
    case running
    /// Stopped by a number that is not finite, or a loss out of all proportion.
    case failed(Failure)
  }

  /// Why a run stopped by itself, and what can be done.
  public struct Failure: Sendable, Equatable {
    /// `the gradient of head.weight is not a number at step 812`
    public var sentence: String
    public var tensor: String
    public var step: Int
    /// The step of the last good state, which `.restoreLastGood` returns to.
    public var lastGoodStep: Int?

    package init(
      sentence: String, tensor: String, step: Int, lastGoodStep: Int?
    ) {
      self.sentence = sentence
      self.tensor = tensor
      self.step = step
      self.lastGoodStep = lastGoodStep
    }
  }

  public struct TaskStatus: Sendable, Equatable {
    /// Newest loss on unseen data, nil before the first evaluation.
    public var loss: Float?
    /// Accuracy or another metric where the family has one.
    public var metric: Float?
    /// Its last evaluations, oldest first, at most 16.
    public var recent: [Float]
    /// The embedding: learned, or fitted for a held-out task; nil where there is none yet.
    public var context: [Float]?
    /// Of an earlier task in continual learning: ‖h(e) − h*‖, how far the weights generated for it have
    /// come from those that they are held to.
    public var drift: Float?

    package init(
      loss: Float?, metric: Float?, recent: [Float], context: [Float]?, drift: Float? = nil
    ) {
      self.loss = loss
      self.metric = metric
      self.recent = recent
      self.context = context
      self.drift = drift
    }
  }

  /// What clients come to without the hypernetwork.
  public struct Rivals: Sendable, Equatable {
    /// How many steps they have trained.
    public var step: Int
    public var names: [String]
    /// By name, of every training task what `TaskStatus.metric` is, or its loss where there is none.
    public var scores: [[Float]]

    /// The names and scores of one task; nothing of one that is not trained on.
    public func scores(of task: Int) -> [(name: String, score: Float)] {
      zip(names, scores).compactMap { name, all in
        all.indices.contains(task) ? (name, all[task]) : nil
      }
    }
  }

  /// Which networks these are: the experiment and the knobs that shape them.
  public struct Identity: Hashable, Sendable {
    let experiment: String
    let shape: [KnobValue]
  }

  public var identity: Identity {
    Identity(
      experiment: description.experiment,
      shape: knobs.knobs.filter { $0.effect == .rebuild }.compactMap { knobs[$0.name] })
  }

  public let description: RunDescription
  /// Counts snapshots of this trainer; a larger one is newer.
  public var revision: Int
  public var state: State
  public var step: Int
  /// The phase done last when stepping by phases, else nil.
  public var phase: String?
  public var stepsPerSecond: Double
  public var speed: Speed
  public var seed: UInt64
  public var knobs: KnobValues
  public var trainingLoss: Float?
  public var validationLoss: Float?
  public var history: History
  public var tasks: [TaskStatus]
  /// Which task is being learned now, in continual experiments.
  public var currentTask: Int?
  /// How all tasks stood when each was learned, where they come one after another.
  public var milestones: [Milestone]
  /// The cosine between the gradient of the current task and that of what holds the earlier ones, at
  /// the last evaluation.
  public var gradientCosine: Float?
  /// Where tasks are clients; nil before the first evaluation.
  public var rivals: Rivals?
  /// What clients and their server have sent each other, where there are any.
  public var traffic: Traffic?
  /// θ and the embeddings; shared, never written to.
  public var parameters: Parameters
  /// The last thing worth telling (`learning task 2`, `β is live`), with a number that grows.
  public var notice: Notice?
  public var saved: SaveStatus

  public struct Notice: Sendable, Equatable {
    public var number: Int
    public var text: String

    package init(
      number: Int, text: String
    ) {
      self.number = number
      self.text = text
    }
  }

  public struct SaveStatus: Sendable, Equatable {
    public var path: String?
    public var step: Int?
    /// Seconds since 1970.
    public var time: Double?
    public var error: String?

    package init(
      path: String?, step: Int?, time: Double?, error: String?
    ) {
      self.path = path
      self.step = step
      self.time = time
      self.error = error
    }
  }

  package init(
    description: RunDescription, revision: Int, state: State, step: Int, phase: String?,
    stepsPerSecond: Double, speed: Speed, seed: UInt64, knobs: KnobValues, trainingLoss: Float?,
    validationLoss: Float?, history: History, tasks: [TaskStatus], currentTask: Int?,
    milestones: [Milestone] = [], gradientCosine: Float? = nil, rivals: Rivals? = nil,
    traffic: Traffic? = nil, parameters: Parameters, notice: Notice?, saved: SaveStatus
  ) {
    self.description = description
    self.revision = revision
    self.state = state
    self.step = step
    self.phase = phase
    self.stepsPerSecond = stepsPerSecond
    self.speed = speed
    self.seed = seed
    self.knobs = knobs
    self.trainingLoss = trainingLoss
    self.validationLoss = validationLoss
    self.history = history
    self.tasks = tasks
    self.currentTask = currentTask
    self.milestones = milestones
    self.gradientCosine = gradientCosine
    self.rivals = rivals
    self.traffic = traffic
    self.parameters = parameters
    self.notice = notice
    self.saved = saved
  }
}

/// How fast a run goes when somebody watches.
public enum Speed: Int, Sendable, CaseIterable, Comparable {
  case one = 1
  case two, five, twenty, hundred, full

  /// Steps a second, nil for as fast as the machine can.
  public var stepsPerSecond: Double? {
    switch self {
    case .one: 1
    case .two: 5
    case .five: 20
    case .twenty: 100
    case .hundred: 500
    case .full: nil
    }
  }

  public var label: String {
    stepsPerSecond.map { "\(Int($0))/s" } ?? "full"
  }

  public static func < (a: Speed, b: Speed) -> Bool { a.rawValue < b.rawValue }

  public var slower: Speed { Speed(rawValue: rawValue - 1) ?? self }
  public var faster: Speed { Speed(rawValue: rawValue + 1) ?? self }
}

/// The parameters of a run at one step, by name.
public final class Parameters: Sendable {
  public struct Entry: Hashable, Sendable {
    public let name: String
    public let shape: Shape
    public let offset: Int

    package init(name: String, shape: Shape, offset: Int) {
      self.name = name
      self.shape = shape
      self.offset = offset
    }
  }

  public let entries: [Entry]
  public let values: [Float]

  public init(entries: [Entry], values: [Float]) {
    self.entries = entries
    self.values = values
  }

  /// The values of one variable, or nil where there is none of that name.
  public subscript(name: String) -> ArraySlice<Float>? {
    entries.first { $0.name == name }.map { values[$0.offset..<$0.offset + $0.shape.count] }
  }
}
