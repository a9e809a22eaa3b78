import Autodiff
import Foundation
import Learning

/// What is generated for a code, and how well that network classifies: of an architecture, or of what lies
/// between two.
final class ArchitectureProbe: Probe {
  private let model: ArchitectureModel
  private let variables: Variables
  private var planned: [ArchitectureModel.Extent: Planned] = [:]
  /// What those of the table came to, by canonical form.
  private lazy var trained: [Architecture: Float] = Dictionary(
    (model.trainedTable?.rows ?? []).map { ($0.architecture.canonical, $0.accuracy) },
    uniquingKeysWith: { first, _ in first })

  /// Images a prediction is of.
  private static let images = 100

  /// A plan for one code, in which most are faster than in the largest.
  private struct Planned {
    let program: (graph: Graph, outputs: Tensor, weights: [Tensor])
    let plan: Plan
    let tensors: [TensorSpecification]
  }

  init(_ model: ArchitectureModel) {
    self.model = model
    variables = Variables(model.parameters.map { ($0.name, $0.shape) })
  }

  func load(_ parameters: Parameters) -> Bool { variables.load(parameters) }

  private func planned(_ extent: ArchitectureModel.Extent) -> Planned {
    if let planned = planned[extent] { return planned }
    let count = min(Self.images, model.images.validation.count)
    let program = model.predictionProgram(rows: 1, images: count, extent: extent)
    let made = Planned(
      program: program,
      plan: Plan(
        program.graph, outputs: program.weights + [program.outputs], updates: false,
        variables: variables), tensors: model.tensors(of: extent))
    let x = made.plan.input("x")
    for i in x.indices { x[i] = model.images.validation.pixels[i] }
    planned[extent] = made
    return made
  }

  /// Runs the plan of the smallest extent that has room for a context; nil where it is none.
  private func run(_ context: [Float]) -> Planned? {
    guard context.count == model.code.count else { return nil }
    let small = model.code.narrowed(context, to: model.code(of: .trained))
    let planned = planned(small == nil ? .large : .trained)
    _ = planned.plan.input("codes").update(fromContentsOf: small ?? context)
    planned.plan.run()
    return planned
  }

  func answer(_ question: ContextQuestion) -> ProbeResult? {
    guard let planned = run(question.context) else { return nil }
    return ProbeResult(
      context: question.context, step: question.snapshot.step, reference: question.reference,
      weights: weights(planned),
      behaviour: .network(
        behaviour(question.context, outputs: planned.plan.value(planned.program.outputs))))
  }

  func weights(_ context: [Float], task: Int?) -> [ProbeResult.Weights]? {
    run(context).map(weights)
  }

  func account(of context: [Float]) -> NetworkAccount? {
    guard let planned = run(context) else { return nil }
    let x = planned.plan.input("x")
    let outputs = planned.plan.value(planned.program.outputs)
    let (pixels, classes) = (model.frame.pixels, model.frame.classes)
    let images = 0..<outputs.count / classes
    return NetworkAccount(
      details: model.details(of: context),
      inputs: images.map { Array(x[$0 * pixels..<($0 + 1) * pixels]) },
      outputs: images.map { Array(outputs[$0 * classes..<($0 + 1) * classes]) })
  }

  /// As the largest network has them: what a smaller one has not is 0.
  private func weights(_ planned: Planned) -> [ProbeResult.Weights] {
    let own = Dictionary(
      uniqueKeysWithValues: zip(planned.tensors, planned.program.weights).map {
        ($0.name, ($0, $1))
      })
    return model.tensors(of: .large).map { large in
      guard let (small, tensor) = own[large.name] else {
        return .init(
          specification: large, values: Array(repeating: 0, count: large.shape.count))
      }
      let values = planned.plan.value(tensor)
      return .init(
        specification: large,
        values: small.shape == large.shape
          ? Array(values) : Self.widened(values, small.shape, to: large.shape))
    }
  }

  /// Numbers of a shape in the first places of a larger one, zeros elsewhere.
  private static func widened(
    _ values: UnsafeBufferPointer<Float>, _ shape: Shape, to large: Shape
  ) -> [Float] {
    [Float](unsafeUninitializedCapacity: large.count) { result, count in
      result.initialize(repeating: 0)
      count = large.count
      // A row of the last axis at a time.
      let (row, wide) = (shape.dimensions.last ?? 1, large.dimensions.last ?? 1)
      for first in stride(from: 0, to: values.count, by: max(row, 1)) {
        var (rest, place, stride) = (first / row, 0, wide)
        for axis in shape.dimensions.indices.dropLast().reversed() {
          place += rest % shape[axis] * stride
          rest /= shape[axis]
          stride *= large[axis]
        }
        _ = UnsafeMutableBufferPointer(rebasing: result[place..<place + row])
          .update(fromContentsOf: UnsafeBufferPointer(rebasing: values[first..<first + row]))
      }
    }
  }

  private func behaviour(
    _ context: [Float], outputs: UnsafeBufferPointer<Float>
  ) -> Behaviour.Network {
    let architecture = model.code.architecture(context)
    let labels = model.images.validation.labels
    let classes = model.frame.classes
    var tally = ClassificationTally()
    for image in 0..<outputs.count / classes {
      tally.add(outputs[image * classes..<(image + 1) * classes], label: labels[image])
    }
    return Behaviour.Network(
      architecture: architecture, isBetween: model.code.code(of: architecture) != context,
      accuracy: tally.accuracy, loss: tally.loss, images: tally.count,
      size: NetworkSize(architecture, in: model.frame), space: model.space,
      trained: trained[architecture.canonical])
  }
}
