/// A node without operands, whose numbers are in memory before a run starts.
protocol Leaf: Operation {
  var shape: Shape { get }
}

extension Leaf {
  var lowering: Lowering { .leaf }
  func shape(of operands: [Shape]) -> Shape { shape }
  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] { [] }
}

/// Written by the host before a run.
struct Input: Leaf {
  let label: String
  let shape: Shape
  var name: String { "input \(label)" }
}

/// Keeps its numbers from run to run.
struct Variable: Leaf {
  let label: String
  let shape: Shape
  var name: String { "variable \(label)" }
}

/// What has no elements, whatever the operation: nothing computes it. Only plans use it.
struct Empty: Leaf {
  let shape: Shape
  var name: String { "empty" }
}

/// A scalar known while building; larger constants are broadcasts of it.
struct Constant: Leaf {
  let value: Float
  var shape: Shape { [] }
  var name: String { "constant \(value)" }
}
