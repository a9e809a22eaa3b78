import Autodiff

/// Who determines the weights a task's target network has, and how: some numbers all tasks share, some
/// that each task has of its own, what training does with both, and what a new task changes.
///
/// A value. Whoever runs it makes variables, training programs and adaptations from it.
public struct Method: Sendable {
  /// A number of numbers a task has of its own, and where a new task's begin.
  public struct Own: Sendable {
    public enum Start: Sendable {
      /// Drawn as its specification says, anew for each task.
      case drawn
      /// A copy of a shared variable.
      case shared(String)
      /// The mean of the training tasks' numbers of the same name.
      case mean
      /// Computed from the new task's examples x [T, K, inputs], y [T, K, outputs]: [T] + shape.
      case encoded(@Sendable (_ x: Tensor, _ y: Tensor, Theta) -> Tensor)
      /// Computed from the shared variables and the training tasks' own: [T] + shape for T tasks.
      case computed(@Sendable (_ tasks: Int, Graph) -> Tensor)
    }

    public let specification: VariableSpecification
    public let start: Start
  }

  /// What a stage of training minimises.
  public enum Objective: Sendable {
    /// The loss of tasks with what they have of their own.
    case joint
    /// The loss on a task's query examples after `steps` steps of gradient descent on its support
    /// examples from where a new task begins (Finn, Abbeel & Levine 2017), through those steps
    /// (`isSecondOrder`) or with their gradients taken as constants.
    case adapted(steps: Int, isSecondOrder: Bool)
    /// Shared numbers move towards where `steps` steps lead (Nichol, Achiam & Schulman 2018,
    /// "On first-order meta-learning algorithms").
    case reptile(steps: Int)
    /// Tasks are clients that keep their rows: of the weights each is sent, [T] + shape by tensor of the
    /// target, it returns the change that `steps` steps of its own make, and the step goes along the mean
    /// of Jᵀ ΔW (``Returns``).
    case returned(steps: Int, sent: Sent)
  }

  /// The target network's tensors, [rows] + shape, given own numbers [rows] + shape by name.
  public typealias Sent =
    @Sendable (
      _ own: [String: Tensor], _ theta: Theta, _ rows: Int
    ) -> [Tensor]

  /// A stretch of training.
  public struct Stage: Sendable {
    public let objective: Objective
    /// Names of the shared variables that change in it.
    public let trained: Set<String>
    /// Whether the tasks' own numbers do.
    public let trainsOwn: Bool
    /// Its share of all steps; they sum to 1.
    public let share: Double
    /// Whether the tasks have their own numbers in it yet.
    public let hasOwn: Bool
    public let optimizer: OptimizerChoice
  }

  /// The target network's outputs for x [T, B, inputs], given own numbers [T] + shape by name.
  public typealias Forward =
    @Sendable (
      _ own: [String: Tensor], _ theta: Theta, _ x: Tensor
    ) -> Tensor

  public let choice: MethodChoice
  public let family: any TaskFamily
  /// Variables of all tasks.
  public let shared: [VariableSpecification]
  /// What each training task keeps.
  public let own: [Own]
  /// What a new task changes to fit its examples; empty where nothing can be.
  public let adapted: [Own]
  /// None where nothing is trained.
  public let stages: [Stage]
  /// The learning rate at its highest.
  public let rate: Float
  /// Learning rates a new task is tried with, of which the one that suits training tasks best is
  /// taken.
  public let adaptationRates: [Float]
  let forward: Forward
  /// The same with what a new task changes in the place of what a training task keeps.
  let adaptedForward: Forward
  /// Numbers of one target network.
  public let targetCount: Int
  let setting: MethodSetting
  /// The network whose weights are determined.
  public var target: any TargetNetwork { setting.target }
  /// Numbers a hypernetwork emits for one context; nil where there is none.
  public let emittedCount: Int?

  static func ownName(_ name: String) -> String { "task.\(name)" }
  static func adaptedName(_ name: String) -> String { "adapted.\(name)" }

  /// Variables a session keeps, in the order they are drawn: shared, the tasks' own, the optimiser's.
  public var variables: [VariableSpecification] { trainable + state }

  /// Everything some stage of training changes.
  public var trainable: [VariableSpecification] {
    shared
      + own.map {
        VariableSpecification(
          Self.ownName($0.specification.name),
          Shape([family.trainingTaskCount] + $0.specification.shape.dimensions),
          $0.specification.start)
      }
  }

  private var state: [VariableSpecification] {
    stages.enumerated().flatMap { index, stage in
      let prefix = Self.optimizer(of: index)
      guard case .returned = stage.objective else {
        return stage.optimizer.variables(for: trainable(in: stage), prefix: prefix)
      }
      return ServerUpdate.variables(
        stage.optimizer, for: trainable(in: stage), clients: family.trainingTaskCount,
        prefix: prefix)
    }
  }

  static func optimizer(of stage: Int) -> String { "optimizer.\(stage + 1)" }

  func trainable(in stage: Stage) -> [VariableSpecification] {
    let ownNames = Set(own.map { Self.ownName($0.specification.name) })
    return trainable.filter {
      ownNames.contains($0.name) ? stage.trainsOwn : stage.trained.contains($0.name)
    }
  }

  /// Draws every variable's numbers for a seed.
  public func initialize(_ variables: Variables, seed: UInt64) {
    for (index, specification) in self.variables.enumerated() {
      specification.fill(variables.storage(specification.name), seed: seed, index: index)
    }
  }

  /// Labelled examples of a new task.
  public var shots: Int { setting.testShots }

  /// The first step of every stage, and the last step's end, for a run of this many steps.
  public func stageStarts(steps: Int) -> [Int] {
    var starts = [0]
    var share = 0.0
    for stage in stages {
      share += stage.share
      starts.append(Int((Double(steps) * share).rounded()))
    }
    return starts
  }

  /// Numbers that training determines.
  public var trainableCount: Int { trainable.reduce(0) { $0 + $1.shape.count } }

  /// Numbers to be kept for `tasks` tasks that were never trained on: what all share, and what each
  /// has changed.
  public func storedCount(tasks: Int) -> Int {
    let each = adapted.reduce(0) { $0 + $1.specification.shape.count }
    return (choice.keepsShared ? shared.reduce(0) { $0 + $1.shape.count } : 0) + tasks * each
  }

  /// From how many tasks on it keeps fewer numbers than a network for each:
  /// T* = P_shared / (P_target − P_own). Nil where it never does.
  public var breakEvenTasks: Double? {
    let each = adapted.reduce(0) { $0 + $1.specification.shape.count }
    guard choice.keepsShared, !shared.isEmpty, targetCount > each else { return nil }
    return Double(shared.reduce(0) { $0 + $1.shape.count }) / Double(targetCount - each)
  }
}
