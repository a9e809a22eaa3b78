import Learning

/// Whether a hypernetwork uses its context: what z changes in the losses and in the weights, at one
/// state of the parameters, over the tasks that were trained so far.
public struct Conditioning: Sendable, Equatable {
  /// Mean losses on the tasks' unseen examples.
  public struct Losses: Sendable, Equatable {
    /// Every task with its own context.
    public var own: Double
    /// Every task with the context of the task half of them away, so that none keeps its own; nil for
    /// a single task.
    public var shuffled: Double?
    /// Every task with the mean of all contexts; nil for a single task.
    public var mean: Double?

    public init(own: Double, shuffled: Double?, mean: Double?) {
      self.own = own
      self.shuffled = shuffled
      self.mean = mean
    }
  }

  /// One of the target network's tensors.
  public struct Tensor: Sendable, Equatable {
    public var name: String
    /// As `Conditioning.varianceShare` and `Conditioning.change`, of this tensor alone.
    public var varianceShare: Double
    public var change: Double

    public init(name: String, varianceShare: Double, change: Double) {
      self.name = name
      self.varianceShare = varianceShare
      self.change = change
    }
  }

  /// The step of the parameters.
  public var step: Int
  /// How many tasks' contexts it is measured on.
  public var taskCount: Int
  public var losses: Losses
  /// The share of Var(W) that z explains, 0…1: for each weight w of the target network its variance
  /// over the tasks against its second moment, Var_z(w) / (Var_z(w) + mean_z(w)²), and of that the
  /// mean over all weights that are not 0 for every task. 0: every task has the same weights; 1: the
  /// tasks' weights have nothing in common.
  public var varianceShare: Double
  /// ‖ΔW‖ / ‖W₀‖: the root mean square over the tasks of ‖W_t − W₀‖, against ‖W₀‖, W₀ being the mean
  /// of the tasks' weights and the norm that of all tensors together.
  public var change: Double
  /// The singular values of ∂W/∂z at the mean context, the largest first: as many as z has numbers.
  public var singularValues: [Double]
  public var tensors: [Tensor]
  /// Root mean square over tasks and components of the contexts, and of their distance to the mean
  /// context.
  public var contextSize: Double
  public var contextSpread: Double
  /// Why z makes no difference, nil where it does.
  public var cause: Cause?

  public init(
    step: Int, taskCount: Int, losses: Losses, varianceShare: Double, change: Double,
    singularValues: [Double], tensors: [Tensor], contextSize: Double, contextSpread: Double,
    cause: Cause? = nil
  ) {
    self.step = step
    self.taskCount = taskCount
    self.losses = losses
    self.varianceShare = varianceShare
    self.change = change
    self.singularValues = singularValues
    self.tensors = tensors
    self.contextSize = contextSize
    self.contextSpread = contextSpread
    self.cause = cause
  }

  /// How much of the loss with a wrong context the right one takes away, 1 − own / shuffled: 0 where z
  /// is ignored, 1 where it decides everything; nil for a single task.
  public var gain: Double? { losses.shuffled.map { Conditioning.gain(own: losses.own, $0) } }

  static func gain(own: Double, _ shuffled: Double) -> Double {
    own == shuffled ? 0 : 1 - own / shuffled
  }

  /// How many directions of z matter: singular values of at least a hundredth of the largest.
  public var directions: Int {
    guard let first = singularValues.first, first > 0 else { return 0 }
    return singularValues.count { $0 >= first / 100 }
  }

  /// Whether the losses care about z at all.
  public var matters: Bool { (gain ?? 0) >= Conditioning.leastGain }

  /// Whether a person must be told: z makes no difference although training has begun.
  public var isAlarm: Bool { cause != nil && step >= Conditioning.firstAlarm }

  /// In the first steps many a sound initialisation does not use z yet.
  static let firstAlarm = 20
}
