import CKernels

/// An update by a gradient that is a product aᵀ b over few examples, as that of a hypernetwork's head
/// is: the gradient is made patch by patch, used while it is in the cache, and never stored as a
/// whole.
///
/// The operands are those of the update, with a in the gradient's place and b after the last.
struct ProductUpdate: UpdateOperation {
  let update: any GradientUpdate

  var name: String { "matmul · \(update.name)" }
  var written: [Int] { update.written }

  static func == (a: ProductUpdate, b: ProductUpdate) -> Bool {
    AnyHashable(a.update) == AnyHashable(b.update)
  }

  func hash(into hasher: inout Hasher) { hasher.combine(AnyHashable(update)) }

  /// The longest inner dimension for which making the gradient from a right side that is read where it
  /// lies costs less than storing and reading it.
  private static let longestInner = 64
  /// Columns and rows of a patch, which fits the cache. Of long rows, which come from memory, patches have
  /// long stretches, which it delivers faster.
  private static func patch(ofRows rows: Int, length: Int) -> (columns: Int, rows: Int) {
    if length >= 64 * 1024 { return (16 * 1024, 4) }
    return (512, rows < 96 ? 12 : 24)
  }

  /// Whether a product of two such layouts can be absorbed.
  static func canAbsorb(_ a: Layout, _ b: Layout) -> Bool {
    guard a.shape.dimensions.dropLast(2).allSatisfy({ $0 == 1 }), let right = Matrix(b),
      Matrix(a) != nil
    else { return false }
    return !right.isTransposed && right.rows <= longestInner && right.columns >= 16
  }

  var scratchCount: Int { 4 * (16 * 1024 + 64) }

  func kernel(_ site: Site) -> Kernel {
    guard let left = Matrix(site.operands[1].layout),
      let right = Matrix(site.operands[site.operands.count - 1].layout)
    else { preconditionFailure("\(name): layouts it did not accept") }
    let a = site.operands[1].pointer
    let b = site.operands[site.operands.count - 1].pointer
    let (m, n, k) = (left.rows, right.columns, left.columns)
    let (rowStride, innerStride) = left.isTransposed ? (1, left.stride) : (left.stride, 1)
    let ldb = right.stride
    let update = update.updater(site)
    let scratch = site.scratch
    let (width, height) = Self.patch(ofRows: m, length: n)
    // Patches one below the other, as products with such weights are cut by columns. The last ones take
    // what would be too narrow by itself.
    let across = max((n + width - 64) / width, 1)
    let down = (m + height - 1) / height
    let perElement = self.update.nanosecondsPerElement + Double(k) * 0.04
    var kernel = Kernel(
      units: down * across,
      nanosecondsPerUnit: perElement * Double(m * n) / Double(down * across) + 20
    ) { units, member in
      let patchGradient = scratch.of(member)
      for unit in units {
        let row = unit % down * height
        let column = unit / down * width
        let rows = min(height, m - row)
        let columns = unit / down == across - 1 ? n - column : width
        weft_product(
          patchGradient, columns, a + row * rowStride, rowStride, innerStride, b + column, ldb,
          rows, columns, k, nil, 0)
        // Whole rows follow each other.
        let patch =
          columns == n
          ? Patch(first: row * n, columns: rows * n)
          : Patch(first: row * n + column, rows: rows, stride: n, columns: columns)
        update(patch, patchGradient, columns)
      }
    }
    kernel.floatingPointOperations = 2 * Double(m) * Double(n) * Double(k)
    return kernel
  }
}
