import CKernels

/// One kind of node, by three rules: the shape of its result, its cotangents, and its lowering.
///
/// Cotangents are built from the public operators on tensors, so they can be differentiated again.
protocol Operation: Hashable, Sendable {
  var name: String { get }

  /// The result's shape; throws a sentence about the operands if they do not fit.
  func shape(of operands: [Shape]) throws(Misfit) -> Shape

  /// For each operand, the product of `cotangent` (the derivative of some scalar by the result) with
  /// the derivative of the result by that operand; nil where that is zero or undefined.
  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?]

  var lowering: Lowering { get }

  /// For a view of a view: the one operation that sees `source` as both do in turn; nil if there is
  /// none. Only plans shorten chains: a graph keeps every tensor a gradient may be asked by.
  func following(_ earlier: any Operation, of source: Shape) -> (any Operation)?
}

extension Operation {
  func following(_ earlier: any Operation, of source: Shape) -> (any Operation)? { nil }
}

/// An operation that adds up numbers of its operands, so that its result is 0 where they have none.
protocol Summation: Operation {}

/// How a plan computes an operation.
enum Lowering {
  /// Already in memory when a run starts.
  case leaf
  /// One instruction of a tile program; operands and result have one shape.
  case elementwise(weft_elementwise, Float)
  /// Other places of the operand's memory: no work. Nil if the operand must be contiguous first.
  case view((Layout) -> Layout?)
  /// Other operations, put in its place while planning.
  case rewrite(([Tensor]) -> Tensor)
  /// Operands side by side along an axis: they are computed right into their places.
  case join(axis: Int)
  /// A step of its own.
  case kernel(any KernelSource)
}

/// What a step of its own needs from its operands, and how it is made once memory is planned.
protocol KernelSource {
  /// Whether the operand can be read where it lies; if not, it is copied first.
  func accepts(_ layout: Layout, asOperand index: Int) -> Bool
  /// Whether the result can be written to these places.
  func canWrite(_ layout: Layout) -> Bool
  /// Floats of scratch memory a thread needs.
  var scratchCount: Int { get }
  /// Floats of the arena that belong to the step while it runs.
  var workspaceCount: Int { get }
  /// What a printed plan calls the step; nil for the operation's name.
  var label: String? { get }
  func kernel(_ site: Site) -> Kernel
}

extension KernelSource {
  func accepts(_ layout: Layout, asOperand index: Int) -> Bool { layout.isContiguous }
  func canWrite(_ layout: Layout) -> Bool { layout.isContiguous }
  var scratchCount: Int { 0 }
  var workspaceCount: Int { 0 }
  var label: String? { nil }
}

/// A value in memory: `pointer` is its first element, so the layout's offset is 0.
struct Place {
  let pointer: UnsafeMutablePointer<Float>
  let layout: Layout
}

/// The places of a kernel's operands and its result, and memory for what lies between.
struct Site {
  let operands: [Place]
  let result: Place
  let scratch: Scratch
  /// `workspaceCount` floats.
  let workspace: UnsafeMutablePointer<Float>?
}

/// Memory that a kernel may write over, apart for each member of the team.
struct Scratch {
  let first: UnsafeMutablePointer<Float>
  /// Floats from one member's to the next one's.
  let stride: Int

  func of(_ member: Int) -> UnsafeMutablePointer<Float> { first + member * stride }
}

/// An operation of one instruction.
protocol Elementwise: Operation {
  var instruction: weft_elementwise { get }
  var immediate: Float { get }
}

extension Elementwise {
  var immediate: Float { 0 }
  var lowering: Lowering { .elementwise(instruction, immediate) }

  func shape(of operands: [Shape]) throws(Misfit) -> Shape {
    guard operands.allSatisfy({ $0 == operands[0] }) else {
      throw Misfit { "the shapes of \($0.joined(separator: ", ")) differ" }
    }
    return operands[0]
  }
}
