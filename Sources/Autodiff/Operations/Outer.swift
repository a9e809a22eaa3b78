/// A matrix product over an axis of length 1, [..., M, 1] · [..., 1, N] → [..., M, N]: an
/// elementwise product, which joins the elementwise work around it.
///
/// Its cotangents stay matrix products, since a sum over a broadcast product would first write it.
struct Outer: Operation {
  var name: String { "outer" }

  func shape(of operands: [Shape]) throws(Misfit) -> Shape {
    try Matmul().shape(of: operands)
  }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    Matmul().cotangents(of: cotangent, operands: operands, result: result)
  }

  var lowering: Lowering { .rewrite { $0[0] * $0[1] } }
}
