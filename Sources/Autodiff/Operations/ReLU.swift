import CKernels

struct ReLU: Elementwise {
  var name: String { "relu" }
  var instruction: weft_elementwise { WEFT_RELU }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    [Tensor.select(result, cotangent, otherwise: result.graph.constant(0))]
  }
}

extension Tensor {
  /// The larger of x and 0; derivative 0 at 0.
  public func relu() -> Tensor { elementwise(ReLU()) }
}
