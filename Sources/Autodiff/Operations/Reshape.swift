struct Reshape: Operation {
  let target: Shape
  var name: String { "reshape" }
  var lowering: Lowering { .view { $0.reshaped(to: target) } }

  func shape(of operands: [Shape]) throws(Misfit) -> Shape {
    let count = operands[0].count
    guard count == target.count else {
      throw Misfit { "\($0[0]) has \(count) elements, \(target) \(target.count)" }
    }
    return target
  }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    [cotangent.reshaped(to: operands[0].shape)]
  }

  func following(_ earlier: any Operation, of source: Shape) -> (any Operation)? {
    earlier is Reshape ? self : nil
  }
}

extension Tensor {
  /// The same elements in row-major order under another shape of as many elements.
  public func reshaped(to target: Shape) -> Tensor {
    shape == target ? self : graph.append(Reshape(target: target), [self])
  }
}
