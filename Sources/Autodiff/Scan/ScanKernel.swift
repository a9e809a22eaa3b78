/// A scan as one step of a plan: its body's kernels over and over.
///
/// The body is planned once. Its values lie in a workspace of the plan around it, the same at all
/// times. What differs from time to time, slices and carries and outputs, lies where the operands and
/// the result are; only tile programs read or write it there, and their streams are moved.
final class ScanKernel: KernelSource {
  private let scan: Scan
  private lazy var loop = Loop(scan)

  init(_ scan: Scan) { self.scan = scan }

  /// A sequence's slices may be anywhere, as long as each is in one piece.
  func accepts(_ layout: Layout, asOperand index: Int) -> Bool {
    index < scan.body.slices.count
      ? layout.sliced(axis: 0, from: 0, count: 1).isContiguous : layout.isContiguous
  }

  var scratchCount: Int { loop.scratchCount }
  var workspaceCount: Int { loop.arena.count }
  var label: String? { "scan \(scan.length) × \(loop.schedule.steps.count) steps" }

  func kernel(_ site: Site) -> Kernel {
    let run = LoopRun(loop, site)
    var kernel = Kernel(nanosecondsPerUnit: run.nanoseconds) { _, member in run.run(member) }
    kernel.floatingPointOperations = run.floatingPointOperations
    return kernel
  }
}
