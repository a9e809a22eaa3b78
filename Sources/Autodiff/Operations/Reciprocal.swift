import CKernels

struct Reciprocal: Elementwise {
  var name: String { "reciprocal" }
  var instruction: weft_elementwise { WEFT_RECIPROCAL }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    [-(cotangent * result.square())]
  }
}

extension Tensor {
  /// 1 / x.
  public func reciprocal() -> Tensor { elementwise(Reciprocal()) }
}
