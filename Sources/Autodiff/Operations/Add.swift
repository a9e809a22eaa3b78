import CKernels

struct Add: Elementwise {
  var name: String { "add" }
  var instruction: weft_elementwise { WEFT_ADD }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    [cotangent, cotangent]
  }
}

/// x + k for a number known while building.
struct AddConstant: Elementwise {
  let immediate: Float
  var name: String { "add" }
  var instruction: weft_elementwise { WEFT_ADD_K }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    [cotangent]
  }
}

extension Tensor {
  public static func + (a: Tensor, b: Tensor) -> Tensor {
    if let k = b.constantValue, b.shape.broadcast(with: a.shape) == a.shape { return a + k }
    if let k = a.constantValue, a.shape.broadcast(with: b.shape) == b.shape { return b + k }
    return a.elementwise(Add(), b)
  }

  public static func + (a: Tensor, k: Float) -> Tensor {
    k == 0 ? a : a.elementwise(AddConstant(immediate: k))
  }

  public static func + (k: Float, a: Tensor) -> Tensor { a + k }
}
