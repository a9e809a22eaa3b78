import CKernels

struct Negate: Elementwise {
  var name: String { "negate" }
  var instruction: weft_elementwise { WEFT_NEGATE }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    [-cotangent]
  }
}

extension Tensor {
  /// −x.
  public func negate() -> Tensor { elementwise(Negate()) }
}

extension Tensor {
  public static prefix func - (x: Tensor) -> Tensor { x.negate() }
}
