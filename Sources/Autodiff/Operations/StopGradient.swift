/// The same numbers with no derivative.
struct StopGradient: Operation {
  var name: String { "stop gradient" }
  func shape(of operands: [Shape]) -> Shape { operands[0] }
  var lowering: Lowering { .view { $0 } }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] { [nil] }
}

extension Tensor {
  /// The same numbers, taken as constants by ``gradient(of:)``.
  public func stopGradient() -> Tensor { graph.append(StopGradient(), [self]) }
}
