import CKernels

/// An update by a gradient that is a sum of a few blocks (see `Blocks.swift`): they are added up
/// stretch by stretch where the sum is used, and their sum is never stored as a whole.
///
/// The operands are those of the update, with the blocks [blocks, …] in the gradient's place.
struct SumUpdate: UpdateOperation {
  let update: any GradientUpdate
  let blocks: Int

  var name: String { update.name }
  var written: [Int] { update.written }

  static func == (a: SumUpdate, b: SumUpdate) -> Bool {
    AnyHashable(a.update) == AnyHashable(b.update) && a.blocks == b.blocks
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(AnyHashable(update))
    hasher.combine(blocks)
  }

  /// Whether a sum over the first axis of such a layout can be absorbed.
  static func canAbsorb(_ sum: Sum, _ layout: Layout) -> Bool {
    sum.axes == 0..<1 && (1...4).contains(layout.shape[0]) && layout.isContiguous
  }

  private static let stretch = 2048

  var scratchCount: Int { Self.stretch }

  func kernel(_ site: Site) -> Kernel {
    let count = site.operands[0].layout.shape.count
    let gradients = site.operands[1].pointer
    let update = update.updater(site, isCounted: true)
    let (blocks, scratch) = (blocks, site.scratch)
    return blockwise(
      count, nanosecondsPerElement: self.update.nanosecondsPerElement + 0.1 * Double(blocks)
    ) { first, length, member in
      let sum = scratch.of(member)
      for start in stride(from: first, to: first + length, by: Self.stretch) {
        let columns = min(Self.stretch, first + length - start)
        weft_sum_rows(sum, gradients + start, blocks, columns, count)
        update(Patch(first: start, columns: columns), sum, 0)
      }
    }
  }
}
