import CKernels

struct Softplus: Elementwise {
  var name: String { "softplus" }
  var instruction: weft_elementwise { WEFT_SOFTPLUS }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    [cotangent * operands[0].sigmoid()]
  }
}

extension Tensor {
  /// log(1 + eˣ), without overflow.
  public func softplus() -> Tensor { elementwise(Softplus()) }
}
