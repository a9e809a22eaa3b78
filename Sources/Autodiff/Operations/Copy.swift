import CKernels

/// The same numbers in memory of their own. Planning inserts it where a kernel cannot read a layout.
struct Copy: Elementwise {
  var name: String { "copy" }
  var instruction: weft_elementwise { WEFT_COPY }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    [cotangent]
  }
}
