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

  /// 1 where the element is smaller than the other, else 0; derivative 0.
  public func less(_ other: Tensor) -> Tensor { other.greater(self) }

  /// 1 where two elements are equal, else 0; derivative 0. NaN equals everything.
  public func equal(_ other: Tensor) -> Tensor { 1 - greater(other) - less(other) }
}
