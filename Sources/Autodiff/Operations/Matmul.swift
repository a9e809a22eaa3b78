import CKernels

/// Matrix products [..., M, K] · [..., K, N] → [..., M, N] with equal leading axes.
///
/// cotangents: a ← g bᵀ, b ← aᵀ g. Transposed operands are read where they lie.
struct Matmul: Summation, KernelSource {
  var name: String { "matmul" }

  func shape(of operands: [Shape]) throws(Misfit) -> Shape {
    let (a, b) = (operands[0], operands[1])
    let fits =
      a.rank >= 2 && a.rank == b.rank && a[a.rank - 1] == b[b.rank - 2]
      && a.dimensions.dropLast(2) == b.dimensions.dropLast(2)
    guard fits else {
      throw Misfit { "\($0[0]) and \($0[1]) do not fit [..., M, K] and [..., K, N]" }
    }
    var shape = a
    shape.dimensions[a.rank - 1] = b[b.rank - 1]
    return shape
  }

  /// The cotangent of a transposed operand is a product for what is transposed, seen transposed: so
  /// it lies in memory as that operand does.
  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    let (a, b) = (operands[0], operands[1])
    return [
      a.untransposed != nil
        ? b.matmul(cotangent.transposed()).transposed() : cotangent.matmul(b.transposed()),
      b.untransposed != nil
        ? cotangent.transposed().matmul(a).transposed() : a.transposed().matmul(cotangent),
    ]
  }

  var lowering: Lowering { .kernel(self) }

  func accepts(_ layout: Layout, asOperand index: Int) -> Bool { Matrix(layout) != nil }

  func canWrite(_ layout: Layout) -> Bool {
    guard let matrix = Matrix(layout) else { return false }
    return !matrix.isTransposed
  }

  var scratchCount: Int { Int(WEFT_PANEL) }

  func kernel(_ site: Site) -> Kernel {
    guard let a = Matrix(site.operands[0].layout), let b = Matrix(site.operands[1].layout),
      let c = Matrix(site.result.layout)
    else { preconditionFailure("matmul: a layout it did not accept") }
    if let folded = folded(site, a, b, c) { return folded }
    let product = Product(
      a: site.operands[0].pointer, b: site.operands[1].pointer, c: site.result.pointer,
      m: c.rows, n: c.columns, k: a.columns, left: a, right: b, ldc: c.stride)
    return product.kernel(
      a: batches(site.operands[0]), b: batches(site.operands[1]), c: batches(site.result),
      scratch: site.scratch)
  }

  /// One product for a whole batch: entries that share the right side, and whose rows follow each
  /// other on the left side and in the result.
  private func folded(_ site: Site, _ a: Matrix, _ b: Matrix, _ c: Matrix) -> Kernel? {
    let lead = site.result.layout.shape.rank - 2
    let batch = Layout.collapse((0..<lead).map { site.axis($0) })
    func follows(_ place: Place, _ matrix: Matrix) -> Bool {
      let own = Layout.collapse((0..<lead).map { place.axis($0) })
      return own.count == 1 && own[0].stride == matrix.rows * matrix.stride
    }
    guard batch.count == 1, batch[0].count > 1, !a.isTransposed, !c.isTransposed,
      (0..<lead).allSatisfy({
        site.operands[1].layout.strides[$0] == 0 || site.operands[1].layout.shape[$0] == 1
      }), follows(site.operands[0], a), follows(site.result, c)
    else { return nil }
    let product = Product(
      a: site.operands[0].pointer, b: site.operands[1].pointer, c: site.result.pointer,
      m: batch[0].count * c.rows, n: c.columns, k: a.columns, left: a, right: b, ldc: c.stride)
    return product.kernel(a: [0], b: [0], c: [0], scratch: site.scratch)
  }

  private func batches(_ place: Place) -> [Int] {
    place.layout.offsets(ofLeading: place.layout.shape.rank - 2)
  }
}

/// A product of two matrices cut along what is summed: [M, K] · [K, N] → [blocks, M, N], whose sum is
/// the product. Planning puts it in the place of some products.
struct MatmulInBlocks: Operation, KernelSource {
  let count: Int

  var name: String { "matmul" }
  var lowering: Lowering { .kernel(self) }
  var scratchCount: Int { Int(WEFT_PANEL) }

  func shape(of operands: [Shape]) -> Shape { [count, operands[0][0], operands[1][1]] }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    preconditionFailure("matmul in blocks: only plans have it, and no gradient is taken of a plan")
  }

  func accepts(_ layout: Layout, asOperand index: Int) -> Bool { Matrix(layout) != nil }

  func kernel(_ site: Site) -> Kernel {
    guard let a = Matrix(site.operands[0].layout), let b = Matrix(site.operands[1].layout) else {
      preconditionFailure("matmul: a layout it did not accept")
    }
    let whole = Product(
      a: site.operands[0].pointer, b: site.operands[1].pointer, c: site.result.pointer,
      m: a.rows, n: b.columns, k: a.columns, left: a, right: b, ldc: b.columns)
    return whole.kernel(blocks: count, scratch: site.scratch)
  }
}

/// A product and a matrix that is added to it: [M, K] · [K, N] + [M, N] → [M, N], with the numbers of
/// the one after the other and in the same bits. Planning puts it in the place of such sums that are
/// no part of a longer elementwise step.
struct MatmulAdd: Operation, KernelSource {
  /// Of the product; the sum may have the shape of a view of it.
  let rows, columns: Int

  var name: String { "matmul" }
  var label: String? { "matmul · add" }
  var lowering: Lowering { .kernel(self) }
  var scratchCount: Int { Int(WEFT_PANEL) }

  func shape(of operands: [Shape]) -> Shape { operands[2] }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    preconditionFailure("matmul · add: only plans have it, and no gradient is taken of a plan")
  }

  func accepts(_ layout: Layout, asOperand index: Int) -> Bool {
    index == 2 ? rowStride(layout) != nil : Matrix(layout) != nil
  }

  func canWrite(_ layout: Layout) -> Bool { matrix(layout).map { !$0.isTransposed } ?? false }

  /// From row to row of what is added, 0 for one row that is added to all.
  private func rowStride(_ layout: Layout) -> Int? {
    guard let layout = layout.reshaped(to: [rows, columns]), columns == 1 || layout.strides[1] == 1
    else { return nil }
    return rows == 1 ? 0 : layout.strides[0]
  }

  private func matrix(_ layout: Layout) -> Matrix? {
    layout.reshaped(to: [rows, columns]).flatMap(Matrix.init)
  }

  func kernel(_ site: Site) -> Kernel {
    guard let a = Matrix(site.operands[0].layout), let b = Matrix(site.operands[1].layout),
      let c = matrix(site.result.layout), let stride = rowStride(site.operands[2].layout)
    else { preconditionFailure("matmul · add: a layout it did not accept") }
    var product = Product(
      a: site.operands[0].pointer, b: site.operands[1].pointer, c: site.result.pointer,
      m: rows, n: columns, k: a.columns, left: a, right: b, ldc: c.stride)
    product.addend = (site.operands[2].pointer, stride)
    return product.kernel(a: [0], b: [0], c: [0], scratch: site.scratch)
  }
}

/// The last two axes of a layout as products want them: one axis without gaps, a stride for the other.
struct Matrix {
  let rows: Int
  let columns: Int
  let stride: Int
  let isTransposed: Bool

  init?(_ layout: Layout) {
    let rank = layout.shape.rank
    rows = layout.shape[rank - 2]
    columns = layout.shape[rank - 1]
    let (down, across) = (layout.strides[rank - 2], layout.strides[rank - 1])
    if (columns == 1 || across == 1) && (rows == 1 || down >= columns) {
      stride = rows == 1 ? columns : down
      isTransposed = false
      // A column with gaps is no vector.
      if columns == 1 && down != 1 && rows > 1 { return nil }
    } else if (rows == 1 || down == 1) && (columns == 1 || across >= rows) {
      stride = columns == 1 ? rows : across
      isTransposed = true
      if rows == 1 && across != 1 { return nil }
    } else {
      return nil
    }
  }
}

/// One matrix product with its pointers, and how it is divided.
private struct Product {
  let a, b, c: UnsafeMutablePointer<Float>
  let m, n, k: Int
  let left, right: Matrix
  let ldc: Int
  /// What is added to the result, and how far its rows are apart.
  var addend: (first: UnsafeMutablePointer<Float>, stride: Int)?

  /// A kernel over a batch, each entry a unit; or over the rows or columns of a single product. A
  /// number of the result does not depend on what is computed with it.
  func kernel(
    a offsetsA: [Int], b offsetsB: [Int], c offsetsC: [Int], scratch: Scratch
  ) -> Kernel {
    let operations = 2 * Double(m) * Double(n) * Double(k)
    let cost = operations / 100 + 50
    let (routine, cut) = (routine, cut)
    var kernel: Kernel
    if offsetsC.count != 1 {
      let (a, b, c, m, n) = (a, b, c, m, n)
      kernel = Kernel(units: offsetsC.count, nanosecondsPerUnit: cost) { units, member in
        let panel = scratch.of(member)
        for unit in units {
          routine(a + offsetsA[unit], b + offsetsB[unit], c + offsetsC[unit], m, n, nil, panel)
        }
      }
      kernel.touches = { [self] units in
        stretches(offsetsA[units], offsetsB[units], offsetsC[units])
      }
    } else {
      kernel = Kernel(units: cut.count, nanosecondsPerUnit: cost / Double(cut.count)) {
        [self] units, member in
        let part = part(units, cut)
        routine(
          part.a, part.b, part.c, part.m, part.n, part.addend?.first, scratch.of(member))
      }
      kernel.touches = { [self] in part($0, cut).stretches() }
    }
    kernel.floatingPointOperations = operations * Double(offsetsC.count)
    return kernel
  }

  /// A kernel over blocks of what is summed, with a result for each; the rows of a block can be divided.
  func kernel(blocks count: Int, scratch: Scratch) -> Kernel {
    let routines = (0..<count).map { block($0, of: count).routine }
    let strips = min(m, 4)
    let operations = 2 * Double(m) * Double(n) * Double(k)
    var kernel = Kernel(
      units: count * strips,
      nanosecondsPerUnit: (operations / 100 / Double(count) + 50) / Double(strips)
    ) { [self] units, member in
      eachBlock(units, strips: strips, of: count) { index, part in
        routines[index](part.a, part.b, part.c, part.m, n, nil, scratch.of(member))
      }
    }
    kernel.touches = { [self] units in
      var touches: [Stretch] = []
      eachBlock(units, strips: strips, of: count) { touches += $1.stretches() }
      return touches
    }
    kernel.floatingPointOperations = operations
    return kernel
  }

  /// The rows of blocks that are meant by strips of all of them.
  private func eachBlock(
    _ units: Range<Int>, strips: Int, of count: Int, _ body: (_ block: Int, Product) -> Void
  ) {
    var unit = units.lowerBound
    while unit < units.upperBound {
      let index = unit / strips
      let end = min(units.upperBound, (index + 1) * strips)
      let rows = m * (unit % strips) / strips..<m * (end - index * strips) / strips
      body(index, block(index, of: count).rows(rows))
      unit = end
    }
  }

  private func block(_ index: Int, of count: Int) -> Product {
    // Whole vectors where the numbers of a row are side by side along what is summed.
    let grain = left.isTransposed ? 1 : 16
    func border(_ index: Int) -> Int { index == count ? k : k * index / count / grain * grain }
    let (first, last) = (border(index), border(index + 1))
    return Product(
      a: a + (left.isTransposed ? first * left.stride : first),
      b: b + (right.isTransposed ? first : first * right.stride), c: c + index * m * n,
      m: m, n: n, k: last - first, left: left, right: right, ldc: ldc)
  }

  /// Along what a product is divided, and by how many rows or columns.
  private struct Cut {
    let isAlongRows: Bool
    let length: Int
    let grain: Int

    /// The last part takes what is left over.
    var count: Int { max(length / grain, 1) }

    func range(_ units: Range<Int>) -> Range<Int> {
      units.lowerBound * grain..<(units.upperBound == count ? length : units.upperBound * grain)
    }
  }

  /// Rows, as the steps before and after are cut as a rule, unless it takes longer to copy the right
  /// side for a few of them than to hand half of the left side and of the result from cache to cache.
  /// Strips of columns keep whole vectors together.
  private var cut: Cut {
    let (handed, copied) = (Double(m * (n + k)), Double(n * k))
    let fitsCache = n * k <= 256 * 1024
    let copying = copied * ((right.isTransposed ? 0.12 : 0.05) + (fitsCache ? 0 : 0.15))
    // The rows of what is summed over a batch lie across those of the steps before.
    let alongRows = copying + (left.isTransposed ? copied * 0.2 : 0)
    let alongColumns = copying / 2 + handed * 0.2 + 500
    if n == 1 || k == 1 || (m > 1 && (n < 64 || alongRows < alongColumns)) {
      return Cut(isAlongRows: true, length: m, grain: n == 1 ? 16 : 1)
    }
    return Cut(isAlongRows: false, length: n, grain: n < 512 ? 16 : 32)
  }

  private func part(_ units: Range<Int>, _ cut: Cut) -> Product {
    let range = cut.range(units)
    return cut.isAlongRows ? rows(range) : columns(range)
  }

  private func rows(_ range: Range<Int>) -> Product {
    let first = range.lowerBound
    return Product(
      a: a + (left.isTransposed ? first : first * left.stride), b: b, c: c + first * ldc,
      m: range.count, n: n, k: k, left: left, right: right, ldc: ldc,
      addend: addend.map { ($0.first + first * $0.stride, $0.stride) })
  }

  private func columns(_ range: Range<Int>) -> Product {
    let first = range.lowerBound
    return Product(
      a: a, b: b + (right.isTransposed ? first * right.stride : first), c: c + first,
      m: m, n: range.count, k: k, left: left, right: right, ldc: ldc,
      addend: addend.map { ($0.first + first, $0.stride) })
  }

  /// What is read and written by the entries of a batch with these offsets, or by this one product.
  private func stretches(
    _ offsetsA: ArraySlice<Int> = [0], _ offsetsB: ArraySlice<Int> = [0],
    _ offsetsC: ArraySlice<Int> = [0]
  ) -> [Stretch] {
    func stretch(
      _ first: UnsafeMutablePointer<Float>, _ offsets: ArraySlice<Int>, _ rows: Int,
      _ columns: Int, _ stride: Int, isWritten: Bool = false
    ) -> Stretch {
      guard let low = offsets.min(), let high = offsets.max(), rows > 0, columns > 0 else {
        return Stretch(first, count: 0, isWritten: isWritten)
      }
      return Stretch(
        first + low, count: high - low + (rows - 1) * stride + columns, isWritten: isWritten)
    }
    return [
      stretch(a, offsetsA, left.isTransposed ? k : m, left.isTransposed ? m : k, left.stride),
      stretch(b, offsetsB, right.isTransposed ? n : k, right.isTransposed ? k : n, right.stride),
      stretch(c, offsetsC, m, n, ldc, isWritten: true),
    ] + (addend.map { [stretch($0.first, [0], m, n, $0.stride)] } ?? [])
  }

  /// Computes products of any number of rows and columns, and adds `d`, if there is one.
  private typealias Routine = (
    _ a: UnsafeMutablePointer<Float>, _ b: UnsafeMutablePointer<Float>,
    _ c: UnsafeMutablePointer<Float>, _ m: Int, _ n: Int, _ d: UnsafeMutablePointer<Float>?,
    _ panel: UnsafeMutablePointer<Float>
  ) -> Void

  /// The routine for a product of this size and its parts.
  private var routine: Routine {
    let (k, lda, ldb, ldc, ldd) = (k, left.stride, right.stride, ldc, addend?.stride ?? 0)
    let (down, along) = left.isTransposed ? (1, lda) : (lda, 1)
    // Few rows do not pay for copying the right side.
    let isOfFewDots =
      right.isTransposed && !left.isTransposed && (m <= 4 || (m <= 8 && k >= 256))
    let isReadInPlace =
      !right.isTransposed && n >= 4
      && (m <= 8 || k <= 16 || k * n <= 16 * 1024 || (m <= 32 && k <= 64))
    if m > 1, n > 1, k > 1, !isOfFewDots {
      let isTransposed: Int32 = right.isTransposed ? 1 : 0
      return isReadInPlace
        ? { a, b, c, m, n, d, _ in
          weft_product(c, ldc, a, down, along, b, ldb, m, n, k, d, ldd)
        }
        : { a, b, c, m, n, d, panel in
          weft_product_packed(
            c, ldc, a, down, along, b, ldb, isTransposed, m, n, k, d, ldd, panel)
        }
    }
    let plain = isOfFewDots && m > 1 && n > 1 && k > 1 ? dots : thin
    return { a, b, c, m, n, d, _ in
      plain(a, b, c, m, n)
      guard let d else { return }
      for row in 0..<m {
        weft_apply(WEFT_ADD, c + row * ldc, c + row * ldc, d + row * ldd, nil, 0, n)
      }
    }
  }

  private typealias PlainRoutine = (
    _ a: UnsafeMutablePointer<Float>, _ b: UnsafeMutablePointer<Float>,
    _ c: UnsafeMutablePointer<Float>, _ m: Int, _ n: Int
  ) -> Void

  private var dots: PlainRoutine {
    let (k, lda, ldb, ldc) = (k, left.stride, right.stride, ldc)
    return { a, b, c, m, n in weft_product_of_dots(c, ldc, a, lda, b, ldb, m, n, k) }
  }

  /// Where one dimension is 1.
  private var thin: PlainRoutine {
    let (k, lda, ldb, ldc) = (k, left.stride, right.stride, ldc)
    if m == 1 && n == 1 { return { a, b, c, _, _ in c[0] = weft_dot(a, b, k) } }
    if k == 1 { return { a, b, c, m, n in weft_outer(c, ldc, a, b, m, n) } }
    if n == 1 {
      return left.isTransposed
        ? { a, b, c, m, _ in weft_vector_matrix(c, b, a, lda, k, m) }
        : { a, b, c, m, _ in weft_matrix_vector(c, a, lda, b, m, k) }
    }
    return right.isTransposed
      ? { a, b, c, _, n in weft_matrix_vector(c, b, ldb, a, n, k) }
      : { a, b, c, _, n in weft_vector_matrix(c, a, b, ldb, k, n) }
  }
}

extension Place {
  /// An axis of the layout.
  fileprivate func axis(_ index: Int) -> Layout.Axis {
    Layout.Axis(count: layout.shape[index], stride: layout.strides[index])
  }
}

extension Site {
  fileprivate func axis(_ index: Int) -> Layout.Axis { result.axis(index) }
}

extension Tensor {
  /// What this is a view of with its last two axes exchanged, if it is one.
  var untransposed: Tensor? {
    let rank = shape.rank
    guard let transpose = operation as? Transpose,
      transpose.axes == Array(0..<rank - 2) + [rank - 1, rank - 2]
    else { return nil }
    return operands[0]
  }

  /// A product aᵀ b summed over its batch down to `target` as one product over all rows of the batch,
  /// or nil if it is none. A product seen transposed, (aᵀ b)ᵀ, counts as bᵀ a.
  func productSummed(to target: Shape) -> Tensor? {
    let rank = shape.rank
    var (product, isTransposed) = (self, false)
    while let inner = product.untransposed { (product, isTransposed) = (inner, !isTransposed) }
    guard product.operation is Matmul, rank > 2,
      target.dimensions.suffix(2) == shape.dimensions.suffix(2),
      target.dimensions.dropLast(2).allSatisfy({ $0 == 1 }),
      let a = product.operands[0].untransposed
    else { return nil }
    func rows(_ x: Tensor) -> Tensor {
      let columns = x.shape[rank - 1]
      return x.reshaped(to: [x.shape.dimensions.dropLast().reduce(1, *), columns])
    }
    let b = product.operands[1]
    let (left, right) = isTransposed ? (b, a) : (a, b)
    return rows(left).transposed().matmul(rows(right)).reshaped(to: target)
  }

  /// Σ aᵢ bᵢ of products of one shape as one product, the aᵢ side by side and the bᵢ one below the
  /// other.
  static func sum(ofProducts products: [Tensor]) -> Tensor {
    let ordered = products.sorted {
      let (a, b) = ($0.operands[0], $1.operands[0])
      return (a.untransposed ?? a).index < (b.untransposed ?? b).index
    }
    let rank = ordered[0].shape.rank
    let left = ordered.map { $0.operands[0] }
    let upright = left.compactMap(\.untransposed)
    let a =
      upright.count == left.count
      ? concatenate(upright, axis: rank - 2).transposed() : concatenate(left, axis: rank - 1)
    return a.matmul(concatenate(ordered.map { $0.operands[1] }, axis: rank - 2))
  }

  /// The matrix product over the last two axes: [..., M, K] · [..., K, N] → [..., M, N].
  ///
  /// Leading axes are the batch and broadcast. A right side of rank 2 is shared by the batch, which
  /// is then folded into the rows: one product.
  public func matmul(_ other: Tensor) -> Tensor {
    let (a, b) = (shape, other.shape)
    require(
      a.rank >= 2 && b.rank >= 2 && a[a.rank - 1] == b[b.rank - 2],
      "matmul: \(words) and \(other.words) do not fit [..., M, K] and [..., K, N]")
    if b.rank == 2 && a.rank > 2 {
      var result = a
      result.dimensions[a.rank - 1] = b[1]
      let rows = reshaped(to: [a.dimensions.dropLast().reduce(1, *), b[0]])
      return rows.matmul(other).reshaped(to: result)
    }
    let leadA = Shape(Array(a.dimensions.dropLast(2)))
    let leadB = Shape(Array(b.dimensions.dropLast(2)))
    guard let lead = leadA.broadcast(with: leadB) else {
      refuse("matmul: the leading axes of \(words) and \(other.words) do not broadcast")
    }
    let left = broadcast(to: Shape(lead.dimensions + a.dimensions.suffix(2)))
    let right = other.broadcast(to: Shape(lead.dimensions + b.dimensions.suffix(2)))
    return graph.append(a[a.rank - 1] == 1 ? Outer() : Matmul(), [left, right])
  }
}
