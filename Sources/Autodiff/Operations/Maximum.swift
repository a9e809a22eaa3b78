import CKernels

/// The larger of two elements; where they are equal, the second takes the cotangent.
struct Maximum: Elementwise {
  var name: String { "maximum" }
  var instruction: weft_elementwise { WEFT_MAXIMUM }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    let first = operands[0].greater(operands[1])
    let zero = cotangent.graph.constant(0)
    return [
      Tensor.select(first, cotangent, otherwise: zero),
      Tensor.select(first, zero, otherwise: cotangent),
    ]
  }
}

extension Tensor {
  /// The larger of each pair of elements.
  public func maximum(_ other: Tensor) -> Tensor { elementwise(Maximum(), other) }
  public func maximum(_ other: Float) -> Tensor { maximum(graph.constant(other)) }
}
