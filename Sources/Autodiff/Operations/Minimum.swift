import CKernels

/// The smaller of two elements; where they are equal, the second takes the cotangent.
struct Minimum: Elementwise {
  var name: String { "minimum" }
  var instruction: weft_elementwise { WEFT_MINIMUM }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    let first = operands[1].greater(operands[0])
    let zero = cotangent.graph.constant(0)
    return [
      Tensor.select(first, cotangent, otherwise: zero),
      Tensor.select(first, zero, otherwise: cotangent),
    ]
  }
}

extension Tensor {
  /// The smaller of each pair of elements.
  public func minimum(_ other: Tensor) -> Tensor { elementwise(Minimum(), other) }
  public func minimum(_ other: Float) -> Tensor { minimum(graph.constant(other)) }
}
