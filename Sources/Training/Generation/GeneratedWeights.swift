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

  /// What the network makes of the inputs that are shown for this context's task: rows of inputs,
  /// and of outputs.
  public let inputs: [[Float]]
  public let outputs: [[Float]]

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

  /// Writes inputs and outputs as CSV, one example a line, every number as many digits as it has.
  public func writePredictions(to path: String) throws(SessionError) {
    guard !inputs.isEmpty else {
      throw SessionError(
        "there are no inputs to write with their outputs: these weights work inside of a larger "
          + "network; leave --predictions away")
    }
    let names =
      (1...(inputs.first?.count ?? 1)).map { "x\($0)" }
      + (1...(outputs.first?.count ?? 1)).map { "y\($0)" }
    let lines = zip(inputs, outputs).map { ($0 + $1).map(\.description) }
    let text = ([names] + lines).map { $0.joined(separator: ",") + "\n" }.joined()
    try Files.write(Data(text.utf8), to: path)
  }
}

extension Run {
  /// Generates the weights of a target network.
  public func generate(_ choice: ContextChoice) throws(ContextError) -> GeneratedWeights {
    guard let model = model as? HypernetworkModel else { return try probed(choice) }
    guard model.conditioning != .input else {
      throw ContextError(
        "with --set conditioning=input every input has weights of its own, so there is no network to "
          + "write down; choose another conditioning")
    }
    let context = try context(choice)
    let program = model.probeProgram()
    let plan = Plan(
      program.graph, outputs: program.weights + [program.outputs], updates: false,
      variables: variables, threads: 1)
    _ = plan.input("context").update(fromContentsOf: context)
    model.lendLayers(of: task(choice), to: plan)
    model.family.fillPicture(reference: task(choice), x: plan.input("x"))
    plan.run()
    let tensors = zip(model.target.tensors, program.weights).map {
      ProbeResult.Weights(specification: $0, values: Array(plan.value($1)))
    }
    return GeneratedWeights(
      context: context, tensors: tensors, metadata: origin(context) + model.target.details,
      inputs: rows(UnsafeBufferPointer(plan.input("x")), of: model.family.inputCount),
      outputs: rows(plan.value(program.outputs), of: model.family.outputCount))
  }

  /// The weights as whoever answers questions about contexts sees them.
  private func probed(_ choice: ContextChoice) throws(ContextError) -> GeneratedWeights {
    let context = try context(choice)
    let probe = model.probe()
    guard probe.load(parameters()), let weights = probe.weights(context, task: task(choice)) else {
      throw ContextError("nothing is generated for this context")
    }
    let account = probe.account(of: context)
    return GeneratedWeights(
      context: context, tensors: weights, metadata: origin(context) + (account?.details ?? []),
      inputs: account?.inputs ?? [], outputs: account?.outputs ?? [])
  }

  private func origin(_ context: [Float]) -> [(name: String, value: String)] {
    [
      ("format", "weft"), ("experiment", experiment.name), ("step", "\(step)"),
      ("seed", "\(seed)"),
      ("context", "[" + context.map(\.description).joined(separator: ", ") + "]"),
    ]
  }

  private func rows(_ numbers: UnsafeBufferPointer<Float>, of width: Int) -> [[Float]] {
    stride(from: 0, to: numbers.count, by: width).map { Array(numbers[$0..<$0 + width]) }
  }
}
