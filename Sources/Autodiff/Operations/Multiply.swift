import CKernels

struct Multiply: Elementwise {
  var name: String { "multiply" }
  var instruction: weft_elementwise { WEFT_MULTIPLY }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    [cotangent * operands[1], cotangent * operands[0]]
  }
}

/// x k for a number known while building.
struct MultiplyConstant: Elementwise {
  let immediate: Float
  var name: String { "multiply" }
  var instruction: weft_elementwise { WEFT_MULTIPLY_K }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    [cotangent * immediate]
  }
}

extension Tensor {
  public static func * (a: Tensor, b: Tensor) -> Tensor {
    if let k = b.constantValue, b.shape.broadcast(with: a.shape) == a.shape { return a * k }
    if let k = a.constantValue, a.shape.broadcast(with: b.shape) == b.shape { return b * k }
    return a.index == b.index ? a.square() : a.elementwise(Multiply(), b)
  }

  public static func * (a: Tensor, k: Float) -> Tensor {
    if k == 1 { return a }
    if let constant = a.constantValue { return a.graph.constant(constant * k, a.shape) }
    // (x j) k is x (j k): chain rules produce many such pairs.
    if let inner = a.operation as? MultiplyConstant {
      return a.operands[0] * (inner.immediate * k)
    }
    return a.elementwise(MultiplyConstant(immediate: k))
  }

  public static func * (k: Float, a: Tensor) -> Tensor { a * k }
}
