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

  /// Whether a product of two such layouts can be absorbed.
  static func canAbsorb(_ a: Layout, _ b: Layout) -> Bool {
    guard a.shape.dimensions.dropLast(2).allSatisfy({ $0 == 1 }), let right = Matrix(b),
      Matrix(a) != nil
    else { return false }
    return !right.isTransposed && right.rows <= longestInner && right.columns >= 16
  }

  var scratchCount: Int { ProductGradient.scratchCount }

  func kernel(_ site: Site) -> Kernel {
    let gradient = ProductGradient(site, update.updater(site, isCounted: true))
    // Patches one below the other are neighbours, so that a thread has columns of its own, as in the
    // products with such weights.
    let (down, across) = (gradient.bands, gradient.strips(in: 0..<gradient.columns))
    let perElement = update.nanosecondsPerElement + Double(gradient.inner) * 0.04
    let count = gradient.rows * gradient.columns
    var kernel = Kernel(
      units: down * across,
      nanosecondsPerUnit: perElement * Double(count) / Double(down * across) + 20
    ) { units, member in
      for unit in units {
        gradient.update(
          gradient.band(unit % down),
          gradient.strip(unit / down, of: across, in: 0..<gradient.columns), member)
      }
    }
    kernel.floatingPointOperations = 2 * Double(count) * Double(gradient.inner)
    return kernel
  }
}

/// The last product with a weight, g Wᵀ, and the update of the weight by its gradient aᵀ g, patch by patch:
/// while a patch of the weight is in the cache it is used for the product, and then updated.
///
/// The operands are those of a ``ProductUpdate``: W [K, N] first, a in the gradient's place, g [T, N] last.
/// The result is that of the product: [T, K], or [K, T] with the weight on the left; with blocks in
/// front of it if the product is cut along what is summed (see `Blocks.swift`).
struct PassingUpdate: UpdateOperation {
  let update: any GradientUpdate
  let product: Shape
  let isWeightLeft: Bool

  var name: String { "matmul" }
  var label: String? { "matmul · matmul · \(update.name)" }
  var written: [Int] { update.written }

  static func == (a: PassingUpdate, b: PassingUpdate) -> Bool {
    AnyHashable(a.update) == AnyHashable(b.update) && a.product == b.product
      && a.isWeightLeft == b.isWeightLeft
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(AnyHashable(update))
    hasher.combine(product)
    hasher.combine(isWeightLeft)
  }

  /// Numbers of a weight that is worth it: smaller ones, with their moments, stay in the last cache.
  private static let leastCount = 2 << 20
  /// Rows of the product, of which every number is a sum in lanes: more take longer to compute than the
  /// weight to bring.
  private static let mostRows = 16

  static func pays(_ weight: Layout, _ factor: Layout) -> Bool {
    weight.shape.count >= leastCount && factor.shape[factor.shape.rank - 2] <= mostRows
  }

  /// - Parameters:
  ///   - update: that of the weight.
  ///   - value: the product, perhaps.
  ///   - weight: operand 0 of the update.
  ///   - factor: g, the last operand of the update.
  /// - Returns: nil if the value is no product of these two.
  init?(_ update: ProductUpdate, _ value: Value, weight: Reference, factor: Reference) {
    guard case .kernel = value.kind, value.operation is Matmul || value.operation is MatmulInBlocks,
      value.operands[0].layout.shape.rank == 2, value.layout.isContiguous,
      let w = Matrix(weight.layout), let g = Matrix(factor.layout)
    else { return nil }
    func isSeen(_ source: Reference, by operand: Int, as matrix: Matrix) -> Bool {
      let seen = value.operands[operand]
      return seen.value == source.value && seen.layout.offset == source.layout.offset
        && Matrix(seen.layout) == matrix
    }
    if isSeen(factor, by: 0, as: g), isSeen(weight, by: 1, as: w.transposed) {
      isWeightLeft = false
    } else if isSeen(weight, by: 0, as: w), isSeen(factor, by: 1, as: g.transposed) {
      isWeightLeft = true
    } else {
      return nil
    }
    self.update = update.update
    product = value.shape
  }

  func shape(of operands: [Shape]) -> Shape { product }

  var scratchCount: Int { ProductGradient.scratchCount }

  func kernel(_ site: Site) -> Kernel {
    let gradient = ProductGradient(site, update.updater(site, isCounted: false))
    let (rows, columns, inner) = (gradient.rows, gradient.columns, gradient.inner)
    let blocks = product.rank == 3 ? product[0] : 1
    let ranges = (0..<blocks).map {
      MatmulInBlocks.block($0, of: blocks, in: columns, grain: 16)
    }
    let weight = site.operands[0].pointer
    let (g, ldg) = (gradient.right, gradient.rightStride)
    let (result, isWeightLeft) = (site.result.pointer, isWeightLeft)
    let down = gradient.bands
    let perElement = update.nanosecondsPerElement + Double(inner) * 0.08
    let count = rows * columns
    var kernel = Kernel(
      units: down * blocks,
      nanosecondsPerUnit: perElement * Double(count) / Double(down * blocks) + 20
    ) { units, member in
      for unit in units {
        let (block, band) = (unit / down, gradient.band(unit % down))
        let strips = gradient.strips(in: ranges[block])
        let c = result + block * rows * inner
        for index in 0..<strips {
          let strip = gradient.strip(index, of: strips, in: ranges[block])
          let w = weight + band.lowerBound * columns + strip.lowerBound
          let goesOn: Int32 = index > 0 ? 1 : 0
          if isWeightLeft {
            weft_product_of_dots(
              c + band.lowerBound * inner, inner, w, columns, g + strip.lowerBound, ldg, band.count,
              inner, strip.count, goesOn)
          } else {
            weft_product_of_dots(
              c + band.lowerBound, rows, g + strip.lowerBound, ldg, w, columns, inner, band.count,
              strip.count, goesOn)
          }
          gradient.update(band, strip, member)
        }
      }
    }
    kernel.floatingPointOperations = 4 * Double(count) * Double(inner)
    return kernel
  }
}

/// The gradient aᵀ b of a parameter [rows, columns] made patch by patch, and what each is used for.
private struct ProductGradient {
  let rows, columns, inner: Int
  /// b.
  let right: UnsafeMutablePointer<Float>
  let rightStride: Int
  private let left: UnsafeMutablePointer<Float>
  private let down, along: Int
  private let update: PatchUpdater
  private let scratch: Scratch
  /// Columns and rows of a patch, which fits the cache.
  private let width, height: Int

  static let scratchCount = 4 * (16 * 1024 + 64)

  init(_ site: Site, _ update: @escaping PatchUpdater) {
    let last = site.operands[site.operands.count - 1]
    guard let a = Matrix(site.operands[1].layout), let b = Matrix(last.layout) else {
      preconditionFailure("matmul: layouts it did not accept")
    }
    (rows, columns, inner) = (a.rows, b.columns, a.columns)
    (right, rightStride) = (last.pointer, b.stride)
    left = site.operands[1].pointer
    (down, along) = a.isTransposed ? (1, a.stride) : (a.stride, 1)
    self.update = update
    scratch = site.scratch
    // Of long rows, which come from memory, patches have long stretches, which it delivers faster.
    (width, height) = columns >= 64 * 1024 ? (16 * 1024, 4) : (512, rows < 96 ? 12 : 24)
  }

  var bands: Int { (rows + height - 1) / height }

  func band(_ index: Int) -> Range<Int> { index * height..<min((index + 1) * height, rows) }

  /// How many patches are side by side in these columns. The last one takes what would be too narrow
  /// by itself.
  func strips(in columns: Range<Int>) -> Int { max((columns.count + width - 64) / width, 1) }

  func strip(_ index: Int, of count: Int, in columns: Range<Int>) -> Range<Int> {
    let first = columns.lowerBound + index * width
    return first..<(index == count - 1 ? columns.upperBound : first + width)
  }

  func update(_ band: Range<Int>, _ strip: Range<Int>, _ member: Int) {
    let gradient = scratch.of(member)
    weft_product(
      gradient, strip.count, left + band.lowerBound * down, down, along, right + strip.lowerBound,
      rightStride, band.count, strip.count, inner, nil, 0)
    // Whole rows follow each other in the parameter, so they are one long row.
    let patch =
      strip.count == columns
      ? Patch(first: band.lowerBound * columns, columns: band.count * columns)
      : Patch(
        first: band.lowerBound * columns + strip.lowerBound, rows: band.count, stride: columns,
        columns: strip.count)
    update(patch, gradient, strip.count)
  }
}
