import CKernels

struct Square: Elementwise {
  var name: String { "square" }
  var instruction: weft_elementwise { WEFT_SQUARE }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    [cotangent * operands[0] * 2]
  }
}

extension Tensor {
  /// Each element times itself.
  public func square() -> Tensor { elementwise(Square()) }
}
