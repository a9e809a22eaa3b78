import CKernels

/// Σ x² over all elements, without writing the squares.
struct SumOfSquares: Summation, KernelSource {
  var name: String { "sumOfSquares" }
  var lowering: Lowering { .kernel(self) }
  func shape(of operands: [Shape]) -> Shape { [] }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    [cotangent * operands[0] * 2]
  }

  func kernel(_ site: Site) -> Kernel {
    let (a, out) = (site.operands[0].pointer, site.result.pointer)
    let count = site.operands[0].layout.shape.count
    return Kernel(nanosecondsPerUnit: Double(count) * 0.1) { _, _ in
      out[0] = weft_sum_of_squares(a, count)
    }
  }
}

extension Tensor {
  /// Σ x² over all elements, a scalar.
  public func sumOfSquares() -> Tensor { graph.append(SumOfSquares(), [self]) }
}
