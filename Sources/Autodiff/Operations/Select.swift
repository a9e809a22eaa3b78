import CKernels

struct Select: Elementwise {
  var name: String { "select" }
  var instruction: weft_elementwise { WEFT_SELECT }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    let zero = cotangent.graph.constant(0)
    return [
      nil,
      Tensor.select(operands[0], cotangent, otherwise: zero),
      Tensor.select(operands[0], zero, otherwise: cotangent),
    ]
  }
}

extension Tensor {
  /// `a` where `condition` is not 0, else `b`; the condition's derivative is 0.
  public static func select(_ condition: Tensor, _ a: Tensor, otherwise b: Tensor) -> Tensor {
    condition.elementwise(Select(), a, b)
  }
}
