import CKernels

struct Tanh: Elementwise {
  var name: String { "tanh" }
  var instruction: weft_elementwise { WEFT_TANH }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    [cotangent - cotangent * result * result]
  }
}

extension Tensor {
  /// Hyperbolic tangent; derivative 1 − tanh².
  public func tanh() -> Tensor { elementwise(Tanh()) }
}
