import CKernels

struct SquareRoot: Elementwise {
  var name: String { "sqrt" }
  var instruction: weft_elementwise { WEFT_SQRT }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    [0.5 * cotangent / result]
  }
}

extension Tensor {
  /// Square root; NaN below 0, and an infinite derivative at 0.
  public func sqrt() -> Tensor { elementwise(SquareRoot()) }
}
