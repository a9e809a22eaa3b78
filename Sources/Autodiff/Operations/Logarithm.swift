import CKernels

struct Logarithm: Elementwise {
  var name: String { "log" }
  var instruction: weft_elementwise { WEFT_LOG }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    [cotangent / operands[0]]
  }
}

extension Tensor {
  /// Natural logarithm; −∞ at 0, NaN below.
  public func log() -> Tensor { elementwise(Logarithm()) }
}
