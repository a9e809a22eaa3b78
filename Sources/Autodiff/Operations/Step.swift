import CKernels

struct Step: Elementwise {
  var name: String { "step" }
  var instruction: weft_elementwise { WEFT_STEP }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    [nil]
  }
}

extension Tensor {
  /// 1 where x > 0, else 0; derivative 0.
  public func step() -> Tensor { elementwise(Step()) }
}
