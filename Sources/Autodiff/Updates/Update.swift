/// A change of variables at the end of a run, or as if it came then; see ``Graph/update(_:)``.
public protocol Update {
  func place(in graph: Graph)
}

/// The lowering of an update: a step that writes variables among its operands. It has no result, unless
/// it takes over a step that has one (``PassingUpdate``).
protocol UpdateOperation: Operation, KernelSource {
  /// The operands it writes, by position.
  var written: [Int] { get }
}

/// An update of a parameter (operand 0) by its gradient (operand 1), each element by itself.
protocol GradientUpdate: UpdateOperation {
  var nanosecondsPerElement: Double { get }
  /// The operand that counts the steps, incremented before; nil where there is none.
  var counter: Int? { get }

  /// What updates a patch of the parameter, given where the gradient of its first element lies and
  /// how far its rows are apart. The site's gradient is not looked at.
  ///
  /// - Parameter isCounted: whether the counter has been incremented already.
  func updater(_ site: Site, isCounted: Bool) -> PatchUpdater
}

typealias PatchUpdater = (Patch, UnsafeMutablePointer<Float>, _ stride: Int) -> Void

/// Rows and columns of a parameter seen as a matrix, by number of elements.
struct Patch {
  var first: Int
  var rows = 1
  var stride = 0
  var columns: Int
}

extension GradientUpdate {
  var counter: Int? { nil }

  func kernel(_ site: Site) -> Kernel {
    let gradient = site.operands[1].pointer
    let update = updater(site, isCounted: true)
    return blockwise(
      site.operands[0].layout.shape.count, nanosecondsPerElement: nanosecondsPerElement
    ) { first, count, _ in update(Patch(first: first, columns: count), gradient + first, 0) }
  }
}

extension UpdateOperation {
  func shape(of operands: [Shape]) -> Shape { [] }
  var lowering: Lowering { .kernel(self) }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    operands.map { _ in nil }
  }

  func check(_ tensors: [Tensor], haveShapeOf first: Tensor) {
    require(
      tensors.allSatisfy { $0.shape == first.shape },
      "\(name): \(([first] + tensors).map(\.words).joined(separator: ", ")) differ in shape")
  }

  func check(scalars: [Tensor]) {
    require(
      scalars.allSatisfy { $0.shape.count == 1 },
      "\(name): wants scalars, not \(scalars.map(\.words).joined(separator: ", "))")
  }
}

/// Elements per unit of an update that touches every element of a parameter.
private let block = 4096

/// A kernel over blocks of `count` elements, given the first element and the number of each range, and
/// the member of the team.
func blockwise(
  _ count: Int, nanosecondsPerElement: Double,
  _ body: @escaping (_ first: Int, _ count: Int, _ member: Int) -> Void
) -> Kernel {
  let units = (count + block - 1) / block
  return Kernel(
    units: units, nanosecondsPerUnit: nanosecondsPerElement * Double(count) / Double(units) + 10
  ) { range, member in
    let first = range.lowerBound * block
    body(first, min(range.upperBound * block, count) - first, member)
  }
}
