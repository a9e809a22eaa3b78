import Autodiff

/// A network whose weights come from outside: a list of the tensors it needs and a pure function
/// of (weights, inputs). The first axis of everything is the task: T tasks run side by side, each
/// with weights of its own.
public protocol TargetNetwork: Sendable {
  /// What it needs, in the order `callAsFunction` takes it; shapes without the task axis.
  var tensors: [TensorSpecification] { get }

  /// How it computes with them, for those who do it elsewhere: names and values.
  var details: [(name: String, value: String)] { get }

  /// The c of the variance c / fan-in that its weights should have: see `Activation.gain`.
  var gain: Float { get }

  /// - Parameters:
  ///   - weights: one for each specification.
  ///   - inputs: [T, B, inputs].
  /// - Returns: [T, B, outputs].
  func callAsFunction(_ weights: [Weight], _ inputs: Tensor) -> Tensor

  /// What each layer computes on the way to the outputs, the outputs last; takes what
  /// `callAsFunction` takes.
  func layers(_ weights: [Weight], _ inputs: Tensor) -> [TargetLayer]
}

/// One layer of a target network at work.
public struct TargetLayer {
  public let name: String
  /// What comes before the nonlinearity, [T, B, units].
  public let sum: Tensor
  /// What goes on to the next layer, [T, B, units]; `sum` itself where there is no nonlinearity.
  public let output: Tensor

  public init(name: String, sum: Tensor, output: Tensor) {
    self.name = name
    self.sum = sum
    self.output = output
  }
}

extension TargetNetwork {
  public var gain: Float { 1 }

  /// Of a network that does not say: its outputs alone.
  public func layers(_ weights: [Weight], _ inputs: Tensor) -> [TargetLayer] {
    let outputs = self(weights, inputs)
    return [TargetLayer(name: "y", sum: outputs, output: outputs)]
  }

  /// How many numbers one target network has.
  public var parameterCount: Int { tensors.reduce(0) { $0 + $1.shape.count } }
}
