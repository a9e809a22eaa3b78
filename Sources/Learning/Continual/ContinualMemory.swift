import Autodiff

/// How what earlier tasks learned is kept while the next one is learned.
public protocol ContinualMemory: Sendable {
  /// How strongly, as the knobs say.
  func strength(_ knobs: KnobValues) -> Float
  /// What it keeps between steps.
  func variables(of model: HypernetworkModel) -> [VariableSpecification]
  /// The gradients a step uses, one for each of its parameters: those of the task's loss, and what pulls
  /// towards the past.
  func gradients(of step: ContinualStep) -> [Tensor]
  /// Adds updates of what is kept.
  /// - Parameters:
  ///   - total: what `gradients` gave.
  ///   - scale: what they are multiplied by (clipping).
  func note(_ step: ContinualStep, total: [Tensor], scale: Tensor?)
  /// Writes the inputs that `gradients` asked for.
  func writer(of plan: Plan) -> MemoryWriter
  /// What happens before the first step, and after a task's last.
  func beginning(of model: HypernetworkModel) -> [Transition]
  func ending(task: Int, of model: HypernetworkModel) -> [Transition]
}

/// Writes a memory's inputs for the current task; allocates nothing. The key is the step's.
public typealias MemoryWriter = (_ task: Int, _ strength: Float, _ key: RandomKey) -> Void

extension ContinualMemory {
  public func strength(_ knobs: KnobValues) -> Float { 0 }
  public func variables(of model: HypernetworkModel) -> [VariableSpecification] { [] }
  public func gradients(of step: ContinualStep) -> [Tensor] { step.gradients }
  public func note(_ step: ContinualStep, total: [Tensor], scale: Tensor?) {}
  public func writer(of plan: Plan) -> MemoryWriter { { _, _, _ in } }
  public func beginning(of model: HypernetworkModel) -> [Transition] { [] }
  public func ending(task: Int, of model: HypernetworkModel) -> [Transition] { [] }
}

/// What a memory sees of a training step while its graph is made.
public struct ContinualStep {
  public let model: HypernetworkModel
  public let graph: Graph
  /// θ, and the gradients of the current task's loss.
  public let specifications: [VariableSpecification]
  public let theta: [Tensor]
  public let gradients: [Tensor]
  /// [tasks, length of a context].
  public let embedding: Tensor
  public let rate: Tensor

  /// The change that Adam would make of a parameter with a gradient, before it makes it.
  func candidate(_ index: Int, gradient: Tensor, scale: Tensor? = nil) -> Tensor {
    func slot(_ slot: String) -> Tensor {
      graph.variable(
        "optimizer.\(slot)/\(specifications[index].name)", specifications[index].shape)
    }
    return Adam(
      parameter: theta[index], gradient: gradient, firstMoment: slot("first-moment"),
      secondMoment: slot("second-moment"), stepCount: graph.variable("optimizer.steps", []),
      rate: rate, gradientScale: scale
    ).candidateStep
  }
}

/// Nothing is kept: fine-tuning.
public struct NoMemory: ContinualMemory {
  public init() {}
}

/// What all tasks share is learned with the first one and stays; later ones change what is their own.
public struct FrozenMemory: ContinualMemory {
  public init() {}

  public func gradients(of step: ContinualStep) -> [Tensor] {
    // 1 for the first task, 0 for the others.
    let learns = step.graph.input("learns", [])
    return zip(step.specifications, step.gradients).map {
      TaskParts.isShared($0.name) ? $1 * learns : $1
    }
  }

  public func writer(of plan: Plan) -> MemoryWriter {
    let learns = plan.input("learns")
    return { task, _, _ in learns[0] = task == 0 ? 1 : 0 }
  }
}
