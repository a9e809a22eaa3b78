import CKernels

struct Cosine: Elementwise {
  var name: String { "cosine" }
  var instruction: weft_elementwise { WEFT_COS }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    [-(cotangent * operands[0].sine())]
  }
}

extension Tensor {
  /// Cosine of each element, in radians.
  public func cosine() -> Tensor { elementwise(Cosine()) }
}
