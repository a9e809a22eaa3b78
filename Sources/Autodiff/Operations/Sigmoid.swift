import CKernels

struct Sigmoid: Elementwise {
  var name: String { "sigmoid" }
  var instruction: weft_elementwise { WEFT_SIGMOID }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    [cotangent * (result - result.square())]
  }
}

extension Tensor {
  /// 1 / (1 + e^−x).
  public func sigmoid() -> Tensor { elementwise(Sigmoid()) }
}
