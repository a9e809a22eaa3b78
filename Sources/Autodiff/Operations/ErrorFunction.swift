import CKernels

struct ErrorFunction: Elementwise {
  var name: String { "erf" }
  var instruction: weft_elementwise { WEFT_ERF }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    [cotangent * (operands[0].square() * -1).exp() * 1.128_379_167]
  }
}

extension Tensor {
  /// The error function, 2/√π ∫₀ˣ e^−t² dt.
  public func erf() -> Tensor { elementwise(ErrorFunction()) }
}
