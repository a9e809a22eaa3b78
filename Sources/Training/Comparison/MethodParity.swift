import Autodiff
import Foundation
import Learning

/// The first step of one of a method's stages of training in numbers: what it starts from and what it
/// makes of it, so that another implementation can compute it again. Numbers that begin at 0, such as
/// the second factor of an adapter, are drawn: they would hide what they multiply.
public enum MethodParity {
  /// Writes a safetensors file: `parameter/NAME`, `batch/NAME`, `loss`, `gradient/NAME` (before
  /// clipping) and, after the step, `updated/NAME`; the knobs are its metadata, and what the target
  /// network says of itself, `target.NAME`.
  /// - Parameter stage: the stage, from 0 on; the comparison's first method has it.
  public static func write(
    _ comparison: Comparison, stage: Int = 0, to path: String
  ) throws(SessionError) {
    guard let method = comparison.methods.first, let seed = comparison.seeds.first else { return }
    guard !method.stages.isEmpty else {
      throw SessionError("'\(method.choice.rawValue)' trains nothing, so there is no step to write")
    }
    let steps = method.stageStarts(steps: comparison.contestants[0][0].total)
    let first = steps[stage]
    let program = method.trainingProgram(
      stage: stage, steps: first..<max(steps[stage + 1], first + 1))
    let variables = Variables(method.variables.map { ($0.name, $0.shape) })
    method.initialize(variables, seed: seed)
    for (index, specification) in method.trainable.enumerated() {
      let values = variables.storage(specification.name)
      guard values.allSatisfy({ $0 == 0 }) else { continue }
      RandomKey(seed: seed, stream: .noise, step: index).fillNormal(values, deviation: 0.1)
    }
    let plan = Plan(
      program.graph, outputs: [program.loss] + program.gradients.map(\.tensor),
      variables: variables, threads: 1)
    let feed = program.feed(plan)
    feed.apply(comparison.knobs, seed: seed)
    feed.write(step: first)

    var tensors = StepRecord.entries("parameter", method.trainable.map(\.name), of: variables)
    tensors += StepRecord.run(plan, of: program)
    tensors += StepRecord.entries("updated", method.trainable.map(\.name), of: variables)

    let own = comparison.entries[0].settings.reduce(into: comparison.knobs) {
      $0[$1.knob] = $1.value
    }
    let metadata: [(name: String, value: String)] =
      [
        ("format", "weft-parity"), ("method", method.choice.rawValue),
        ("family", comparison.contest.name), ("seed", "\(seed)"),
        ("inputs", "\(method.family.inputCount)"), ("outputs", "\(method.family.outputCount)"),
        ("objective", method.family.objective.word),
        ("trained", program.gradients.map(\.name).joined(separator: ",")),
        ("optimizer", method.stages[stage].optimizer.rawValue), ("stage", "\(stage + 1)"),
      ] + method.target.details.map { ("target.\($0.name)", $0.value) }
      + own.knobs.map { ($0.name, own[$0.name]?.description ?? "") }
    try Files.write(
      Safetensors.file(tensors, metadata: metadata), to: path, makingFolders: false)
  }
}
