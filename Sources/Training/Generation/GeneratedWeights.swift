import Autodiff
import Foundation
import Learning

/// One target network, its weights written by the hypernetwork for one context.
public struct GeneratedWeights: Sendable {
  public let context: [Float]
  /// Shapes and names of the target network, in its order; row-major numbers.
  public let tensors: [ProbeResult.Weights]
  /// What somebody needs to use them without Weft, as strings: experiment, step, context, and how
  /// the network computes with them.
  public let metadata: [(name: String, value: String)]

  /// The file: see ``Safetensors``.
  public var safetensors: Data {
    Safetensors.file(
      tensors.map { ($0.specification.name, $0.specification.shape.dimensions, $0.values) },
      metadata: metadata)
  }

  /// Writes a safetensors file, as a whole or not at all.
  public func write(to path: String) throws(SessionError) {
    try Files.write(safetensors, to: path)
  }
}

extension Run {
  /// Generates the weights of a target network.
  public func generate(_ choice: ContextChoice) throws(ContextError) -> GeneratedWeights {
    let context = try context(choice)
    let program = model.probeProgram()
    let plan = Plan(
      program.graph, outputs: program.weights, updates: false, variables: variables, threads: 1)
    _ = plan.input("context").update(fromContentsOf: context)
    plan.run()
    let tensors = zip(model.target.tensors, program.weights).map {
      ProbeResult.Weights(specification: $0, values: Array(plan.value($1)))
    }
    let origin: [(name: String, value: String)] = [
      ("format", "weft"), ("experiment", experiment.name), ("step", "\(step)"),
      ("seed", "\(seed)"),
      ("context", "[" + context.map(\.description).joined(separator: ", ") + "]"),
    ]
    return GeneratedWeights(
      context: context, tensors: tensors, metadata: origin + model.target.details)
  }
}
