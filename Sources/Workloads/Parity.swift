import Autodiff
import Learning

/// One training step in numbers: what it starts from and what it makes of it, so that another
/// implementation can compute it again.
public struct ParityRecord {
  public typealias Entry = (name: String, shape: [Int], values: [Float])

  /// `parameter/NAME`, `batch/NAME`, `loss`, `gradient/NAME` (before clipping) and, after the step,
  /// `updated/NAME`.
  public let tensors: [Entry]
  public let metadata: [(name: String, value: String)]
}

extension Workload {
  /// The first step of a workload, by the plan that is timed.
  ///
  /// Such a plan need not keep the gradients. After a first step Adam's first moment is (1 − β₁) g, so
  /// they are taken from there, the very ones that changed the parameters; where they were clipped, they
  /// come from a second plan.
  public func parity(
    sizes: KnobValues? = nil, seed: UInt64 = 0, threads: Int = 1
  ) throws(KnobError) -> ParityRecord {
    let sizes = sizes ?? KnobValues(self.sizes)
    let run = try WorkloadRun(self, sizes: sizes, seed: seed, threads: threads)
    var tensors = run.parameterNames.map { run.entry($0, as: "parameter") }
    tensors += run.batchEntries
    let (loss, gradients) = try run.firstStep()
    tensors.append(("loss", [], [loss]))
    tensors += gradients
    tensors += run.parameterNames.map { run.entry($0, as: "updated") }
    let settings = sizes.knobs.map { knob in
      (knob.name, sizes[knob.name]?.description ?? "")
    }
    return ParityRecord(
      tensors: tensors,
      metadata: [("format", "weft-parity"), ("workload", name), ("seed", "\(seed)")] + settings)
  }
}

extension WorkloadRun {
  fileprivate func entry(_ name: String, as kind: String) -> ParityRecord.Entry {
    ("\(kind)/\(name)", variables.shape(name).dimensions, variables[name])
  }
}
