import CKernels

struct Subtract: Elementwise {
  var name: String { "subtract" }
  var instruction: weft_elementwise { WEFT_SUBTRACT }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    [cotangent, -cotangent]
  }
}

extension Tensor {
  public static func - (a: Tensor, b: Tensor) -> Tensor {
    if let k = b.constantValue, b.shape.broadcast(with: a.shape) == a.shape { return a + -k }
    return a.elementwise(Subtract(), b)
  }

  public static func - (a: Tensor, k: Float) -> Tensor { a + -k }
  public static func - (k: Float, a: Tensor) -> Tensor { -a + k }
}
