import CKernels

struct AbsoluteValue: Elementwise {
  var name: String { "abs" }
  var instruction: weft_elementwise { WEFT_ABS }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    [cotangent * operands[0].sign()]
  }
}

extension Tensor {
  /// Absolute value; derivative 0 at 0.
  public func abs() -> Tensor { elementwise(AbsoluteValue()) }
}
