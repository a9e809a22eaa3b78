import CKernels

struct Sign: Elementwise {
  var name: String { "sign" }
  var instruction: weft_elementwise { WEFT_SIGN }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    [nil]
  }
}

extension Tensor {
  /// −1, 0 or 1; derivative 0.
  public func sign() -> Tensor { elementwise(Sign()) }
}
