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

  /// One of so many blocks of about equal length, all but the last of a multiple of `grain`.
  static func block(_ index: Int, of count: Int, in length: Int, grain: Int) -> Range<Int> {
    func border(_ index: Int) -> Int {
      index == count ? length : length * index / count / grain * grain
    }
    return border(index)..<border(index + 1)
  }

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
struct Matrix: Equatable {
  let rows: Int
  let columns: Int
  let stride: Int
  let isTransposed: Bool

  /// The same numbers with rows and columns exchanged.
  var transposed: Matrix {
    Matrix(rows: columns, columns: rows, stride: stride, isTransposed: !isTransposed)
  }

  private init(rows: Int, columns: Int, stride: Int, isTransposed: Bool) {
    self.rows = rows
    self.columns = columns
    self.stride = stride
    self.isTransposed = isTransposed
  }

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
