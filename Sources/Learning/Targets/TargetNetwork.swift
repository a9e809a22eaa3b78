import Autodiff

/// A network whose weights come from outside: a list of the tensors it needs and a pure function
/// of (weights, inputs). The first axis of everything is the task: T tasks run side by side, each
/// with weights of its own.
public protocol TargetNetwork: Sendable {
  /// What it needs, in the order `callAsFunction` takes it; shapes without the task axis.
  var tensors: [TensorSpecification] { get }

  /// How it computes with them, for those who do it elsewhere: names and values.
  var details: [(name: String, value: String)] { get }

  /// - Parameters:
  ///   - weights: one for each specification.
  ///   - inputs: [T, B, inputs].
  /// - Returns: [T, B, outputs].
  func callAsFunction(_ weights: [Weight], _ inputs: Tensor) -> Tensor
}

extension TargetNetwork {
  /// How many numbers one target network has.
  public var parameterCount: Int { tensors.reduce(0) { $0 + $1.shape.count } }
}
