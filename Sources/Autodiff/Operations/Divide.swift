import CKernels

struct Divide: Elementwise {
  var name: String { "divide" }
  var instruction: weft_elementwise { WEFT_DIVIDE }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    [cotangent / operands[1], -(cotangent * result / operands[1])]
  }
}

extension Tensor {
  public static func / (a: Tensor, b: Tensor) -> Tensor { a.elementwise(Divide(), b) }
  public static func / (a: Tensor, k: Float) -> Tensor { a * (1 / k) }
  public static func / (k: Float, a: Tensor) -> Tensor { a.reciprocal() * k }
}
