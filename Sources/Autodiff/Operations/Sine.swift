import CKernels

struct Sine: Elementwise {
  var name: String { "sine" }
  var instruction: weft_elementwise { WEFT_SIN }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    [cotangent * operands[0].cosine()]
  }
}

extension Tensor {
  /// Sine of each element, in radians.
  public func sine() -> Tensor { elementwise(Sine()) }
}
