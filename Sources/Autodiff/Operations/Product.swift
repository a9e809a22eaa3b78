import CKernels

/// One matrix product with its pointers, and how it is divided.
struct Product {
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
    let range = MatmulInBlocks.block(index, of: count, in: k, grain: left.isTransposed ? 1 : 16)
    let first = range.lowerBound
    return Product(
      a: a + (left.isTransposed ? first * left.stride : first),
      b: b + (right.isTransposed ? first : first * right.stride), c: c + index * m * n,
      m: m, n: n, k: range.count, left: left, right: right, ldc: ldc)
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
    // Few rows do not pay for copying the right side: where sums in lanes were measured to take less time
    // with AVX-512, and not much more with AVX2.
    let isOfFewDots =
      right.isTransposed && !left.isTransposed
      && (m <= 4 || (m <= 12 && k >= 64) || (m <= 16 && (k >= 128 || n <= 12)))
    let isReadInPlace =
      !right.isTransposed && n >= 4
      && (m <= 8 || k <= 16 || k * n <= 16 * 1024 || (m <= 32 && k <= 64))
    let isThin = m == 1 || n == 1 || k == 1
    if !isThin, !isOfFewDots {
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
    let plain = isThin ? thin : dots
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
    return { a, b, c, m, n in weft_product_of_dots(c, ldc, a, lda, b, ldb, m, n, k, 0) }
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
