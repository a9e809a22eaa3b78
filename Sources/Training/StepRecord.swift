import Autodiff
import Foundation
import Learning

/// A training step in numbers, for whoever computes it again elsewhere.
enum StepRecord {
  typealias Entry = (name: String, shape: [Int], values: [Float])

  /// Variables as they are, as `kind/NAME`.
  static func entries(_ kind: String, _ names: [String], of variables: Variables) -> [Entry] {
    names.map { ("\(kind)/\($0)", variables.shape($0).dimensions, variables[$0]) }
  }

  /// The inputs of a step, as `batch/NAME`, and, after it was run, `loss` and every `gradient/NAME`.
  static func run(_ plan: Plan, of program: TrainingProgram) -> [Entry] {
    let inputs = program.graph.inputShapes.map { name, shape -> Entry in
      ("batch/\(name)", shape.dimensions, Array(plan.input(name)))
    }
    plan.run()
    return inputs + [("loss", [], [plan.value(program.loss)[0]])]
      + program.gradients.map { name, tensor in
        ("gradient/\(name)", tensor.shape.dimensions, Array(plan.value(tensor)))
      }
  }
}

extension Objective {
  var word: String {
    switch self {
    case .squaredError: "squared-error"
    case .crossEntropy: "cross-entropy"
    case .occupancy: "occupancy"
    case .signedDistance(let limit): "signed-distance \(limit)"
    }
  }
}

extension Run {
  /// Writes the step that comes next as a safetensors file, as `weft bench --parity` does: beside
  /// `parameter/`, `batch/`, `loss`, `gradient/` and `updated/` all that is carried from step to step, as
  /// `state/NAME`. The run itself does not go on.
  /// - Throws: where tasks do not come one after another, and no architectures are searched.
  public func writeNextStep(to path: String) throws(SessionError) {
    let sizes: (inputs: Int, outputs: Int, objective: Objective)
    if let model = model as? HypernetworkModel, model.scheme.isContinual {
      sizes = (model.family.inputCount, model.family.outputCount, model.family.objective)
    } else if let model = model as? ArchitectureModel {
      sizes = (model.frame.pixels, model.frame.classes, .crossEntropy)
    } else {
      throw SessionError(
        "\(experiment.name) has no step to write; 'weft compare FAMILY --parity' and "
          + "'weft bench WORKLOAD --parity' have")
    }
    let program = model.trainingProgram()
    let copy = Variables(model.variables.map { ($0.name, $0.shape) })
    for name in model.variables.map(\.name) { copy[name] = variables[name] }
    for transition in program.transitions(step) { transition.perform(on: copy) }
    let plan = Plan(
      program.graph, outputs: [program.loss] + program.gradients.map(\.tensor), variables: copy,
      threads: 1)
    let feed = program.feed(plan)
    feed.apply(knobs, seed: seed)
    feed.write(step: step)
    let parameters = model.parameters.map(\.name)
    var tensors = StepRecord.entries("parameter", parameters, of: copy)
    tensors += StepRecord.entries(
      "state", model.variables.map(\.name).filter { !parameters.contains($0) }, of: copy)
    tensors += StepRecord.run(plan, of: program)
    tensors += StepRecord.entries("updated", parameters, of: copy)
    let metadata: [(name: String, value: String)] =
      [
        ("format", "weft-parity"), ("experiment", experiment.name), ("seed", "\(seed)"),
        ("step", "\(step)"), ("inputs", "\(sizes.inputs)"), ("outputs", "\(sizes.outputs)"),
        ("objective", sizes.objective.word),
        ("trained", program.gradients.map(\.name).joined(separator: ",")),
      ] + knobs.knobs.map { ($0.name, knobs[$0.name]?.description ?? "") }
    try Files.write(Safetensors.file(tensors, metadata: metadata), to: path, makingFolders: false)
  }
}
