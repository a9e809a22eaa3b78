/// Repeats a value along new leading axes and along axes of length 1. Dual to `sum(to:)`.
struct Broadcast: Operation {
  let target: Shape
  var name: String { "broadcast" }
  var lowering: Lowering { .view { $0.broadcast(to: target) } }

  func shape(of operands: [Shape]) throws(Misfit) -> Shape {
    guard operands[0].broadcast(with: target) == target else {
      throw Misfit { "\($0[0]) does not stretch to \(target)" }
    }
    return target
  }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    [cotangent.sum(to: operands[0].shape)]
  }

  func following(_ earlier: any Operation, of source: Shape) -> (any Operation)? {
    earlier is Broadcast ? self : nil
  }
}

extension Tensor {
  /// Repeated to a larger shape by NumPy's rule; costs no work and no memory.
  public func broadcast(to target: Shape) -> Tensor {
    if shape == target { return self }
    return graph.append(Broadcast(target: target), [self])
  }
}
