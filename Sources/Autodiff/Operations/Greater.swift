import CKernels

struct Greater: Elementwise {
  var name: String { "greater" }
  var instruction: weft_elementwise { WEFT_GREATER }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    [nil, nil]
  }
}

extension Tensor {
  /// 1 where the element is larger than the other, else 0; derivative 0.
  public func greater(_ other: Tensor) -> Tensor { elementwise(Greater(), other) }
  public func greater(_ other: Float) -> Tensor { greater(graph.constant(other)) }
}
