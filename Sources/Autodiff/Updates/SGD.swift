import CKernels

/// p ← p − rate · scale · g.
public struct SGD: Update {
  let parameter, gradient, rate, gradientScale: Tensor

  /// - Parameters:
  ///   - rate: a scalar tensor, an input as a rule.
  ///   - gradientScale: a scalar the gradient is multiplied by first (see ``Clipping``); none is 1.
  public init(parameter: Tensor, gradient: Tensor, rate: Tensor, gradientScale: Tensor? = nil) {
    self.parameter = parameter
    self.gradient = gradient
    self.rate = rate
    self.gradientScale = gradientScale ?? parameter.graph.constant(1)
  }

  public func place(in graph: Graph) {
    let operation = SGDOperation()
    operation.check([gradient], haveShapeOf: parameter)
    operation.check(scalars: [rate, gradientScale])
    graph.appendUpdate(
      operation, [parameter, gradient, rate, gradientScale], writing: [parameter])
  }
}

private struct SGDOperation: UpdateOperation {
  var name: String { "SGD" }
  var written: [Int] { [0] }

  func kernel(_ site: Site) -> Kernel {
    let p = site.operands.map(\.pointer)
    let (parameter, gradient, rate, scale) = (p[0], p[1], p[2], p[3])
    return blockwise(site.operands[0].layout.shape.count, nanosecondsPerElement: 0.2) {
      weft_sgd_update(rate[0], scale[0], parameter + $0, gradient + $0, $1)
    }
  }
}

/// v ← momentum · v + scale · g, then p ← p − rate · v (PyTorch's form).
public struct Momentum: Update {
  let parameter, gradient, velocity, rate, momentum, gradientScale: Tensor

  /// `rate`, `momentum` and `gradientScale` are scalar tensors; `velocity` is a variable like the
  /// parameter, 0 at first.
  public init(
    parameter: Tensor, gradient: Tensor, velocity: Tensor, rate: Tensor, momentum: Tensor,
    gradientScale: Tensor? = nil
  ) {
    self.parameter = parameter
    self.gradient = gradient
    self.velocity = velocity
    self.rate = rate
    self.momentum = momentum
    self.gradientScale = gradientScale ?? parameter.graph.constant(1)
  }

  /// With a momentum fixed while building.
  public init(
    parameter: Tensor, gradient: Tensor, velocity: Tensor, rate: Tensor, momentum: Float,
    gradientScale: Tensor? = nil
  ) {
    self.init(
      parameter: parameter, gradient: gradient, velocity: velocity, rate: rate,
      momentum: parameter.graph.constant(momentum), gradientScale: gradientScale)
  }

  public func place(in graph: Graph) {
    let operation = MomentumOperation()
    operation.check([gradient, velocity], haveShapeOf: parameter)
    operation.check(scalars: [rate, momentum, gradientScale])
    graph.appendUpdate(
      operation, [parameter, gradient, velocity, rate, momentum, gradientScale],
      writing: [parameter, velocity])
  }
}

private struct MomentumOperation: UpdateOperation {
  var name: String { "momentum" }
  var written: [Int] { [0, 2] }

  func kernel(_ site: Site) -> Kernel {
    let p = site.operands.map(\.pointer)
    let (parameter, gradient, velocity) = (p[0], p[1], p[2])
    let (rate, momentum, scale) = (p[3], p[4], p[5])
    return blockwise(site.operands[0].layout.shape.count, nanosecondsPerElement: 0.3) {
      weft_momentum_update(
        rate[0], momentum[0], scale[0], parameter + $0, velocity + $0, gradient + $0, $1)
    }
  }
}
