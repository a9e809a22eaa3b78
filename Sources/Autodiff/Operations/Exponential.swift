import CKernels

struct Exponential: Elementwise {
  var name: String { "exp" }
  var instruction: weft_elementwise { WEFT_EXP }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    [cotangent * result]
  }
}

extension Tensor {
  /// e to the power of each element.
  public func exp() -> Tensor { elementwise(Exponential()) }
}
